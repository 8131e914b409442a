import type { Operator } from '../../app/operator.ts'
import type { Output } from '../output.ts'
import { shortDuration } from '../text/relative-time.ts'
import { renderFacts } from '../views/table.ts'

/** What a bulk action on letters would do, as src/platform describes it. */
export type LetterPlan = Awaited<ReturnType<Operator['letters']['plan']>>

/** A plan for a person: how many, of what, how long. `verb` such as `replayed`. */
export function renderLetterPlan(plan: LetterPlan, verb: string, output: Pick<Output, 'theme'>): string {
  const left = Object.values(plan.skipped).reduce((sum, count) => sum + count, 0)
  const facts = [
    ['LETTERS', `${plan.total}: ${plan.total - left} would be ${verb}, ${left} left alone`],
    ['LEFT ALONE', countsOf(plan.skipped)],
    ['BY INTEGRATION', countsOf(plan.byIntegration)],
    ['BY CLASS', countsOf(plan.byClass)],
    ['ENTITIES', plan.entities],
    ['OLDEST', plan.oldestAt],
    ['NEWEST', plan.newestAt],
    ['ESTIMATE', plan.estimatedMs === null ? null : `at least ${shortDuration(plan.estimatedMs)}`],
    ['FIRST', plan.firstIds[0] ?? null],
  ] as const
  return renderFacts(
    facts.filter(([title, value]) => title !== 'LEFT ALONE' || value !== ''),
    output,
  )
}

/** `ghl 12, sink 3`: the largest first; empty for nothing. */
export function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name.replaceAll('_', ' ')} ${count}`)
    .join(', ')
}
