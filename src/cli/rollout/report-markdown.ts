import type { RolloutReport } from '../../app/rollout/report/report-rollout.ts'
import { plainLine } from '../text/plain-text.ts'
import { figure, percent, rate } from './status-words.ts'

type Row = RolloutReport['rows'][number]

/** A rollout's report as Markdown: what happened, what each verdict rested on, and whether it can be made again. */
export function reportMarkdown(report: RolloutReport): string {
  const parts = [
    `# Rollout ${report.rollout.id}`,
    summary(report),
    `## What happened\n\n${table(
      ['#', 'at', 'from', 'to', 'share', 'by', 'verdict', 'made again', 'why'],
      report.rows.map((row) => [
        String(row.seq),
        row.at,
        row.from,
        row.to,
        `${percent(row.percentBefore)} → ${percent(row.percentAfter)}`,
        row.by ?? row.cause,
        row.verdict ?? '-',
        agreement(row),
        gateText(row),
      ]),
    )}`,
    ...report.rows.filter(({ evidence }) => evidence !== null).map(evidenceText),
    `## Made again\n\n${madeAgain(report)}`,
  ]
  return parts.join('\n\n')
}

function summary({ rollout, scopes, alpha }: RolloutReport): string {
  const { spent } = alpha
  const parts = Object.entries(spent).map(([name, part]) => `${name} ${percent(100 * part)}`)
  const { state } = rollout
  const ending = 'reason' in state ? `: ${state.reason}` : ''
  const lines = [
    ['state', `${state.state.replaceAll('_', ' ')}${ending}`],
    ['started', `${rollout.startedAt} by ${rollout.startedBy}`],
    ['ended', rollout.endedAt ?? 'not yet'],
    ['reason', rollout.reason ?? '-'],
    ['plan', rollout.planId ?? '-'],
    ['risk', rollout.risk],
    ['policy', rollout.policy.name ?? 'defaults'],
    ['assignment', `candidate ${rollout.candidateDigest}`],
    ['alpha', `${percent(100 * alpha.total)}: ${parts.join(', ')}`],
    ...scopes.map(({ scope, baseline, candidate }) => [scope, `${baseline} → ${candidate}`] as const),
  ] as const
  return table(
    ['', ''],
    lines.map(([name, value]) => [name, value]),
  )
}

function evidenceText(row: Row): string {
  const { evidence, seq, verdict, at } = row
  if (evidence === null) return ''
  const { arms, tests, upperBound, units, blocks, configErrors } = evidence
  const counted = (['candidate', 'baseline'] as const).map((name) => {
    const arm = arms[name]
    const share = rate(arm.failures, Math.max(arm.distinct, arm.failures))
    return [name, arm.units, arm.inStep ?? '-', arm.failures, arm.ownFailures, share, arm.slow].map(String)
  })
  const lines = [
    `### ${seq}. ${verdict ?? ''} at ${at}`,
    table(['arm', 'matured', 'in step', 'failed', 'own', 'rate', 'slow'], counted),
    table(
      ['test', 'E', '1/alpha', 'crossed', 'candidate', 'baseline'],
      tests.map(({ test, e, limit, crossed, candidate, baseline }) => [
        test,
        figure(e),
        figure(limit),
        crossed ? 'yes' : 'no',
        `${candidate.adverse}/${candidate.units}`,
        `${baseline.adverse}/${baseline.units}`,
      ]),
    ),
    `${units.have} of ${units.need} units in this step. At most ${percent(100 * upperBound.rate)} errors of its own (${upperBound.failures} in ${upperBound.units} units, 95 %).`,
  ]
  if (configErrors.candidateOnly > 0)
    lines.push(
      `Failed on ${configErrors.candidateOnly} events on which the baseline did not:`,
      configErrors.examples
        .map(
          ({ document, code, eventId, message }) =>
            `- ${cell(`${document} ${code} on ${eventId}: ${message}`)}`,
        )
        .join('\n'),
    )
  if (blocks.length > 0)
    lines.push(blocks.map(({ code, message }) => `- ${code}: ${cell(message)}`).join('\n'))
  return lines.join('\n\n')
}

function madeAgain({ verdicts, faults, rows, reproduced }: RolloutReport): string {
  const lines = [
    `The judge was run again over the stored counts of ${verdicts.stored} verdicts: ${verdicts.agreeing} agree.`,
    faults.length === 0
      ? 'The ledger is whole: no row is missing, no step was skipped, the share never grew without a gate.'
      : `The ledger is not whole:\n\n${faults.map(({ seq, message }) => `- row ${seq} ${cell(message)}`).join('\n')}`,
  ]
  const differing = rows.filter(({ agrees }) => agrees === false)
  for (const { seq, differences } of differing) {
    const found = differences.map(
      ({ path, stored, again }) =>
        `- ${path}: stored ${cell(JSON.stringify(stored))}, now ${cell(JSON.stringify(again))}`,
    )
    lines.push(`Row ${seq} comes out otherwise:\n\n${found.join('\n')}`)
  }
  lines.push(reproduced ? '**Everything agrees.**' : '**Not everything agrees.**')
  return lines.join('\n\n')
}

function agreement({ agrees }: Row): string {
  if (agrees === null) return '-'
  return agrees ? 'agrees' : '**differs**'
}

function gateText({ gate, reason, quarantine }: Row): string {
  const by = gate === null ? '' : ` [${gate.gate === 'labelled' ? gate.label : gate.gate}]`
  return `${reason}${by}${quarantine ? ' [quarantined]' : ''}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** Text from outside, in a cell of a table. */
function cell(text: string): string {
  return plainLine(text).replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
