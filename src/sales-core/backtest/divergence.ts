import type { SalesConfig } from '../compile/sales-config.ts'
import { clauseText } from '../explain/deciding-clauses.ts'
import { explainRules } from '../explain/explain-rules.ts'
import type { ReplayedDecision, Turn } from './arm.ts'
import { equalJson } from './equal-json.ts'
import type { ComparedEvent } from './unit.ts'
import type { Divergence, DivergenceKind, DivergenceSide } from './report.ts'
import type { TurnFacts } from './turn-facts.ts'

/** One recorded event (or the end of the recording) as both configurations took it. */
export interface DivergingTurns {
  readonly event: ComparedEvent
  readonly baseline: Turn
  readonly candidate: Turn
  readonly facts: { readonly baseline: TurnFacts; readonly candidate: TurnFacts }
}

/** The gravest way in which two turns differ, and what it is about. null: they differ in nothing that a report shows. */
export function kindOf({
  baseline,
  candidate,
  facts,
}: DivergingTurns): { readonly kind: DivergenceKind; readonly about: string } | null {
  const parts = (failed: TurnFacts['failed']) => failed.map(({ part }) => part)
  const failing = firstExtra(parts(facts.candidate.failed), parts(facts.baseline.failed))
  if (failing !== null) return { kind: 'error', about: failing }
  for (const [model, { band }] of Object.entries(candidate.after.entity.scores)) {
    const before = baseline.after.entity.scores[model]?.band ?? null
    if (before !== band && movedScore(baseline, candidate, model))
      return { kind: 'band', about: `LeadScore/${model}` }
  }
  const labels = (of: TurnFacts) => of.actions.map(({ label }) => label)
  const rule = firstDifferent(facts.baseline.fired, facts.candidate.fired)
  const action = firstDifferent(labels(facts.baseline), labels(facts.candidate))
  if (action !== null) return { kind: 'action', about: rule ?? action }
  if (rule !== null) return { kind: 'rule', about: rule }
  if (!equalJson(commandInputs(baseline), commandInputs(candidate)))
    return { kind: 'action', about: firstCause(baseline) ?? firstCause(candidate) ?? 'input' }
  const scores = firstScore(baseline, candidate)
  if (scores !== null) return { kind: 'score', about: `LeadScore/${scores}` }
  if (!equalJson(workflowsOf(baseline), workflowsOf(candidate)))
    return { kind: 'workflow', about: firstWorkflow(baseline) ?? firstWorkflow(candidate) ?? 'workflow' }
  const fixed = firstDifferent(parts(facts.baseline.failed), parts(facts.candidate.failed))
  if (fixed !== null) return { kind: 'error', about: fixed }
  return equalJson(changesOf(baseline), changesOf(candidate)) ? null : { kind: 'field', about: 'fields' }
}

/** The divergence with both sides explained. `payload` only when it is asked for: it may hold personal data. */
export function divergenceOf(
  turns: DivergingTurns,
  found: { readonly kind: DivergenceKind; readonly about: string },
  configs: { readonly baseline: SalesConfig; readonly candidate: SalesConfig },
  showPayload: boolean,
): Divergence {
  const { event, baseline, candidate, facts } = turns
  const side = (turn: Turn, of: TurnFacts, config: SalesConfig) =>
    sideOf(turn, of, config, found.about, showPayload)
  return {
    eventId: event.id,
    eventType: event.type,
    entity: `${event.subject.kind}/${event.subject.id}`,
    at: event.acceptedAt,
    ...found,
    baseline: side(baseline, facts.baseline, configs.baseline),
    candidate: side(candidate, facts.candidate, configs.candidate),
    ...(showPayload ? { payload: event.data } : {}),
  }
}

function sideOf(
  turn: Turn,
  { fired, failed, actions }: TurnFacts,
  config: SalesConfig,
  about: string,
  showValues: boolean,
): DivergenceSide {
  const { entity } = turn.after
  const named = about.startsWith('LeadScore/') ? about.slice('LeadScore/'.length) : null
  const score = entity.scores[named ?? Object.keys(entity.scores)[0] ?? '']
  return {
    fired,
    failed: failed.map(({ part, code }) => `${part}: ${code}`),
    actions: actions.map(({ label }) => label),
    score: score?.points ?? null,
    band: score?.band ?? null,
    why: whyOf(turn, config, about, showValues),
  }
}

