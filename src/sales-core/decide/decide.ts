import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import type { Decision, DecisionTrace, RuleTrace } from './decision.ts'
import { Effects } from './effects.ts'
import { EntityDraft } from './entity-draft.ts'
import type { EntityState } from './entity-state.ts'
import { eventValues } from './event-values.ts'
import { readPath } from '../../kernel/json.ts'
import type { ActOutcome, RuleFailure } from './rule-phases.ts'
import { act, applySets, firedTrace, matchRules } from './rule-phases.ts'
import type { Collected, ScoreOutcome } from './score-phase.ts'
import { collectPoints, settleScores, writeScores } from './score-phase.ts'
import type { WorkflowState } from './workflow-phase.ts'
import { WorkflowPhase } from './workflow-phase.ts'

/** What is known before an event: its entity, and the entity's waiting workflows. */
export interface DecideState extends WorkflowState {
  readonly entity: EntityState
}

/**
 * Everything that follows from one event. Pure: no I/O, no clock, no randomness; the same arguments always give the same
 * decision, ids included. The data of the event must fit its type (`config.dataProblems`).
 *
 *   fold     data of the event into the entity, as its EventType declares
 *   score    event factors collect, state factors are recomputed, scores are written
 *   decide   conditions of all rules on one snapshot; sets and tags by rank, then id; scores once more when a set changed what
 *            they read (rules do not run again for that); bands settle and emit
 *   act      commands, events and starts, rendered on the state after all sets
 *   workflows  waiting ones are woken, new ones start; each runs until it waits or ends
 *
 * A rule that fails drops all its own effects, whichever phase it failed in; the others stand.
 * A replay of one rule or factor (`event.only`) runs just that.
 */
export function decide(event: LoggedEvent, state: DecideState, config: SalesConfig, now: Date): Decision {
  const { entity } = state
  const effects = new Effects(event, config, now)
  const snapshot = (of: EntityDraft) => eventValues(event, of, config, now)
  const { draft, points, notes } = foldAndScore(event, entity, config, now)

  const { matched, failed } = matchRules(event, config, snapshot(draft))
  const ruled = settleRules({ event, entity, draft, matched, collected: points.collected, effects, snapshot })

  const workflows = new WorkflowPhase(event, config, state, snapshot(ruled.draft), effects, now)
  workflows.run(ruled.acted.starts)

  const trace: DecisionTrace = {
    rules: [
      ...ruled.fired.map(firedTrace),
      ...points.failed,
      ...failed,
      ...ruled.failed,
      ...workflows.failed,
    ],
    scores: ruled.scored.changes,
    workflows: workflows.traces,
    notes: [...new Set([...notes, ...ruled.notes, ...workflows.notes])],
  }
  return {
    configDigest: config.digest,
    entity: entityAfter(event, entity, ruled.draft, ruled.scored),
    changes: ruled.draft.changes,
    instances: workflows.instances,
    commands: [...ruled.acted.commands, ...workflows.commands],
    emitted: [...ruled.scored.emitted, ...ruled.acted.emitted],
    trace,
  }
}

/** An event folded and scored: what the conditions of its rules are judged on. */
export interface ScoredEvent {
  readonly draft: EntityDraft
  readonly points: ReturnType<typeof collectPoints>
  readonly notes: readonly string[]
}

/** The first two phases. Explanations judge conditions on `eventValues` of its draft, as `decide` does. Pure. */
export function foldAndScore(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  now: Date,
): ScoredEvent {
  const draft = new EntityDraft(entity)
  const notes: string[] = []
  const snapshot = () => eventValues(event, draft, config, now)
  if (config.eventType(event.type) === null)
    notes.push(`No EventType declares ${event.type}: recorded, nothing folded`)
  if (event.only === undefined) fold(event, draft, config)
  else if (!replayable(event.only, entity.ref.kind, config))
    notes.push(`There is nothing called ${event.only} to replay for this event`)
  const points = collectPoints(event, entity, config, snapshot())
  notes.push(...writeScores(points.collected, draft, snapshot()))
  return { draft, points, notes }
}

/** Is there a rule, or a factor of a score of this kind of entity, of that name? */
function replayable(only: string, kind: string, config: SalesConfig): boolean {
  return (
    config.rule(only) !== null ||
    config.scoresFor(kind).some(({ name, factors }) => factors.some(({ id }) => `${name}/${id}` === only))
  )
}

/** Merges what the event's data and the entity have in common. null clears a field; what the data leaves out stays. */
function fold(event: LoggedEvent, draft: EntityDraft, config: SalesConfig): void {
  const folds = config.foldsOf(event.type)
  if (folds === null || folds.entityKind !== event.subject.kind) return
  for (const { path } of folds.fields) {
    const value = readPath(event.data, path)
    if (value !== undefined) draft.set(path, value, 'event')
  }
}

interface RuleStage {
  readonly event: LoggedEvent
  readonly entity: EntityState
  /** After fold and score. */
  readonly draft: EntityDraft
  readonly matched: readonly CompiledRule[]
  readonly collected: Collected
  readonly effects: Effects
  readonly snapshot: (of: EntityDraft) => ReturnType<typeof eventValues>
}

interface RuleStageOutcome {
  readonly draft: EntityDraft
  readonly fired: readonly CompiledRule[]
  readonly acted: ActOutcome
  readonly scored: ScoreOutcome
  readonly failed: readonly RuleTrace[]
  readonly notes: readonly string[]
}

/**
 * Runs decide and act for the rules that hold. When one fails, everything is done again without it: nothing is carried out
 * before the decision is complete, so doing it again is all it takes to take a rule's effects back.
 */
function settleRules(stage: RuleStage): RuleStageOutcome {
  const { event, entity, collected, effects, snapshot } = stage
  const failed: RuleTrace[] = []
  let fired = stage.matched
  for (;;) {
    const notes: string[] = []
    const draft = stage.draft.fork()
    const before = draft.changes.length
    let failures = applySets(fired, draft, snapshot(stage.draft), notes)
    if (failures.length === 0) {
      if (draft.changes.length > before) notes.push(...writeScores(collected, draft, snapshot(draft)))
      const values = snapshot(draft)
      const acted = act(fired, event.subject, values, effects)
      if (acted.failures.length === 0) {
        const scored = settleScores(collected, entity, draft, values, effects)
        const refused = [...acted.outcome.refused, ...scored.failed]
        return { draft, fired, acted: acted.outcome, scored, failed: [...failed, ...refused], notes }
      }
      failures = acted.failures
    }
    failed.push(...failures.map(failedTrace))
    const dropped = new Set(failures.map(({ rule }) => rule))
    fired = fired.filter((rule) => !dropped.has(rule))
  }
}

function failedTrace({ rule, code, message }: RuleFailure): RuleTrace {
  return { rule: rule.cause, outcome: 'failed', code, error: message }
}

function entityAfter(
  event: LoggedEvent,
  entity: EntityState,
  draft: EntityDraft,
  { scores }: ScoreOutcome,
): EntityState {
  const changed = draft.changes.length > 0 || scores !== entity.scores
  return {
    ...entity,
    version: changed ? entity.version + 1 : entity.version,
    appliedSeq: event.entitySeq,
    fields: draft.fields,
    scores,
  }
}
