import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../../kernel/clock.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { AttemptOutcome } from '../../../messaging/commands/command.ts'
import { listAt } from '../answers/match-body.ts'
import type { PageAnswer, PageAsk } from '../calls/read-page.ts'
import type { OperationDefinition } from '../define-connector.ts'
import { momentOfItem, nextPage, pageParameters } from './next-page.ts'
import type { PageToken } from './next-page.ts'

/** What one read may take. Reached: it is cut, and `resume` goes on there another time. */
export interface ReadLimits {
  readonly pagesMax: number
  readonly itemsMax: number
  /** Of all pages together, as JSON. */
  readonly charactersMax: number
  /** From beginning to end, waits included, milliseconds. */
  readonly timeMs: number
}

export const defaultReadLimits: ReadLimits = {
  pagesMax: 1_000,
  itemsMax: 100_000,
  charactersMax: 256 * 1024 * 1024,
  timeMs: 600_000,
}

/** A read as far as it came. Plain data: kept between polls. */
export interface ReadPosition {
  /** Where the pages go on; null: with the first. */
  readonly page: PageToken | null
  /** The latest change that was seen so far, RFC 3339; it counts as `since` only when the read has come to its end. */
  readonly seen: string | null
}

export interface ReadAllOptions {
  /** The executor's: one page, prepared, budgeted and classified like every call. */
  readonly readPage: (asked: PageAsk, signal: AbortSignal) => Promise<PageAnswer>
  readonly clock: Clock
  readonly operation: OperationDefinition
  readonly asked: Omit<PageAsk, 'more' | 'link' | 'since'>
  /** What changed since then, RFC 3339; the same until a cut read has come to its end; null, or an operation without `incremental`: everything. */
  readonly since: string | null
  readonly from?: ReadPosition | undefined
  readonly limits?: Partial<ReadLimits> | undefined
  /** Called page by page, in order; the next page is asked for when it is done. */
  readonly onItems: (items: readonly JsonValue[]) => Promise<void>
  readonly signal: AbortSignal
  /** What is waited for; what is not ends the read as failed, to be gone on with another time. Default: whatever there is time for. */
  readonly waitsFor?: (outcome: AttemptOutcome) => boolean
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

export type ReadOutcome = { readonly items: number; readonly pages: number } & (
  | {
      /** All of it. `since` is where the next read begins: what was seen last; null: nothing was seen, ask as before. */
      readonly state: 'complete'
      readonly since: string | null
    }
  | {
      readonly state: 'cut'
      readonly why: 'pages' | 'items' | 'size' | 'time' | 'stopped'
      readonly resume: ReadPosition
    }
  | { readonly state: 'failed'; readonly outcome: AttemptOutcome; readonly resume: ReadPosition }
)

/** A vendor that does not say how long it wants to be left alone. */
const waitMsDefault = 1_000
/** The same page fails so often before the read is given up until the next time. */
const triesMax = 5

const pause = async (ms: number, signal: AbortSignal): Promise<void> =>
  await setTimeout(ms, undefined, { signal }).catch(() => {})

/** Reads an operation to its end: pages, waits where the vendor asks for them, changes since the last time. */
export async function readAll(options: ReadAllOptions): Promise<ReadOutcome> {
  return await new Reading(options).run()
}

class Reading {
  readonly #options: ReadAllOptions
  readonly #limits: ReadLimits
  readonly #endsMs: number
  readonly #since: string | null
  #token: PageToken
  #seenMs: number | null
  #items = 0
  #pages = 0
  #characters = 0
  #tries = 0

  constructor(options: ReadAllOptions) {
    this.#options = options
    this.#limits = { ...defaultReadLimits, ...options.limits }
    this.#endsMs = options.clock.monotonicMs() + this.#limits.timeMs
    this.#token = options.from?.page ?? { kind: 'first' }
    const seen = options.from?.seen ?? null
    this.#seenMs = seen === null ? null : Date.parse(seen)
    this.#since = sinceOf(options)
  }

