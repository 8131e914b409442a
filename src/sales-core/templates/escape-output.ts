import { CaptureTag, filters } from 'liquidjs'
import type { Context, Liquid } from 'liquidjs'

/** What the engine calls a filter on. */
interface InFilter {
  readonly context: Context
}

/** Texts that became HTML while they were made, by rendering. */
const made = new WeakMap<Context, Set<string>>()
const entity = /&amp;(?=(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});)/gi
const inEngine = filters['escape'] as (this: InFilter, value: unknown) => string

/**
 * Escapes what is filled into HTML, once: `&amp;` stays what it is, since texts may say `| escape` themselves and vendors keep names
 * escaped. What a capture or `newline_to_br` made is HTML already.
 */
export function escapeOutput(this: InFilter, value: unknown): string {
  if (typeof value === 'string' && made.get(this.context)?.has(value) === true) return value
  return inEngine.call(this, value).replaceAll(entity, '&')
}

/** Lets the engine remember what it made of escaped parts. */
export function rememberMarkup(engine: Liquid): void {
  engine.registerTag('capture', MarkupCapture)
  engine.registerFilter('newline_to_br', function (value: unknown) {
    return remember(this.context, escapeOutput.call(this, value).replaceAll(/\r?\n/g, '<br />\n'))
  })
}

class MarkupCapture extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, string> {
    yield* super.render(context)
    const value = (context.bottom() as Record<string, unknown>)[this.variable]
    if (typeof value === 'string') remember(context, value)
  }
}

function remember(context: Context, markup: string): string {
  const known = made.get(context) ?? new Set()
  made.set(context, known.add(markup))
  return markup
}
