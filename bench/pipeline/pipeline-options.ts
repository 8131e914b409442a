import { parseArgs } from 'node:util'
import { NxError } from '../../src/kernel/errors.ts'

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

const usage = `npm run bench -- pipeline ${Object.entries(ranges)
  .map(([name, { otherwise }]) => `[--${name} ${otherwise}]`)
  .join(' ')} [--only NAME,NAME] [--json]`

/** The words after `npm run bench -- pipeline`. Throws NX-BENCH-USAGE. */
export function pipelineOptions(words: readonly string[], contestants: readonly string[]): PipelineOptions {
  const given = parsed(words)
  const number = (name: keyof typeof ranges): number => {
    const { from, to, otherwise } = ranges[name]
    const text = given[name]
    if (text === undefined) return otherwise
    const value = Number(text)
    if (!Number.isInteger(value) || value < from || value > to) {
      throw wrong(`--${name} must be a whole number from ${from} to ${to}, not '${text}'`)
    }
    return value
  }
  const only = given.only?.split(',') ?? null
  const unknown = only?.find((name) => !contestants.includes(name))
  if (unknown !== undefined) throw wrong(`--only knows ${contestants.join(', ')}, not '${unknown}'`)
  return {
    events: number('events'),
    seconds: number('seconds'),
    perSecond: number('per-second'),
    idleSeconds: number('idle-seconds'),
    rounds: number('rounds'),
    only,
    json: given.json ?? false,
  }
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        events: { type: 'string' },
        seconds: { type: 'string' },
        'per-second': { type: 'string' },
        'idle-seconds': { type: 'string' },
        rounds: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
}

function wrong(title: string): NxError {
  return new NxError('usage', 'NX-BENCH-USAGE', title, { fix: usage })
}
