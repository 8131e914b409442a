import type { FaultFamily } from '../faults/fault.ts'
import type { Violation } from '../check/history.ts'
import type { LayerCounters } from '../check/check-counters.ts'
import type { Remaining } from '../check/read-remaining.ts'

/** One fault as it went. Times: milliseconds since the run began. */
export interface FaultRecord {
  readonly id: string
  readonly name: string
  readonly family: FaultFamily
  readonly atMs: number
  readonly endedMs: number
  readonly takeoverMs: number | null
  readonly note: string | null
  /** Why the fault could not be done, or what of it was not as promised; null when all went well. */
  readonly error: string | null
}

/** What a run found. Written as JSON beside the printed lines. */
export interface RunReport {
  readonly seed: number
  readonly tookMs: number
  readonly faults: readonly FaultRecord[]
  readonly counts: Readonly<Record<string, number>>
  readonly counters: LayerCounters
  /** From the last fault's end, or the writers' if that was later, to rest; null when rest never came. */
  readonly drainMs: number | null
  readonly remaining: Remaining | null
  /** When rest never came: what kept it, a line each. */
  readonly stuck: readonly string[]
  readonly residentBytesMax: number
  readonly violations: readonly Violation[]
}

const shownMax = 40

/** The report for people. */
export function reportLines(report: RunReport): readonly string[] {
  const takeovers = report.faults.flatMap(({ name, takeoverMs }) =>
    takeoverMs === null ? [] : [{ name, takeoverMs }],
  )
  const failed = report.faults.filter(({ error }) => error !== null)
  return [
    `seed ${report.seed}: ${report.faults.length} faults in ${seconds(report.tookMs)}`,
    `counts    ${pairs(report.counts)}`,
    `layers    ${pairs(Object.fromEntries(Object.entries(report.counters).filter(([, value]) => value > 0)))}`,
    `drain     ${report.drainMs === null ? `never: ${JSON.stringify(report.remaining)}` : seconds(report.drainMs)}`,
    ...[...Map.groupBy(takeovers, ({ name }) => name)].map(([name, all]) => {
      const times = all.map(({ takeoverMs }) => takeoverMs).toSorted((a, b) => a - b)
      return `takeover  ${name}: ${times.length} times, ${seconds(times[0] ?? 0)} to ${seconds(times.at(-1) ?? 0)}`
    }),
    `memory    ${(report.residentBytesMax / 1_048_576).toFixed(0)} MiB resident at most`,
    ...report.stuck.map((line) => `stuck     ${line}`),
    ...failed.map(({ name, error }) => `fault     ${name}: ${error}`),
    report.violations.length === 0 ? 'violations none' : `violations ${report.violations.length}`,
    ...report.violations
      .slice(0, shownMax)
      .map(({ invariant, what, subject }) => `  ${invariant}  ${subject}: ${what}`),
    ...(report.violations.length > shownMax ? [`  … and ${report.violations.length - shownMax} more`] : []),
  ]
}

function pairs(record: Readonly<Record<string, number>>): string {
  return Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
