import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { Readings } from '../conditions/readings.ts'
import type { Decision, DecisionTrace } from './decision.ts'
import { Effects } from './effects.ts'
import type { EntityDraft } from './entity-draft.ts'
import type { EntityState } from './entity-state.ts'
import { eventSnapshots } from './event-values.ts'
import type { FoldedEvent, ScoredEvent } from './fold-event.ts'
import { foldEvent, scoreFolded } from './fold-event.ts'
import { AssignDesk } from '../people/assign-desk.ts'
import type { TeamStates } from '../people/team-state.ts'
import { noTeams } from '../people/team-state.ts'
import { settlePeople } from './people-phase.ts'
import { MarkDraft } from './marks.ts'
import type { RuleWait } from './rule-wait.ts'
import { firedTrace } from './rules/act.ts'
import { Chain } from './rules/chain.ts'
import { readEffectRate } from './rules/effect-rate.ts'
import type { GuardOutcome } from './rules/guard-phase.ts'
import { runGuards } from './rules/guard-phase.ts'
import { isQuiet, remember, waitChanges, withoutSends } from './rules/remember.ts'
import type { RuleStage, RuleStageOutcome } from './rules/settle-rules.ts'
import { settleRules } from './rules/settle-rules.ts'
import type { TakenRules } from './rules/take-rules.ts'
import { takeRules } from './rules/take-rules.ts'
import { settleWaits, waitOver } from './rules/waits.ts'
import { settleScores, writeScores } from './score-phase.ts'
import type { WorkflowState } from './workflow-phase.ts'
import { WorkflowPhase } from './workflow-phase.ts'
import { concernsWorkflows } from './workflows/concerns-workflows.ts'

/** What is known before an event: its entity, what waits for it, and the entity's waiting workflows. */
export interface DecideState extends WorkflowState {
  readonly entity: EntityState
  /** Waits of its rules; left out: none. */
  readonly waits?: readonly RuleWait[]
  /** Rules whose breaker is open, as `<set>/<rule>`: what they would do is parked. Left out: none. */
  readonly parked?: Pick<ReadonlySet<string>, 'has'>
  /** The teams of its workspace; left out: none was ever picked from. */
  readonly teams?: TeamStates
}

/**
 * Everything that follows from one event. Pure: no I/O, no clock, no randomness; the same arguments always give the same
 * decision, ids included. The data of the event must fit its type (`config.dataProblems`).
 *
 *   fold     data of the event into the entity, as its EventType declares
 *   guard    rules that may drop the event, or forbid the sends that would follow from it
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
  const marks = new MarkDraft(entity.marks, now)
  const desk = new AssignDesk(config, state.teams ?? noTeams, entity.marks, now)
  const folded = foldEvent(event, entity, config, { now, marks, desk })
  const snapshot = eventSnapshots(config, now, folded.counts)
  const guarded = runGuards(event, config, () => snapshot(folded.draft, event))
  if (guarded.dropped !== null) return droppedDecision(event, state, config, now, folded, guarded, marks)
  return follow({ event, state, config, now, marks, desk, folded, guarded, snapshot })
}

/** An event that no guard dropped, with what it is decided by. */
interface Turn {
  readonly event: LoggedEvent
  readonly state: DecideState
  readonly config: SalesConfig
  readonly now: Date
  readonly marks: MarkDraft
  readonly desk: AssignDesk
  readonly folded: FoldedEvent
  readonly guarded: GuardOutcome
  readonly snapshot: RuleStage['snapshot']
}

