import { benchOptions } from '../bench-options.ts'

export interface WorkflowsOptions {
  /** Instances that wake at one instant, neuronx and graphile-worker. */
  readonly wakes: number
  /** The same for DBOS, which keeps its sleepers in memory and lies down slowly. */
  readonly dbosWakes: number
  /** Instances asleep beside an idle daemon; 0 leaves it out. */
  readonly asleep: number
  /** Instances of one tenant that wake at once while another's events come in; 0 leaves it out. */
  readonly burst: number
  /** How often everybody is measured, one after another; the report shows medians. */
  readonly rounds: number
  readonly only: readonly string[] | null
  readonly json: boolean
}

const ranges = {
  wakes: { from: 1_000, to: 1_000_000, otherwise: 20_000 },
  'dbos-wakes': { from: 500, to: 20_000, otherwise: 3_000 },
  asleep: { from: 0, to: 5_000_000, otherwise: 0 },
  burst: { from: 0, to: 1_000_000, otherwise: 0 },
  rounds: { from: 1, to: 9, otherwise: 1 },
} as const

/** The words after `npm run bench -- workflows`. Throws NX-BENCH-USAGE. */
export function workflowsOptions(words: readonly string[], contestants: readonly string[]): WorkflowsOptions {
  const { numbers, only, json } = benchOptions('workflows', ranges, contestants, words)
  const { wakes, asleep, burst, rounds } = numbers
  return { wakes, dbosWakes: numbers['dbos-wakes'], asleep, burst, rounds, only, json }
}
