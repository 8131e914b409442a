import { benchOptions } from '../bench-options.ts'

/** What can be measured by itself. */
export const parts = ['calls', 'verify', 'dispatch', 'slow'] as const

const ranges = {
  commands: { from: 100, to: 200_000, otherwise: 4_000 },
  rounds: { from: 1, to: 99, otherwise: 9 },
  dispatched: { from: 100, to: 500_000, otherwise: 20_000 },
  'per-second': { from: 1, to: 2_000, otherwise: 100 },
  seconds: { from: 2, to: 600, otherwise: 30 },
}

export interface AdaptersOptions {
  /** Calls of one contestant in one round. */
  readonly commands: number
  /** Rounds of calls, and of quiet and slow phases: a third of them. */
  readonly rounds: number
  /** Commands that the dispatcher is given at once. */
  readonly dispatched: number
  /** Commands to the quick vendor beside the slow one, and for how long in each phase. */
  readonly perSecond: number
  readonly seconds: number
  readonly only: readonly string[] | null
  readonly json: boolean
}

/** The words after `npm run bench -- adapters`. Throws NX-BENCH-USAGE. */
export function adaptersOptions(words: readonly string[]): AdaptersOptions {
  const { numbers, only, json } = benchOptions('adapters', ranges, parts, words)
  const { 'per-second': perSecond, ...others } = numbers
  return { ...others, perSecond, only, json }
}
