import type { BacktestResult } from '../../app/backtest/backtest-configuration.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { renderTable } from '../views/table.ts'

type ActionDifference = BacktestResult['actions'][number]
type BandTransition = BacktestResult['bands'][number]
type Divergence = BacktestResult['divergences'][number]
type GateResult = BacktestResult['gates'][number]
type SignalRate = BacktestResult['signals'][number]

/** Rows of a table that people read; `--json` has all. */
const rowsMax = 20

/** A report for people. */
export function backtestLines(report: BacktestResult, output: Output): readonly string[] {
  const { events, units, decisions, errors, noise, notReplayed, latency } = report
  const { strong, faint } = output.theme
  const share = (value: number): string => `${(value * 100).toFixed(1)} %`
  const lines = [
    strong(
      `${events.replayed} of ${events.read} events about ${units} entities, ${events.from ?? '-'} to ${events.to ?? '-'}`,
    ),
    faint(
      `baseline ${report.baseline.digest.slice(0, 12)}  candidate ${report.candidate.digest.slice(0, 12)}  report ${report.id.slice(0, 12)}`,
    ),
    `${decisions.changedUnits} entities (${share(decisions.changedUnitShare)}) and ${decisions.changedEvents} events are decided differently`,
    `${errors.newlyFailing} events fail in the candidate only, ${errors.fixed} no longer fail`,
  ]
  if (latency !== null)
    lines.push(
      `the candidate takes ${latency.ratio.toFixed(3)} times as long (${latency.low.toFixed(3)} to ${latency.high.toFixed(3)})`,
    )
  if (noise.events > 0) lines.push(`${noise.events} events differ between two runs of the baseline: left out`)
  for (const { reason, events: count } of notReplayed.byReason)
    lines.push(`${count} events were not replayed: ${reason.replaceAll('_', ' ')}`)
  lines.push(...report.notes, ...tables(report, output), ...divergenceLines(report.divergences, output))
  lines.push(...report.gates.map((gate) => gateLine(gate, output)))
  return lines
}

function tables(
  { bands, rules, actions, signals, errors }: BacktestResult,
  output: Output,
): readonly string[] {
  const table = <Row>(
    title: string,
    rows: readonly Row[],
    columns: Parameters<typeof renderTable<Row>>[1],
  ): string[] =>
    rows.length === 0
      ? []
      : ['', output.theme.strong(title), renderTable(rows.slice(0, rowsMax), columns, output)]
  const right = 'right' as const
  const sides = [
    { title: 'BASELINE', value: (row: { baseline: number }) => row.baseline, align: right },
    { title: 'CANDIDATE', value: (row: { candidate: number }) => row.candidate, align: right },
  ]
  const moved = [
    { title: 'ADDED', value: (row: { added: number }) => row.added, align: right },
    { title: 'REMOVED', value: (row: { removed: number }) => row.removed, align: right },
  ]
  return [
    ...table(
      'Bands',
      bands.filter(({ from, to }) => from !== to),
      [
        { title: 'SCORE', value: ({ model }: BandTransition) => model },
        { title: 'FROM', value: ({ from }: BandTransition) => from ?? '-' },
        { title: 'TO', value: ({ to }: BandTransition) => to ?? '-' },
        { title: 'ENTITIES', value: ({ units }: BandTransition) => units, align: right },
      ],
    ),
    ...table('Rules', rules, [{ title: 'RULE', value: ({ rule }) => rule }, ...sides, ...moved]),
    ...table(
      'Actions',
      actions.filter(({ added, removed }) => added + removed > 0),
      [
        { title: 'ACTION', value: ({ kind, name }: ActionDifference) => `${kind} ${name}` },
        ...sides,
        ...moved,
      ],
    ),
    ...table(
      'Signals',
      signals.filter(({ baseline, candidate }) => baseline.count !== candidate.count),
      [
        { title: 'SIGNAL', value: ({ name }: SignalRate) => name },
        { title: 'BASELINE', value: ({ baseline }: SignalRate) => baseline.rate.toFixed(4), align: right },
        { title: 'CANDIDATE', value: ({ candidate }: SignalRate) => candidate.rate.toFixed(4), align: right },
      ],
    ),
    ...table('Failures', errors.parts, [
      { title: 'PART', value: ({ part }) => part },
      { title: 'CODE', value: ({ code }) => code },
      ...sides,
    ]),
  ]
}

function divergenceLines(divergences: readonly Divergence[], { theme }: Output): readonly string[] {
  return divergences.flatMap(({ eventId, eventType, entity, kind, about, baseline, candidate, payload }) => [
    '',
    `${theme.strong(plainLine(`${kind}  ${about}`))}  ${theme.faint(plainLine(`${eventType} about ${entity}  ${eventId}`))}`,
    plainLine(`  baseline   ${sideText(baseline)}`),
    plainLine(`  candidate  ${sideText(candidate)}`),
    ...(payload === undefined ? [] : [plainLine(`  data       ${JSON.stringify(payload)}`)]),
  ])
}

function sideText({ why, actions, score, band, failed }: Divergence['baseline']): string {
  const parts = [
    why,
    ...(score === null ? [] : [`score ${score}${band === null ? '' : ` (${band})`}`]),
    ...(actions.length === 0 ? [] : [actions.join(', ')]),
    ...(failed.length === 0 ? [] : [`failed ${failed.join(', ')}`]),
  ]
  return parts.join('; ')
}

function gateLine({ gate, limit, actual, state, detail }: GateResult, { theme }: Output): string {
  const word = state === 'passed' ? 'passed' : theme.warn(state.replaceAll('_', ' '))
  return `gate ${gate} ${limit}: ${word} (${actual === null ? '-' : Number(actual.toFixed(4))}; ${detail})`
}
