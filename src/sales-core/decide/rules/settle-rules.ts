import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { AssignDesk } from '../../people/assign-desk.ts'
import { openTask } from '../../people/open-task.ts'
import type { RuleTrace } from '../decision.ts'
import type { Effects } from '../effects.ts'
import type { EntityDraft } from '../entity-draft.ts'
import type { EntityState } from '../entity-state.ts'
import type { Snapshot } from '../event-values.ts'
import type { Collected, ScoreOutcome } from '../score-phase.ts'
import { settleScores, writeScores } from '../score-phase.ts'
import type { ActOutcome } from './act.ts'
import { act, nothingDone } from './act.ts'
import { applySets } from './apply-sets.ts'
import type { Firing } from './firing.ts'
import { failedTrace } from './rule-failure.ts'

export interface RuleStage {
  readonly event: LoggedEvent
  readonly entity: EntityState
  /** After fold and score. */
  readonly draft: EntityDraft
  readonly firings: readonly Firing[]
  readonly collected: Collected
  readonly desk: AssignDesk
  readonly config: SalesConfig
  readonly now: Date
  readonly effects: Effects
  readonly snapshot: Snapshot
  readonly sendsBlocked: string | null
  /** Commands and events that the entity may still lead to in this hour. */
  readonly effectsLeft: number
}

export interface RuleStageOutcome {
  readonly draft: EntityDraft
  readonly desk: AssignDesk
  readonly fired: readonly Firing[]
  readonly acted: ActOutcome
  readonly scored: ScoreOutcome
  readonly failed: readonly RuleTrace[]
  readonly notes: readonly string[]
}

/**
 * Runs decide and act for the rules that fire. When one fails, everything is done again without it: nothing is carried out
 * before the decision is complete, so doing it again is all it takes to take a rule's effects back.
 */
export function settleRules(stage: RuleStage): RuleStageOutcome {
  const { event, entity, collected, effects, sendsBlocked, effectsLeft, config, now } = stage
  if (stage.firings.length === 0) return scoredOnly(stage)
  const failed: RuleTrace[] = []
  const before = perEvent(stage, stage.draft)
  let fired = stage.firings
  for (;;) {
    const notes: string[] = []
    const draft = stage.draft.fork()
    const desk = stage.desk.fork()
    const changes = draft.changes.length
    let failures = applySets(fired, draft, before, notes, desk)
    if (failures.length === 0) {
      const moved = draft.changes.length > changes
      if (moved) notes.push(...writeScores(collected, draft, stage.snapshot(draft, event)))
      const valuesOf = moved ? perEvent(stage, draft) : before
      const acted = act(fired, {
        subject: event.subject,
        valuesOf,
        effects,
        sendsBlocked,
        effectsLeft,
        task: (ask, values) => openTask(ask, { event, draft, values, config, desk, effects, now }).event,
      })
      if (acted.failures.length === 0) {
        const scored = settleScores(collected, entity, draft, stage.snapshot(draft, event), effects)
        const refused = [...acted.outcome.refused, ...scored.failed]
        notes.push(...acted.outcome.notes)
        return { draft, desk, fired, acted: acted.outcome, scored, failed: [...failed, ...refused], notes }
      }
      failures = acted.failures
    }
    failed.push(...failures.map(failedTrace))
    const dropped = new Set(failures.map(({ rule }) => rule))
    fired = fired.filter(({ rule }) => !dropped.has(rule))
  }
}

/** No rule fires, as for most events: there is nothing to try that might have to be taken back. */
function scoredOnly({
  event,
  entity,
  draft,
  desk,
  collected,
  effects,
  snapshot,
}: RuleStage): RuleStageOutcome {
  const scored = settleScores(collected, entity, draft, snapshot(draft, event), effects)
  return { draft, desk, fired: [], acted: nothingDone, scored, failed: scored.failed, notes: [] }
}

/** One snapshot per event that rules are about: nearly always the one at hand, for all of them. */
function perEvent({ snapshot }: RuleStage, draft: EntityDraft): (firing: Firing) => VariableValues {
  const made = new Map<LoggedEvent, VariableValues>()
  return ({ event }) => {
    const known = made.get(event)
    if (known !== undefined) return known
    const { values } = snapshot(draft, event)
    made.set(event, values)
    return values
  }
}
