import { renderTable } from '../render-table.ts'
import { renderTargets } from '../targets.ts'
import type { Report, Row } from './report.ts'

const columns: readonly { readonly title: string; readonly cell: (row: Row) => string }[] = [
  { title: '', cell: (row) => row.contestant },
  { title: 'events/s', cell: (row) => row.eventsPerSecond.toFixed(0) },
  { title: 'CPU s/1000', cell: (row) => row.cpuPer1000.system.toFixed(2) },
  { title: 'Postgres', cell: (row) => row.cpuPer1000.postgres.toFixed(2) },
  { title: 'NATS', cell: (row) => row.cpuPer1000.nats.toFixed(2) },
  { title: 'p50 ms', cell: (row) => row.acceptToDeliveredP50.toFixed(1) },
  { title: 'p99 ms', cell: (row) => row.acceptToDeliveredP99.toFixed(1) },
  { title: 'p99 from POST', cell: (row) => row.sentToDeliveredP99.toFixed(1) },
  { title: 'peak MiB', cell: (row) => row.peakMemoryMiB.toFixed(0) },
  { title: 'flooded', cell: (row) => row.floodedPeakMemoryMiB.toFixed(0) },
  { title: 'result', cell: (row) => (row.failures.length === 0 ? 'ok' : 'FAILED') },
]

/** The report as lines for a terminal. */
export function renderReport(report: Report): string[] {
  const { machine, options, rows, targets } = report
  const idle = rows.filter(({ idleShares }) => idleShares !== null)
  return [
    '',
    `${options.events} events with distinct leads, batches of 50 over 8 connections; latency and memory at ${options.perSecond}/s for ${options.seconds} s; rounds: ${options.rounds}`,
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB; Node ${machine.node}, Postgres ${machine.postgres}, nats-server ${machine.nats}, graphile-worker ${machine.graphileWorker}, pg-boss ${machine.pgBoss}`,
    '',
    ...renderTable([
      columns.map(({ title }) => title),
      ...rows.map((row) => columns.map(({ cell }) => cell(row))),
    ]),
    '',
    ...rows.flatMap((row) => row.failures.map((reason) => `FAILED  ${row.contestant}, ${reason}`)),
    ...rows.map((row) => `${row.contestant}: ${row.variant}`),
    ...idle.map(
      ({ contestant, idleShares }) =>
        `idle: ${contestant} ${percent(idleShares?.system)} of a core, its Postgres ${percent(idleShares?.postgres)}, its nats-server ${percent(idleShares?.nats)}`,
    ),
    '',
    ...renderTargets(targets),
  ]
}

function percent(share: number | undefined): string {
  return `${((share ?? Number.NaN) * 100).toFixed(2)} %`
}
