import type { JsonValue } from '../../../kernel/json.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { MarkDraft } from '../marks.ts'

/** How long an entity remembers a chain of events; an answer that takes longer starts, for this entity, a new one. */
export const chainKeptMs = 24 * 3_600_000
/** Events of one chain that an entity remembers; of a longer one the newest. */
const entriesMax = 48
/** Rules that fired for one event and are remembered in its chain. */
const rulesMax = 32

/** What one event of a chain led to at this entity. */
interface ChainEntry {
  /** The event, by the end of its id: enough to tell the events of one chain apart. */
  readonly e: string
  /** What caused it. */
  readonly p: string
  /** Rules that fired. */
  readonly r: readonly string[]
  /** Commands whose results come back. */
  readonly c: readonly string[]
}

/**
 * Which rules fired on the way to an event. A rule fires at most once on one way of causes; two events that one cause led to side by
 * side do not count as each other's. Kept with the entity, for the time of a chain: where the way leads through another
 * entity, all rules that fired for this one in the chain count as being on it.
 */
export class Chain {
  readonly #event: LoggedEvent
  readonly #entries: readonly ChainEntry[]
  readonly #stopped: boolean

  /** The chain of an event as its entity remembers it. */
  constructor(event: LoggedEvent, marks: Pick<MarkDraft, 'read'>) {
    this.#event = event
    const value = event.depth === 0 ? undefined : marks.read(chainKey(event))
    const stored = value !== undefined && isJsonObject(value) ? value : {}
    this.#stopped = stored['stopped'] === true
    this.#entries = entriesOf(stored['entries'])
  }

  /** Rules on the way to this event, first to last, as `<set>/<rule>`. */
  way(): readonly string[] {
    const { depth, causationId } = this.#event
    if (depth === 0 || this.#entries.length === 0) return []
    const path: ChainEntry[] = []
    let cause = shortId(causationId)
    for (let left = depth; left > 0; left -= 1) {
      const entry = this.#entries.find(({ e, c }) => e === cause || c.includes(cause))
      // Of the first event nothing is kept when no rule of this entity could come back to it.
      if (entry === undefined) return left === 1 ? rulesOf(path) : rulesOf([...this.#entries].reverse())
      path.push(entry)
      cause = entry.p
    }
    return rulesOf(path)
  }

  /** Was it told of this chain that it was stopped? */
  get isStopped(): boolean {
    return this.#stopped
  }

  /** Is anything remembered of it? */
  get isKnown(): boolean {
    return this.#entries.length > 0
  }

  /** Remembers what this event led to. `commandIds`: those whose results come back. */
  remember(
    marks: MarkDraft,
    fired: readonly string[],
    commandIds: readonly string[],
    stopped: boolean,
    now: Date,
  ): void {
    const { id, causationId } = this.#event
    const entry: ChainEntry = {
      e: shortId(id),
      p: shortId(causationId),
      r: fired.slice(0, rulesMax),
      c: commandIds.slice(0, rulesMax).map(shortId),
    }
    const entries = [...this.#entries, entry].slice(-entriesMax)
    const until = new Date(now.getTime() + chainKeptMs).toISOString()
    const value = { entries: entries as unknown as JsonValue, stopped: stopped || this.#stopped }
    if (JSON.stringify(value).length > 16_000) return
    marks.set(chainKey(this.#event), value, until)
  }
}

function chainKey({ rootId }: LoggedEvent): string {
  return `chain:${rootId}`
}

function shortId(id: string | null): string {
  return (id ?? '').slice(-12)
}

function rulesOf(path: readonly ChainEntry[]): readonly string[] {
  return [...path].reverse().flatMap(({ r }) => r)
}

function entriesOf(value: JsonValue | undefined): readonly ChainEntry[] {
  return Array.isArray(value) ? (value as unknown as readonly ChainEntry[]) : []
}
