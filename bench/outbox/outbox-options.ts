import { benchOptions } from '../bench-options.ts'

export interface OutboxOptions {
  /** Events that are worked off from a standing start. */
  readonly events: number
  /** Events of the long backlog, neuronx only; 0 leaves it out. */
  readonly backlog: number
  /** Seconds for which a snapshot is held while events come in at `perSecond`; 0 leaves it out. */
  readonly heldSeconds: number
  readonly perSecond: number
  /** How often everybody is measured, one after another; the report shows medians. */
  readonly rounds: number
  readonly only: readonly string[] | null
  readonly json: boolean
}

const ranges = {
  events: { from: 1_000, to: 1_000_000, otherwise: 20_000 },
  backlog: { from: 0, to: 10_000_000, otherwise: 0 },
  'held-seconds': { from: 0, to: 3_600, otherwise: 0 },
  'per-second': { from: 10, to: 5_000, otherwise: 500 },
  rounds: { from: 1, to: 9, otherwise: 1 },
} as const

/** The words after `npm run bench -- outbox`. Throws NX-BENCH-USAGE. */
export function outboxOptions(words: readonly string[], contestants: readonly string[]): OutboxOptions {
  const { numbers, only, json } = benchOptions('outbox', ranges, contestants, words)
  return {
    events: numbers.events,
    backlog: numbers.backlog,
    heldSeconds: numbers['held-seconds'],
    perSecond: numbers['per-second'],
    rounds: numbers.rounds,
    only,
    json,
  }
}
