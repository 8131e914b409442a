import { atLeast } from '../targets.ts'
import type { Target } from '../targets.ts'
import type { CpuSeconds, Measured, Verdict } from './harness/measurement.ts'
import { median } from './harness/percentile.ts'
import type { Machine } from './machine.ts'
import type { PipelineOptions } from './pipeline-options.ts'

/** One contestant's figures, medians over the rounds. */
export interface Row {
  readonly contestant: string
  readonly variant: string
  readonly eventsPerSecond: number
  readonly cpuPer1000: CpuSeconds
  readonly acceptToDeliveredP50: number
  readonly acceptToDeliveredP99: number
  readonly sentToDeliveredP99: number
  /** At the steady rate, and while flooded. */
  readonly peakMemoryMiB: number
  readonly floodedPeakMemoryMiB: number
  /** null when idling was not measured. */
  readonly idleShares: CpuSeconds | null
  readonly failures: readonly string[]
}

export interface Report {
  readonly state: 'ok' | 'failed'
  readonly machine: Machine
  readonly options: PipelineOptions
  readonly rows: readonly Row[]
  readonly targets: readonly Target[]
  readonly measured: readonly Measured[]
}

export function reportOf(machine: Machine, options: PipelineOptions, measured: readonly Measured[]): Report {
  const rows = [...Map.groupBy(measured, ({ contestant }) => contestant).values()].map(rowOf)
  return {
    state: rows.some(({ failures }) => failures.length > 0) ? 'failed' : 'ok',
    machine,
    options,
    rows,
    targets: targetsOf(rows, options),
    measured,
  }
}

function rowOf(rounds: readonly Measured[]): Row {
  const of = (figure: (round: Measured) => number): number => median(rounds.map(figure))
  const idle = rounds.flatMap((round) => round.idle?.cpuShares ?? [])
  return {
    contestant: rounds[0]?.contestant ?? '',
    variant: rounds[0]?.variant ?? '',
    eventsPerSecond: of(({ throughput }) => throughput.eventsPerSecond),
    cpuPer1000: medianOf(rounds.map(({ throughput }) => throughput.cpuPer1000)),
    acceptToDeliveredP50: of(({ latency }) => latency.acceptToDelivered.p50),
    acceptToDeliveredP99: of(({ latency }) => latency.acceptToDelivered.p99),
    sentToDeliveredP99: of(({ latency }) => latency.sentToDelivered.p99),
    peakMemoryMiB: Math.max(...rounds.map(({ latency }) => latency.peakMemoryMiB)),
    floodedPeakMemoryMiB: Math.max(...rounds.map(({ throughput }) => throughput.peakMemoryMiB)),
    idleShares: idle.length === 0 ? null : medianOf(idle),
    failures: rounds.flatMap(({ latency, throughput }) => [
      ...reasonsOf(latency.verdict, 'steady rate'),
      ...reasonsOf(throughput.verdict, 'flood'),
    ]),
  }
}

function medianOf(rounds: readonly CpuSeconds[]): CpuSeconds {
  return {
    system: median(rounds.map(({ system }) => system)),
    postgres: median(rounds.map(({ postgres }) => postgres)),
    nats: median(rounds.map(({ nats }) => nats)),
  }
}

function reasonsOf(verdict: Verdict, phase: string): string[] {
  return verdict.state === 'ok' ? [] : verdict.reasons.map((reason) => `${phase}: ${reason}`)
}

/** The figures that neuronx has to reach; those whose contestants did not run are left out. */
function targetsOf(rows: readonly Row[], { perSecond }: PipelineOptions): Target[] {
  const own = rows.find(({ contestant }) => contestant === 'neuronx')
  if (own === undefined) return []
  const below = (figure: string, measured: number, limit: number, unit: string): Target => ({
    figure: `${figure} (${unit})`,
    measured,
    wanted: `< ${limit}`,
    reached: measured < limit,
  })
  return [
    ...atLeast(rows, 'events', 'floor', 0.6),
    ...atLeast(rows, 'events', 'graphile-worker', 0.7),
    ...atLeast(rows, 'events', 'pg-boss', 1.5),
    below(`accept to delivered at ${perSecond}/s, p99`, own.acceptToDeliveredP99, 150, 'ms'),
    below(`memory of the daemon at ${perSecond}/s, peak`, own.peakMemoryMiB, 250, 'MiB'),
    ...(own.idleShares === null ? [] : [below('idle daemon', own.idleShares.system * 100, 2, '% of a core')]),
  ]
}
