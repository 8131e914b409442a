import { Liquid } from 'liquidjs'
import { escapeOutput, rememberMarkup } from './escape-output.ts'
import { renderedCharsMax, templateCharsMax } from './template.ts'

// What a message needs. Tags that load other files, keep state between renders or print cycles are left out.
const tags: ReadonlySet<string> = new Set([
  'if',
  'unless',
  'case',
  'for',
  'break',
  'continue',
  'assign',
  'capture',
  'comment',
  'raw',
  'echo',
  '#',
])
// Random; evaluates text as a template expression; both would make rendering depend on more than its input.
const forbiddenFilters = [
  'sample',
  'where_exp',
  'reject_exp',
  'find_exp',
  'find_index_exp',
  'has_exp',
  'group_by_exp',
]

/** What a text becomes: `html` escapes every value that is filled in, unless its last filter is `raw`. */
export type TextForm = 'text' | 'html'

/**
 * The text engine: strict, own properties only, nothing from the file system, no clock, bounded in size, memory and time.
 * Times print in UTC.
 */
export function liquidEngine(form: TextForm = 'text'): Liquid {
  const engine = new Liquid({
    ...(form === 'html' ? { outputEscape: escapeOutput } : {}),
    strictFilters: true,
    strictVariables: true,
    lenientIf: false,
    ownPropertyOnly: true,
    timezoneOffset: 0,
    parseLimit: templateCharsMax * 2,
    renderLimit: 50,
    memoryLimit: renderedCharsMax * 4,
    templates: {},
  })
  for (const name of Object.keys(engine.tags)) if (!tags.has(name)) delete engine.tags[name]
  for (const name of forbiddenFilters) delete engine.filters[name]
  forbidClock(engine)
  if (form === 'html') rememberMarkup(engine)
  return engine
}

/** `'now' | date` reads a clock; `{{ now | date }}` does not: now is the event's. */
function forbidClock(engine: Liquid): void {
  for (const name of [
    'date',
    'date_to_xmlschema',
    'date_to_rfc822',
    'date_to_string',
    'date_to_long_string',
  ]) {
    const original = engine.filters[name]
    if (typeof original !== 'function') continue
    engine.registerFilter(name, function (value: unknown, ...rest: unknown[]) {
      if (value === 'now' || value === 'today')
        throw new Error("'now' in quotes reads a clock; write {{ now | date: ... }}")
      return original.call(this, value, ...(rest as never[])) as unknown
    })
  }
}
