import { benchOptions } from '../bench-options.ts'

export interface PipelineOptions {
  /** Events of the throughput measurement. */
  readonly events: number
  /** Seconds of the latency measurement. */
  readonly seconds: number
  /** Events a second during it. */
  readonly perSecond: number
  /** Seconds for which the idle daemon is watched; 0 leaves it out. */
  readonly idleSeconds: number
  /** How often everybody is measured, one after another; the report shows medians. */
  readonly rounds: number
  /** Names of the contestants to run; null runs all. */
  readonly only: readonly string[] | null
  /** Print the results as one JSON document on stdout instead of the table. */
  readonly json: boolean
}

const ranges = {
  events: { from: 100, to: 1_000_000, otherwise: 20_000 },
  seconds: { from: 1, to: 3_600, otherwise: 20 },
  'per-second': { from: 1, to: 2_000, otherwise: 200 },
  'idle-seconds': { from: 0, to: 600, otherwise: 20 },
  rounds: { from: 1, to: 9, otherwise: 1 },
} as const

/** The words after `npm run bench -- pipeline`. Throws NX-BENCH-USAGE. */
export function pipelineOptions(words: readonly string[], contestants: readonly string[]): PipelineOptions {
  const { numbers, only, json } = benchOptions('pipeline', ranges, contestants, words)
  return {
    events: numbers.events,
    seconds: numbers.seconds,
    perSecond: numbers['per-second'],
    idleSeconds: numbers['idle-seconds'],
    rounds: numbers.rounds,
    only,
    json,
  }
}
