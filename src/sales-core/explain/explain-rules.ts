import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { ClauseTree } from '../conditions/explain-condition.ts'
import { explainCondition } from '../conditions/explain-condition.ts'
import { foldAlone, foldAndScore } from '../decide/fold-event.ts'
import type { DecisionTrace } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { eventValues } from '../decide/event-values.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import type { DecidingClause } from './deciding-clauses.ts'
import { decidingClauses } from './deciding-clauses.ts'

/** What a rule made of an event. */
export interface RuleExplanation {
  /** `<set>/<rule>` */
  readonly rule: string
  readonly cause: string
  readonly rank: number
  /** `other_entity`: the rule is about another kind of entity than the event's. */
  readonly outcome: 'fired' | 'not_fired' | 'failed' | 'other_entity'
  readonly condition: string | null
  /** The smallest clauses that made the condition true or false. Empty without a condition. */
  readonly because: readonly DecidingClause[]
  readonly clauses: ClauseTree | null
  /** Set when it failed. */
  readonly error: { readonly code: string; readonly message: string } | null
}

/**
 * Every rule that listens to the event's type, highest rank first, judged on the same snapshot as `decide` judges them: the entity
 * with the event folded in and its scores written. `trace` is what `decide` did with it: a rule whose condition holds may
 * still have failed later. Pure.
 */
export function explainRules(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  now: Date,
  trace: DecisionTrace,
): readonly RuleExplanation[] {
  const { draft, counts } = foldAndScore(event, entity, config, now)
  const values = eventValues(event, draft, config, now, counts)
  const folded = foldAlone(event, entity, config, now)
  const guarded = eventValues(event, folded.draft, config, now, counts)
  return [
    ...config.guardsFor(event.type).map((rule) => explainRule(rule, event, guarded, trace)),
    ...config.rulesFor(event.type).map((rule) => explainRule(rule, event, values, trace)),
  ]
}

function explainRule(
  rule: CompiledRule,
  event: LoggedEvent,
  values: ReturnType<typeof eventValues>,
  trace: DecisionTrace,
): RuleExplanation {
  const { ref, cause, rank, when } = rule
  const base = { rule: ref, cause, rank, condition: when?.source ?? null }
  if (rule.entityKind !== null && rule.entityKind !== event.subject.kind)
    return { ...base, outcome: 'other_entity', because: [], clauses: null, error: null }
  const clauses = when === null ? null : explainCondition(when, values)
  const because = clauses === null ? [] : decidingClauses(clauses)
  const entries = trace.rules.filter((entry) => entry.rule === cause)
  const failure = entries.find((entry) => entry.outcome === 'failed')
  const fired = entries.some((entry) => entry.outcome === 'fired')
  const error = failure?.outcome === 'failed' ? { code: failure.code, message: failure.error } : null
  return {
    ...base,
    outcome: fired ? 'fired' : error === null ? 'not_fired' : 'failed',
    because,
    clauses,
    error,
  }
}