/** Scores, rules, workflows and people, in this order. */
function follow(turn: Turn): Decision {
  const { event, state, config, now, marks, folded, guarded, snapshot } = turn
  const { entity, waits = [] } = state
  const effects = new Effects(event, config, now)
  const chain = new Chain(event, marks)
  const scored = scoreFolded(event, entity, config, now, folded, snapshot)
  const { taken, byRules } = runRules(turn, scored, effects, chain)
  const workflows = runWorkflows(turn, byRules, effects)
  const of = (changed: EntityDraft) => snapshot(changed, event)
  const { collected } = scored.points
  const ruled = afterWorkflows(byRules, workflows.outcome.draft, { entity, collected, effects, of })

  const { acted } = ruled
  const asked = acted.commands.concat(workflows.outcome.commands)
  const { commands, notes: blocked } = withoutSends(asked, effects.sends, guarded.sendsBlocked)
  const people = settlePeople({
    event,
    draft: ruled.draft,
    readings: of(ruled.draft),
    desk: ruled.desk,
    marks,
    turn: folded.turn,
    effects,
  })
  const emitted = ruled.scored.emitted.concat(acted.emitted, workflows.outcome.emitted, people.emitted)
  const told = isQuiet(taken, ruled, commands, emitted)
    ? []
    : remember({ event, config, marks, chain, taken, ruled, effects, now, commands, emitted })
  const changedWaits = settleWaits(waits, waitChanges(taken, ruled), marks, now)
  const settled = marks.settle()
  const failed = scored.points.failed.concat(taken.failed, ruled.failed, workflows.failed, people.failed)
  const noted = scored.notes.concat(taken.notes, ruled.notes, workflows.outcome.notes, people.notes)
  const fired = ruled.fired.map(({ rule }) => firedTrace(rule))
  const trace: Writable<DecisionTrace> = {
    rules: guarded.traces.concat(fired, failed),
    scores: ruled.scored.changes,
    workflows: workflows.traces,
    notes: eachOnce(noted.concat(blocked, settled.notes)),
  }
  if (ruled.scored.scores !== entity.scores) trace.scored = ruled.scored.moved
  if (settled.changes.length > 0) trace.marks = settled.changes
  const decision: Writable<Decision> = {
    configDigest: config.digest,
    entity: entityAfter(event, entity, ruled.draft, ruled.scored.scores, settled.marks),
    changes: ruled.draft.changes,
    instances: workflows.instances,
    commands,
    waits: changedWaits,
    emitted: emitted.concat(told),
    trace,
  }
  const teams = ruled.desk.effects
  if (teams !== undefined) decision.teams = teams
  return decision
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

function eachOnce(notes: readonly string[]): readonly string[] {
  return notes.length < 2 ? notes : [...new Set(notes)]
}

function runRules(
  { event, state, config, now, marks, desk, guarded: { sendsBlocked }, snapshot }: Turn,
  { draft, points: { collected } }: ScoredEvent,
  effects: Effects,
  chain: Chain,
): { readonly taken: TakenRules; readonly byRules: RuleStageOutcome } {
  const { entity, waits = [], parked } = state
  const readingsOf = (about: LoggedEvent) => snapshot(draft, about)
  const taken = takeRules({ event, config, marks, waits, chain, now, sendsBlocked, readingsOf, parked })
  const effectsLeft = config.limits.effectsPerHour - readEffectRate(marks, now).count
  const { firings } = taken
  const byRules = settleRules({
    event,
    entity,
    draft,
    firings,
    collected,
    effects,
    snapshot,
    sendsBlocked,
    effectsLeft,
    desk,
    config,
    now,
  })
  return { taken, byRules }
}

function runWorkflows(
  { event, state, config, now, marks, guarded: { sendsBlocked }, snapshot }: Turn,
  { draft, desk, acted }: RuleStageOutcome,
  effects: Effects,
): WorkflowsRun {
  if (!concernsWorkflows(event, state.instances, config, acted)) return nothingRan(draft)
  const of = (changed: EntityDraft) => snapshot(changed, event).values
  const around = { event, config, effects, marks, sendsBlocked, now, snapshot: of, draft: draft.fork(), desk }
  const workflows = new WorkflowPhase(around, state)
  workflows.run(acted.starts, acted.stops)
  return workflows
}

type WorkflowsRun = Pick<WorkflowPhase, 'traces' | 'failed' | 'instances' | 'outcome'>

function nothingRan(draft: EntityDraft): WorkflowsRun {
  return { traces: [], failed: [], instances: [], outcome: { commands: [], emitted: [], notes: [], draft } }
}

/** What rules did, with the entity as workflows left it: a field that a step set may have moved scores and bands once more. */
function afterWorkflows(
  ruled: RuleStageOutcome,
  draft: EntityDraft,
  {
    entity,
    collected,
    effects,
    of,
  }: Pick<RuleStage, 'entity' | 'collected' | 'effects'> & { of: (changed: EntityDraft) => Readings },
): RuleStageOutcome {
  if (draft.changes.length === ruled.draft.changes.length) return ruled
  const notes = [...ruled.notes, ...writeScores(collected, draft, of(draft))]
  const scored = settleScores(collected, entity, draft, of(draft), effects)
  // Bands are settled anew: what they could not tell before counts no more.
  const others = ruled.failed.filter((one) => !ruled.scored.failed.includes(one))
  const failed = others.concat(scored.failed)
  return { ...ruled, draft, scored, notes, failed }
}

/** An event that a guard dropped: recorded and folded, and nothing else. A wait of a rule that it ends is over all the same. */
function droppedDecision(
  event: LoggedEvent,
  { entity, waits = [] }: DecideState,
  config: SalesConfig,
  now: Date,
  { draft, notes, turn, desk }: FoldedEvent,
  { dropped, traces }: GuardOutcome,
  marks: MarkDraft,
): Decision {
  desk.settle(draft, marks, () => false)
  const over = waitOver(event, waits)
  const changedWaits = settleWaits(waits, over == null ? [] : [{ change: 'close', id: over.id }], marks, now)
  const settled = marks.settle()
  const trace: DecisionTrace = {
    rules: traces,
    scores: [],
    workflows: [],
    notes: [...notes, ...turn.notes, `Nothing follows from the event: ${dropped ?? ''}`, ...settled.notes],
    ...(settled.changes.length === 0 ? {} : { marks: settled.changes }),
  }
  const teams = desk.effects
  return {
    configDigest: config.digest,
    entity: entityAfter(event, entity, draft, entity.scores, settled.marks),
    changes: draft.changes,
    instances: [],
    commands: [],
    waits: changedWaits,
    emitted: [],
    ...(teams === undefined ? {} : { teams }),
    trace,
  }
}

function entityAfter(
  event: LoggedEvent,
  entity: EntityState,
  draft: EntityDraft,
  scores: EntityState['scores'],
  marks: EntityState['marks'],
): EntityState {
  const changed = draft.changes.length > 0 || scores !== entity.scores
  return {
    ...entity,
    version: changed ? entity.version + 1 : entity.version,
    appliedSeq: event.entitySeq,
    fields: draft.fields,
    scores,
    marks,
  }
}
