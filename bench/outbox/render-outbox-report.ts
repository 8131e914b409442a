import type { Machine } from '../pipeline/machine.ts'
import { renderTable } from '../render-table.ts'
import { atLeast, atMost, renderTargets } from '../targets.ts'
import type { Target } from '../targets.ts'
import type { HeldFigures } from './measure-outbox.ts'
import type { DrainRow } from './measure-rounds.ts'
import type { OutboxOptions } from './outbox-options.ts'
import { renderDrains } from './render-drains.ts'

export interface OutboxRow extends DrainRow {
  readonly held: HeldFigures | null
  /** Events a second with nothing waiting, and behind the long backlog. */
  readonly backlog: { readonly short: number; readonly long: number } | null
}

export interface OutboxReport {
  readonly machine: Machine
  readonly options: OutboxOptions
  readonly rows: readonly OutboxRow[]
}

const peers = ['pg-boss', 'graphile-worker', 'pg-transactional-outbox'] as const

/** The figures that neuronx has to reach; those whose systems did not run are left out. */
export function outboxTargets(rows: readonly OutboxRow[]): readonly Target[] {
  const own = rows.find(({ contestant }) => contestant === 'neuronx')
  if (own === undefined) return []
  const { held, backlog } = own
  const behind = backlog === null ? 0 : backlog.long / backlog.short
  return [
    ...peers.flatMap((peer) => atLeast(rows, 'events', peer, 2)),
    ...atLeast(rows, 'events', 'floor', 0.6),
    ...(held === null
      ? []
      : [atMost('p99 under a held snapshot / before', held.held.p99 / held.before.p99, 2)]),
    ...(backlog === null
      ? []
      : [
          {
            figure: 'rate behind the backlog / empty',
            measured: behind,
            wanted: '>= 0.8',
            reached: behind >= 0.8,
          },
        ]),
  ]
}

const pair = ({ p50, p99 }: { readonly p50: number; readonly p99: number }): string =>
  `${p50.toFixed(1)} / ${p99.toFixed(1)}`

/** The report as lines for a terminal. */
export function renderOutboxReport({ machine, options, rows }: OutboxReport): string[] {
  const held = rows.flatMap((row) => (row.held === null ? [] : [{ name: row.contestant, held: row.held }]))
  return [
    ...renderDrains(
      `${options.events} events with distinct leads, worked off from a standing start; rounds: ${options.rounds}`,
      machine,
      rows,
      'events',
    ),
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
    ...renderTargets(outboxTargets(rows)),
  ]
}
