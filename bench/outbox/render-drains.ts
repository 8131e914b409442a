import type { Machine } from '../pipeline/machine.ts'
import { renderTable } from '../render-table.ts'
import type { DrainRow } from './measure-rounds.ts'

/** What was done where, how fast everybody was, and what went wrong. `unit`: what was worked off, `events`. */
export function renderDrains(
  heading: string,
  machine: Machine,
  rows: readonly DrainRow[],
  unit: string,
): string[] {
  return [
    '',
    heading,
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB; Node ${machine.node}, Postgres ${machine.postgres}, nats-server ${machine.nats}`,
    '',
    ...renderTable([
      ['', `${unit}/s`, 'CPU s/1000', 'Postgres', 'NATS', 'result'],
      ...rows.map(({ contestant, eventsPerSecond, cpuPer1000, failures }) => [
        contestant,
        eventsPerSecond.toFixed(0),
        cpuPer1000.system.toFixed(2),
        cpuPer1000.postgres.toFixed(2),
        cpuPer1000.nats.toFixed(2),
        failures.length === 0 ? 'ok' : 'FAILED',
      ]),
    ]),
    '',
    ...rows.flatMap((row) => row.failures.map((reason) => `FAILED  ${row.contestant}: ${reason}`)),
    ...rows.map((row) => `${row.contestant}: ${row.variant}`),
  ]
}
