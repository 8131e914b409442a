import type { Operator } from '../../app/operator.ts'
import { countsOf } from '../letters/letter-plan.ts'
import type { Output } from '../output.ts'
import { shortDuration } from '../text/relative-time.ts'
import { renderFacts, renderTable } from '../views/table.ts'

export type EventPlan = Awaited<ReturnType<Operator['eventReplays']['plan']>>
export type OutboxPlan = Awaited<ReturnType<Operator['outboxReplays']['plan']>>

/** What a replay of events would do, for a person. */
export function renderEventPlan(plan: EventPlan, output: Pick<Output, 'theme' | 'columns'>): string {
  const left = Object.values(plan.skipped).reduce((sum, count) => sum + count, 0)
  const facts = [
    ['EVENTS', `${plan.total}: ${plan.total - left} would be replayed, ${left} left alone`],
    ['LEFT ALONE', countsOf(plan.skipped)],
    ['BY TYPE', countsOf(plan.byType)],
    ['ENTITIES', plan.entities],
    ['OLDEST', plan.oldestAt],
    ['NEWEST', plan.newestAt],
    ['ESTIMATE', estimate(plan.estimatedMs)],
    ['FIRST', plan.firstIds[0] ?? null],
  ] as const
  const text = renderFacts(
    facts.filter(([title, value]) => title !== 'LEFT ALONE' || value !== ''),
    output,
  )
  if (plan.commands.length === 0) return text
  const columns = [
    { title: 'COMMAND', value: (command: EventPlan['commands'][number]) => command.id },
    { title: 'CALL', value: (command: EventPlan['commands'][number]) => command.call, shrink: true },
    { title: 'STATE', value: (command: EventPlan['commands'][number]) => command.state },
  ]
  return `${text}\n\nCommands that these events caused already:\n${renderTable(plan.commands, columns, output)}`
}

/** What publishing once more would do, for a person. */
export function renderOutboxPlan(plan: OutboxPlan, output: Pick<Output, 'theme'>): string {
  return renderFacts(
    [
      ['EVENTS', plan.total],
      ['APPLIED', `${plan.applied}: the consumer will suppress them`],
      ['ESTIMATE', estimate(plan.estimatedMs)],
    ],
    output,
  )
}

function estimate(ms: number | null): string | null {
  return ms === null ? null : `at least ${shortDuration(ms)}`
}
