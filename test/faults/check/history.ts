/** What a writer asked for, and how it ended as far as the writer knows. Times: milliseconds since the run began. */
export interface WriterOperation {
  readonly writer: string
  /** Unique in the run: what this event is recognised by everywhere. */
  readonly counter: string
  /** `lead/<id>` */
  readonly subject: string
  readonly via: 'event' | 'webhook'
  /** Does it ask for a call of the sink that honours keys, of the one that ignores them, for an event of its own? */
  readonly asks: { readonly keyed: boolean; readonly bare: boolean; readonly echo: boolean }
  readonly invokedMs: number
  readonly endedMs: number
  /** `ok`: 202. `fail`: refused for good or for now, nothing stored. `unknown`: no answer, or one that says nothing. */
  readonly end: 'ok' | 'fail' | 'unknown'
  /** The id of the answer; null without one. */
  readonly eventId: string | null
  /** Said to be a repeat of what was stored before. */
  readonly duplicate: boolean
  /** Of an end that is not ok, for people: `503 NX-DB-…`, `reset`. */
  readonly detail: string | null
}

export type SinkName = 'keyed' | 'bare'

/** How the oracle treated a request. */
export type OracleAnswer =
  | 'ok'
  | 'status_500'
  | 'effect_then_reset'
  | 'effect_then_late'
  | 'status_422'
  | 'status_429'
  | 'slow'
  | 'garbage'
  | 'endless'

/** One request that reached the oracle, in the order of `n`. */
export interface OracleCall {
  readonly n: number
  readonly atMs: number
  readonly sink: SinkName
  readonly key: string | null
  readonly counter: string
  readonly subject: string
  readonly bodyHash: string
  readonly effect: boolean
  readonly answer: OracleAnswer
}

export interface LoggedRow {
  readonly eventId: string
  readonly entityKey: string
  /** Null: recorded only, does not travel the bus. */
  readonly entitySeq: number | null
  readonly type: string
  readonly origin: string
  readonly counter: string | null
}

export interface DecisionRow {
  readonly eventId: string
  readonly entityKey: string
  readonly entitySeq: number
}

export interface EntityRow {
  readonly entityKey: string
  readonly appliedSeq: number
  readonly headSeq: number
  /** What the rules wrote down event by event: `,<counter>` each. */
  readonly trail: string
}

export interface CommandRow {
  readonly id: string
  readonly eventId: string
  readonly entityKey: string
  readonly integration: string
  readonly counter: string | null
  readonly attempts: number
  /** `missing`: in neither lane nor outcome; `both`: in both. */
  readonly state:
    'waiting' | 'ready' | 'leased' | 'in_doubt' | 'succeeded' | 'dead' | 'cancelled' | 'missing' | 'both'
}

export interface LetterRow {
  readonly id: string
  readonly source: string
  readonly class: string
  readonly eventId: string | null
  readonly commandId: string | null
  readonly status: string
}

/** What the database holds once everything is at rest. */
export interface DatabaseFacts {
  readonly log: readonly LoggedRow[]
  readonly decisions: readonly DecisionRow[]
  readonly entities: readonly EntityRow[]
  readonly commands: readonly CommandRow[]
  readonly letters: readonly LetterRow[]
}

/** A run, as seen from outside and from the database. */
export interface History {
  readonly operations: readonly WriterOperation[]
  readonly calls: readonly OracleCall[]
  readonly facts: DatabaseFacts
}

/** A broken promise. `subject` says where: a counter, an entity, a command. */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9'
  readonly what: string
  readonly subject: string
}
