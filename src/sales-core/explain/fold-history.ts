import type { EntityRef } from '../../messaging/events/event.ts'
import type { FieldChange, ScoreChange, WorkflowTrace } from '../decide/decision.ts'
import { applyChange } from '../decide/entity-draft.ts'
import type { EntityState, ScoreState } from '../decide/entity-state.ts'
import { newEntity } from '../decide/entity-state.ts'
import type { MarkChange } from '../decide/marks.ts'
import { withMarkChanges } from '../decide/marks.ts'

/** One decision of an entity's past, as it was recorded. */
export interface PastDecision {
  readonly seq: number
  /** The entity's version after it. */
  readonly version: number
  readonly changes: readonly FieldChange[]
  readonly scores: readonly ScoreChange[]
  readonly workflows: readonly WorkflowTrace[]
  /** The scores that changed, as they were left; left out: none did, or the decision is older than this record. */
  readonly scored?: EntityState['scores']
  /** Left out: nothing that the entity remembers changed. */
  readonly marks?: readonly MarkChange[]
}

/** An instance that was waiting after the last of the decisions, and how often it had moved by then. */
export interface WaitingInstance {
  readonly id: string
  readonly moves: number
}

export interface FoldedHistory {
  readonly entity: EntityState
  readonly waiting: readonly WaitingInstance[]
}

/**
 * The entity as its decisions left it: exact, or null. Fields are the fold of all changes; versions without a step prove that none is
 * missing. `base`: what earlier decisions, which are gone, left. Decisions that do not record scores whole are older: there, points of
 * event factors come from the shares of the last change of their score; where the score's range cut the sum and the entity moved on,
 * points may have been collected unseen, and the state is not known.
 */
export function foldHistory(
  workspace: string,
  ref: EntityRef,
  decisions: readonly PastDecision[],
  base: EntityState | null = null,
): FoldedHistory | null {
  const [first] = decisions
  if (first === undefined || (base === null && first.version > 1)) return null
  let entity = base ?? newEntity(workspace, ref)
  let fields = entity.fields
  const scores: Record<string, ScoreState> = { ...entity.scores }
  const cut = new Set<string>()
  const moves = new Map<string, { moves: number; isWaiting: boolean }>()
  for (const { seq, version, changes, scores: changed, workflows, scored = {}, marks = [] } of decisions) {
    if (version !== entity.version && version !== entity.version + 1) return null
    const moved = version > entity.version
    if (moved && changes.length === 0 && changed.length === 0 && Object.keys(scored).length === 0) return null
    for (const { field, to } of changes) fields = applyChange(fields, field, to)
    const models = new Set([...changed.map(({ model }) => model), ...Object.keys(scored)])
    if (moved && [...cut].some((model) => !models.has(model))) return null
    for (const change of changed) {
      const { model, to: points, bandTo: band, shares } = change
      if (Object.hasOwn(scored, model)) continue
      scores[model] = { points, band, collected: collectedOf(change) }
      const sum = shares.reduce((total, share) => total + share.points, 0)
      if (sum === points) cut.delete(model)
      else cut.add(model)
    }
    for (const [model, state] of Object.entries(scored)) {
      scores[model] = state
      cut.delete(model)
    }
    for (const { instanceId, to } of workflows) {
      const before = moves.get(instanceId)?.moves ?? 0
      moves.set(instanceId, { moves: before + 1, isWaiting: to !== 'end' && to !== 'failed' })
    }
    entity = { ...entity, version, appliedSeq: seq, marks: withMarkChanges(entity.marks, marks) }
  }
  const waiting = [...moves]
    .filter(([, { isWaiting }]) => isWaiting)
    .map(([id, { moves: n }]) => ({ id, moves: n }))
  return { entity: { ...entity, fields, scores }, waiting }
}

/** Shares of state factors are among them; they are computed anew and never read from here. */
function collectedOf({ shares }: ScoreChange): ScoreState['collected'] {
  return Object.fromEntries(shares.map(({ factor, points }) => [factor, points]))
}
