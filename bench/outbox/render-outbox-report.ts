import type { Machine } from '../pipeline/machine.ts'
import { renderTable } from '../render-table.ts'
import type { DrainFigures, HeldFigures } from './measure-outbox.ts'
import type { OutboxOptions } from './outbox-options.ts'

export interface OutboxRow {
  readonly contestant: string
  readonly variant: string
  readonly eventsPerSecond: number
  readonly cpuPer1000: DrainFigures['cpuPer1000']
  readonly held: HeldFigures | null
  /** Events a second with nothing waiting, and behind the long backlog. */
  readonly backlog: { readonly short: number; readonly long: number } | null
  readonly failures: readonly string[]
}

export interface OutboxReport {
  readonly machine: Machine
  readonly options: OutboxOptions
  readonly rows: readonly OutboxRow[]
}

export interface OutboxTarget {
  readonly figure: string
  readonly measured: number
  readonly wanted: string
  readonly reached: boolean
}

const peers = ['pg-boss', 'graphile-worker', 'pg-transactional-outbox'] as const

/** The figures that neuronx has to reach; those whose systems did not run are left out. */
export function outboxTargets(rows: readonly OutboxRow[]): OutboxTarget[] {
  const own = rows.find(({ contestant }) => contestant === 'neuronx')
  if (own === undefined) return []
  const atLeast = (other: string, wanted: number): OutboxTarget[] => {
    const row = rows.find(({ contestant }) => contestant === other)
    if (row === undefined) return []
    const measured = own.eventsPerSecond / row.eventsPerSecond
    return [
      {
        figure: `events/s, neuronx / ${other}`,
        measured,
        wanted: `>= ${wanted}`,
        reached: measured >= wanted,
      },
    ]
  }
  const held = own.held === null ? Number.NaN : own.held.held.p99 / own.held.before.p99
  const backlog = own.backlog === null ? Number.NaN : own.backlog.long / own.backlog.short
  return [
    ...peers.flatMap((peer) => atLeast(peer, 2)),
    ...atLeast('floor', 0.6),
    ...(own.held === null
      ? []
      : [
          {
            figure: 'p99 under a held snapshot / before',
            measured: held,
            wanted: '<= 2',
            reached: held <= 2,
          },
        ]),
    ...(own.backlog === null
      ? []
      : [
          {
            figure: 'rate behind the backlog / empty',
            measured: backlog,
            wanted: '>= 0.8',
            reached: backlog >= 0.8,
          },
        ]),
  ]
}

const drainColumns: readonly { readonly title: string; readonly cell: (row: OutboxRow) => string }[] = [
  { title: '', cell: (row) => row.contestant },
  { title: 'events/s', cell: (row) => row.eventsPerSecond.toFixed(0) },
  { title: 'CPU s/1000', cell: (row) => row.cpuPer1000.system.toFixed(2) },
  { title: 'Postgres', cell: (row) => row.cpuPer1000.postgres.toFixed(2) },
  { title: 'NATS', cell: (row) => row.cpuPer1000.nats.toFixed(2) },
  { title: 'result', cell: (row) => (row.failures.length === 0 ? 'ok' : 'FAILED') },
]

const pair = ({ p50, p99 }: { readonly p50: number; readonly p99: number }): string =>
  `${p50.toFixed(1)} / ${p99.toFixed(1)}`

/** The report as lines for a terminal. */
export function renderOutboxReport({ machine, options, rows }: OutboxReport): string[] {
  const held = rows.flatMap((row) => (row.held === null ? [] : [{ name: row.contestant, held: row.held }]))
  return [
    '',
    `${options.events} events with distinct leads, worked off from a standing start; rounds: ${options.rounds}`,
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB; Node ${machine.node}, Postgres ${machine.postgres}, nats-server ${machine.nats}`,
    '',
    ...renderTable([
      drainColumns.map(({ title }) => title),
      ...rows.map((row) => drainColumns.map(({ cell }) => cell(row))),
    ]),
    '',
    ...rows.flatMap((row) => row.failures.map((reason) => `FAILED  ${row.contestant}: ${reason}`)),
    ...rows.map((row) => `${row.contestant}: ${row.variant}`),
    ...(held.length === 0
      ? []
      : [
          '',
          `put in to committed at ${options.perSecond}/s, p50 / p99 ms; a snapshot held for ${options.heldSeconds} s, its last 10 s:`,
          ...renderTable([
            ['', 'before', 'held', 'p99 ratio'],
            ...held.map(({ name, held: figures }) => [
              name,
              pair(figures.before),
              pair(figures.held),
              (figures.held.p99 / figures.before.p99).toFixed(2),
            ]),
          ]),
        ]),
    ...rows.flatMap(({ contestant, backlog }) =>
      backlog === null
        ? []
        : [
            `${contestant}: ${backlog.short.toFixed(0)} events/s with nothing waiting, ${backlog.long.toFixed(0)} behind ${options.backlog}`,
          ],
    ),
    '',
    ...renderTable([
      ['figure', 'measured', 'wanted', ''],
      ...outboxTargets(rows).map(({ figure, measured, wanted, reached }) => [
        figure,
        measured.toFixed(2),
        wanted,
        reached ? 'reached' : 'NOT REACHED',
      ]),
    ]),
  ]
}
