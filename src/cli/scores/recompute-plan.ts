import type { BandMove, RecomputePlan } from '../../app/scores/plan-recompute.ts'
import { countsOf } from '../letters/letter-plan.ts'
import type { Output } from '../output.ts'
import { shortDuration } from '../text/relative-time.ts'
import { renderFacts, renderTable } from '../views/table.ts'

/** What a recompute would do, for a person. */
export function renderRecomputePlan(plan: RecomputePlan, output: Pick<Output, 'theme' | 'columns'>): string {
  const { total, looked, otherPoints, pastUnknown, moves, sample, estimatedMs } = plan
  const facts: (readonly [string, string | number | null])[] = [
    ['LEADS', looked === total ? total : `${total}; the first ${looked} were looked at`],
    ['OTHER POINTS', otherPoints],
    ['OTHER BAND', countsOf(moves) || 'none'],
  ]
  if (pastUnknown > 0)
    facts.push(['PAST GONE', `${pastUnknown}: their event factors keep what they collected`])
  if (estimatedMs !== null) facts.push(['ESTIMATE', `at least ${shortDuration(estimatedMs)}`])
  const text = renderFacts(facts, output)
  if (sample.length === 0) return text
  const columns = [
    { title: 'LEAD', value: ({ entity }: BandMove) => entity },
    { title: 'FROM', value: ({ from, pointsFrom }: BandMove) => stand(from, pointsFrom) },
    { title: 'TO', value: ({ to, pointsTo }: BandMove) => stand(to, pointsTo) },
  ]
  return `${text}\n\n${renderTable(sample, columns, output)}`
}

function stand(band: string | null, points: number | null): string {
  if (points === null) return 'not scored'
  return band === null ? String(points) : `${points} (${band})`
}
