import type { DrainRow } from '../outbox/measure-rounds.ts'
import { renderDrains } from '../outbox/render-drains.ts'
import type { Machine } from '../pipeline/machine.ts'
import { atLeast, atMost, renderTargets } from '../targets.ts'
import type { Target } from '../targets.ts'
import type { AsleepFigures } from './measure-asleep.ts'
import type { BurstFigures } from './measure-burst.ts'
import type { WorkflowsOptions } from './workflows-options.ts'

export interface WorkflowsReport {
  readonly machine: Machine
  readonly options: WorkflowsOptions
  /** Their events are wakes. */
  readonly rows: readonly DrainRow[]
  readonly asleep: AsleepFigures | null
  readonly burst: BurstFigures | null
}

/** The figures that neuronx has to reach; those whose systems did not run are left out. */
export function workflowsTargets({ rows, asleep, burst }: WorkflowsReport): readonly Target[] {
  return [
    ...atLeast(rows, 'wakes', 'dbos', 5),
    ...atLeast(rows, 'wakes', 'graphile-worker', 2),
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
    ...renderDrains(
      `${options.wakes} instances (dbos: ${options.dbosWakes}) wake at one instant, ask for a command and sleep again; rounds: ${options.rounds}`,
      machine,
      rows,
      'wakes',
    ),
    ...(asleep === null
      ? []
      : [
          `${asleep.instances} asleep: daemon ${asleep.idleMb.toFixed(0)} MB without and ${asleep.asleepMb.toFixed(0)} MB with them, idle poll p50 ${asleep.pollMs.toFixed(2)} ms, p99 ${asleep.pollP99Ms.toFixed(2)} ms, ${asleep.bytesEach} bytes each`,
        ]),
    ...(burst === null
      ? []
      : [
          `${burst.instances} due at once drained in ${burst.drainSeconds.toFixed(1)} s; the other tenant's events p50 / p99 ms: quiet ${burst.quiet.p50.toFixed(1)} / ${burst.quiet.p99.toFixed(1)}, meanwhile ${burst.during.p50.toFixed(1)} / ${burst.during.p99.toFixed(1)} (${burst.samples} events)`,
          ...burst.failures.map((reason) => `FAILED  burst: ${reason}`),
        ]),
    '',
    ...renderTargets(workflowsTargets(report)),
  ]
}
