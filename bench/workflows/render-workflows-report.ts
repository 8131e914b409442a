import type { DrainFigures } from '../outbox/measure-outbox.ts'
import type { Machine } from '../pipeline/machine.ts'
import { renderTable } from '../render-table.ts'
import type { AsleepFigures } from './measure-asleep.ts'
import type { BurstFigures } from './measure-burst.ts'
import type { WorkflowsOptions } from './workflows-options.ts'

export interface WakeRow {
  readonly contestant: string
  readonly variant: string
  readonly wakesPerSecond: number
  readonly cpuPer1000: DrainFigures['cpuPer1000']
  readonly failures: readonly string[]
}

export interface WorkflowsReport {
  readonly machine: Machine
  readonly options: WorkflowsOptions
  readonly rows: readonly WakeRow[]
  readonly asleep: AsleepFigures | null
  readonly burst: BurstFigures | null
}

interface Target {
  readonly figure: string
  readonly measured: number
  readonly wanted: string
  readonly reached: boolean
}

/** The figures that neuronx has to reach; those whose systems did not run are left out. */
export function workflowsTargets({ rows, asleep, burst }: WorkflowsReport): readonly Target[] {
  const own = rows.find(({ contestant }) => contestant === 'neuronx')
  const atLeast = (other: string, wanted: number): Target[] => {
    const row = rows.find(({ contestant }) => contestant === other)
    if (own === undefined || row === undefined) return []
    const measured = own.wakesPerSecond / row.wakesPerSecond
    return [
      {
        figure: `wakes/s, neuronx / ${other}`,
        measured,
        wanted: `>= ${wanted}`,
        reached: measured >= wanted,
      },
    ]
  }
  const atMost = (figure: string, measured: number, wanted: number): Target => ({
    ...{ figure, measured, wanted: `<= ${wanted}`, reached: measured <= wanted },
  })
  return [
    ...atLeast('dbos', 5),
    ...atLeast('graphile-worker', 2),
    ...(asleep === null
      ? []
      : [
          atMost('memory of the daemon over idle, MB', asleep.overIdleMb, 120),
          atMost('idle poll, ms (p50)', asleep.pollMs, 1),
          atMost('restart to ready, s', asleep.readySeconds, 5),
        ]),
    ...(burst === null
      ? []
      : [atMost("the other tenant's p99 over its quiet p99", burst.during.p99 / burst.quiet.p99, 2)]),
  ]
}

/** The report as lines for a terminal. */
export function renderWorkflowsReport(report: WorkflowsReport): string[] {
  const { machine, options, rows, asleep, burst } = report
  return [
    '',
    `${options.wakes} instances (dbos: ${options.dbosWakes}) wake at one instant, ask for a command and sleep again; rounds: ${options.rounds}`,
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB; Node ${machine.node}, Postgres ${machine.postgres}, nats-server ${machine.nats}`,
    '',
    ...renderTable([
      ['', 'wakes/s', 'CPU s/1000', 'Postgres', 'NATS', 'result'],
      ...rows.map(({ contestant, wakesPerSecond, cpuPer1000, failures }) => [
        contestant,
        wakesPerSecond.toFixed(0),
        cpuPer1000.system.toFixed(2),
        cpuPer1000.postgres.toFixed(2),
        cpuPer1000.nats.toFixed(2),
        failures.length === 0 ? 'ok' : 'FAILED',
      ]),
    ]),
    '',
    ...rows.flatMap((row) => row.failures.map((reason) => `FAILED  ${row.contestant}: ${reason}`)),
    ...rows.map((row) => `${row.contestant}: ${row.variant}`),
    ...(asleep === null
      ? []
      : [
          `${asleep.instances} asleep: daemon ${asleep.idleMb.toFixed(0)} MB without and ${asleep.asleepMb.toFixed(0)} MB with them, idle poll p50 ${asleep.pollMs.toFixed(2)} ms, p99 ${asleep.pollP99Ms.toFixed(2)} ms, ${asleep.bytesEach} bytes each`,
        ]),
    ...(burst === null
      ? []
      : [
          `${burst.instances} due at once drained in ${burst.drainSeconds.toFixed(1)} s; the other tenant's events p50 / p99 ms: quiet ${burst.quiet.p50.toFixed(1)} / ${burst.quiet.p99.toFixed(1)}, meanwhile ${burst.during.p50.toFixed(1)} / ${burst.during.p99.toFixed(1)} (${burst.samples} events)`,
        ]),
    '',
    ...renderTable([
      ['figure', 'measured', 'wanted', ''],
      ...workflowsTargets(report).map(({ figure, measured, wanted, reached }) => [
        figure,
        measured.toFixed(2),
        wanted,
        reached ? 'reached' : 'NOT REACHED',
      ]),
    ]),
  ]
}