function whyOf(turn: Turn, config: SalesConfig, about: string, showValues: boolean): string {
  if (about.startsWith('RuleSet/')) return ruleWhy(turn, config, about, showValues)
  if (about.startsWith('LeadScore/'))
    return scoreWhy(turn, config, about.slice('LeadScore/'.length), showValues)
  const failure = turn.decided
    .flatMap(({ decision }) => decision.trace.rules)
    .find((entry) => entry.rule === about && entry.outcome === 'failed')
  if (failure?.outcome === 'failed') return `failed: ${failure.code}`
  return turn.refused === 'data_unfit' ? 'the data does not fit the EventType' : 'as its rules and steps say'
}

function ruleWhy(turn: Turn, config: SalesConfig, cause: string, showValues: boolean): string {
  const rule = config.rule(cause.slice('RuleSet/'.length).replace('#', '/'))
  if (rule === null) return 'absent: this configuration has no such rule'
  const at = turn.decided.find(({ event }) => event.type === rule.on)
  if (at === undefined) return `not fired: no ${rule.on} came of this event`
  const found = explained(at, config).find((entry) => entry.cause === cause)
  if (found === undefined) return 'absent: this configuration has no such rule for the event'
  const words = found.outcome.replaceAll('_', ' ')
  if (found.error !== null) return `failed: ${found.error.code}`
  const clauses = found.because.map((clause) => clauseText(showValues ? clause : impersonal(clause)))
  return clauses.length === 0 ? `${words}: it has no condition` : `${words}: ${clauses.join('; ')}`
}

function explained({ event, before, now, decision }: ReplayedDecision, config: SalesConfig) {
  return explainRules(event, before.entity, config, now, decision.trace)
}

/** Numbers, true and false stay; texts may name a person and are left out. */
function impersonal<T extends { readonly values: Readonly<Record<string, unknown>> }>(clause: T): T {
  const kept = Object.entries(clause.values).filter(
    ([, value]) => typeof value === 'number' || typeof value === 'boolean' || value === null,
  )
  return { ...clause, values: Object.fromEntries(kept) }
}

function scoreWhy(turn: Turn, config: SalesConfig, model: string, showValues: boolean): string {
  const { entity } = turn.after
  if (!config.scoresFor(entity.ref.kind).some(({ name }) => name === model))
    return 'absent: this configuration has no such score'
  const change = turn.decided
    .flatMap(({ decision }) => decision.trace.scores)
    .findLast((entry) => entry.model === model)
  if (change === undefined) return `unchanged at ${entity.scores[model]?.points ?? 0}`
  const shares = change.shares.map(
    ({ factor, points, why }) => `${factor} ${points}${showValues ? ` (${why})` : ''}`,
  )
  return `${change.from} to ${change.to}: ${shares.join(', ') || 'no factor counts'}`
}

/** The first text that one list holds more often than the other. */
function firstDifferent(a: readonly string[], b: readonly string[]): string | null {
  return firstExtra(b, a) ?? firstExtra(a, b)
}

function firstExtra(list: readonly string[], than: readonly string[]): string | null {
  const counts = new Map<string, number>()
  for (const item of than) counts.set(item, (counts.get(item) ?? 0) + 1)
  for (const item of list) {
    const left = counts.get(item) ?? 0
    if (left === 0) return item
    counts.set(item, left - 1)
  }
  return null
}

function commandInputs(turn: Turn): readonly unknown[] {
  return turn.decided.flatMap(({ decision }) => decision.commands.map(({ cause, input }) => [cause, input]))
}

function firstCause(turn: Turn): string | null {
  return turn.decided.flatMap(({ decision }) => decision.commands)[0]?.cause ?? null
}

function movedScore(a: Turn, b: Turn, model: string): boolean {
  return [a, b].some((turn) =>
    turn.decided.some(({ decision }) => decision.trace.scores.some((change) => change.model === model)),
  )
}

function firstScore(a: Turn, b: Turn): string | null {
  const of = (turn: Turn) => turn.decided.flatMap(({ decision }) => decision.trace.scores)
  const [left, right] = [of(a), of(b)]
  if (equalJson(left, right)) return null
  const at = left.findIndex((change, index) => !equalJson(change, right[index]))
  return (at < 0 ? right[left.length] : left[at])?.model ?? null
}

function workflowsOf(turn: Turn): readonly unknown[] {
  return turn.decided.flatMap(({ decision }) => [
    decision.trace.workflows,
    decision.instances.map(({ state, vars }) => ({ state, vars })),
  ])
}

function firstWorkflow(turn: Turn): string | null {
  const [first] = turn.decided.flatMap(({ decision }) => decision.trace.workflows)
  return first === undefined ? null : `Workflow/${first.workflow}`
}

function changesOf(turn: Turn): readonly unknown[] {
  return turn.decided.flatMap(({ decision }) => decision.changes)
}