  async run(): Promise<ReadOutcome> {
    const visited = new Set<string>()
    for (;;) {
      const reached = this.#reached()
      if (reached !== null) return this.#end({ state: 'cut', why: reached, resume: this.#position() })
      const answer = await this.#page()
      if (answer.state === 'failed') {
        if (await this.#waited(answer.outcome)) continue
        return this.#end({ state: 'failed', outcome: answer.outcome, resume: this.#position() })
      }
      this.#tries = 0
      const next = await this.#take(answer)
      if ('failed' in next)
        return this.#end({ state: 'failed', outcome: next.failed, resume: this.#position() })
      if (next.token === null) return this.#end({ state: 'complete', since: this.#seen() })
      const place = JSON.stringify(next.token)
      // A vendor that says the same next page twice would be read for ever.
      if (visited.has(place))
        return this.#end({ state: 'failed', outcome: loops(), resume: this.#position() })
      visited.add(place)
      this.#token = next.token
    }
  }

  async #page(): Promise<PageAnswer> {
    const { readPage, asked, operation, signal } = this.#options
    const parameters = pageParameters(operation.pagination, this.#token)
    return await readPage({ ...asked, since: this.#since, ...parameters }, signal)
  }

  async #take(
    page: Extract<PageAnswer, { state: 'page' }>,
  ): Promise<{ readonly token: PageToken | null } | { readonly failed: AttemptOutcome }> {
    const { operation, onItems } = this.#options
    const path = operation.pagination?.items
    const items = path === undefined ? [page.body] : listAt(page.body, path)
    if (items === null) return { failed: noList(path ?? '') }
    this.#pages += 1
    this.#items += items.length
    this.#characters += JSON.stringify(page.body).length
    await onItems(items)
    if (operation.incremental !== undefined) this.#note(items, operation.incremental.cursor)
    return { token: nextPage(operation.pagination, this.#token, page, items.length) }
  }

  #note(items: readonly JsonValue[], cursor: string): void {
    // One item of the year 9999 must not hide every change until then.
    const nowMs = this.#options.clock.now().getTime()
    for (const item of items) {
      const changed = momentOfItem(item, cursor)
      const ms = changed === null ? null : Math.min(changed, nowMs)
      if (ms !== null && (this.#seenMs === null || ms > this.#seenMs)) this.#seenMs = ms
    }
  }

  /** Waits as long as the vendor asks, when there is time left for it; false: the read ends here. */
  async #waited(outcome: AttemptOutcome): Promise<boolean> {
    const { clock, signal } = this.#options
    if (outcome.state !== 'parked' && outcome.state !== 'retryable') return false
    if (outcome.report?.health === 'credentials' || this.#options.waitsFor?.(outcome) === false) return false
    this.#tries += 1
    const waitMs = outcome.retryAfterMs ?? waitMsDefault * 2 ** (this.#tries - 1)
    if (this.#tries >= triesMax || clock.monotonicMs() + waitMs >= this.#endsMs) return false
    await (this.#options.sleep ?? pause)(waitMs, signal)
    return !signal.aborted
  }

  #reached(): Extract<ReadOutcome, { state: 'cut' }>['why'] | null {
    const { clock, signal } = this.#options
    if (signal.aborted) return 'stopped'
    if (clock.monotonicMs() >= this.#endsMs) return 'time'
    if (this.#pages >= this.#limits.pagesMax) return 'pages'
    if (this.#items >= this.#limits.itemsMax) return 'items'
    return this.#characters >= this.#limits.charactersMax ? 'size' : null
  }

  #seen(): string | null {
    return this.#seenMs === null ? null : new Date(this.#seenMs).toISOString()
  }

  #position(): ReadPosition {
    return { page: this.#token.kind === 'first' ? null : this.#token, seen: this.#seen() }
  }

  #end<E extends object>(end: E): E & { readonly items: number; readonly pages: number } {
    return { ...end, items: this.#items, pages: this.#pages }
  }
}

/** Asked a little further back than was seen: changes are not always shown in the order of their times. */
function sinceOf({ since, operation }: ReadAllOptions): string | null {
  if (since === null || operation.incremental === undefined) return null
  return new Date(Date.parse(since) - operation.incremental.lookbackMs).toISOString()
}

function noList(path: string): AttemptOutcome {
  return failed('NX-READ-SHAPE', `The page has no list at '${path}': the vendor may have changed its answer`)
}

function loops(): AttemptOutcome {
  return failed('NX-READ-LOOP', 'The vendor names a page as the next one that was read already')
}

function failed(code: string, message: string): AttemptOutcome {
  return { state: 'permanent', error: { code, message, status: null, answer: null } }
}
