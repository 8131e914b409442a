import { renderTable } from '../render-table.ts'
import type { Target } from '../targets.ts'
import type { AdaptersOptions } from './adapters-options.ts'
import type { AdaptersFigures } from './adapters-targets.ts'
import type { DispatcherFigures } from './measure-dispatch.ts'
import { sizesKiB } from './measure-verify.ts'

export interface AdaptersReport extends AdaptersFigures {
  readonly machine: { readonly cores: number; readonly processor: string; readonly node: string }
  readonly options: AdaptersOptions
  readonly targets: readonly Target[]
}

/** The tables of what was measured. */
export function renderAdapters({ calls, verified, dispatcher }: AdaptersReport): readonly string[] {
  return [...renderCalls(calls), ...renderVerified(verified), ...renderDispatcher(dispatcher)]
}

function renderCalls(calls: AdaptersFigures['calls']): readonly string[] {
  if (calls.length === 0) return []
  return [
    '',
    ...renderTable([
      ['one call', 'us CPU: undici', 'executor', 'added', 'calls/s: undici', 'executor'],
      ...calls.map(({ connector, bareUs, executorUs, addedUs, barePerSecond, commandsPerSecond }) => [
        connector,
        ...[bareUs, executorUs, addedUs, barePerSecond, commandsPerSecond].map((one) => one.toFixed(0)),
      ]),
    ]),
  ]
}

function renderVerified(verified: AdaptersFigures['verified']): readonly string[] {
  if (verified.length === 0) return []
  return [
    '',
    ...renderTable([
      ['us CPU to verify', ...sizesKiB.map((size) => `${size} KiB`)],
      ...verified.map(({ scheme, us }) => [scheme, ...sizesKiB.map((size) => (us[size] ?? NaN).toFixed(1))]),
    ]),
  ]
}

function renderDispatcher(dispatcher: DispatcherFigures | null): readonly string[] {
  const { drain, slow } = dispatcher ?? { drain: null, slow: null }
  const lines: string[] = []
  if (drain !== null)
    lines.push(
      '',
      ...renderTable([
        ['dispatcher with Postgres', 'commands/s', 'CPU s/1000: daemon', 'Postgres'],
        [
          `${drain.commands} commands`,
          drain.commandsPerSecond.toFixed(0),
          drain.cpuPer1000.dispatcher.toFixed(2),
          drain.cpuPer1000.postgres.toFixed(2),
        ],
      ]),
    )
  if (slow !== null)
    lines.push(
      '',
      ...renderTable([
        [`ms to the quick vendor, ${slow.perSecond}/s`, 'p50', 'p99'],
        ['alone', slow.alone.p50.toFixed(1), slow.alone.p99.toFixed(1)],
        [`beside ${slow.slowCalls} calls of 10 s`, slow.beside.p50.toFixed(1), slow.beside.p99.toFixed(1)],
      ]),
    )
  return lines
}
