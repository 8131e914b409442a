import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { Readings } from '../conditions/readings.ts'
import type { FieldChange } from '../decide/decision.ts'
import { EntityDraft } from '../decide/entity-draft.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { newEntity } from '../decide/entity-state.ts'
import { eventCounts } from '../decide/event-counts.ts'
import { eventValues } from '../decide/event-values.ts'
import { fold } from '../decide/fold-event.ts'
import type { MarkChange } from '../decide/marks.ts'
import { MarkDraft, withMarkChanges } from '../decide/marks.ts'
import { factorOf } from '../decide/score-phase.ts'
import type { CompiledScore } from './compiled-score.ts'
import type { CollectedByFactor } from './held-points.ts'
import { bandOf, collect, fitted, scoreOf, totalPoints } from './score-entity.ts'
import { scoringReadings } from './explain-score.ts'

/** Events of one entity that are looked through; a longer past keeps the points that it collected. */
export const pastEventsMax = 2_000

/** An event of an entity's past, with what came of it. */
export interface PastEvent {
  readonly event: LoggedEvent
  readonly outcome:
    | {
        readonly state: 'decided'
        /** When, milliseconds since 1970. */
        readonly atMs: number
        readonly changes: readonly FieldChange[]
        readonly marks: readonly MarkChange[]
        /** A guard dropped it: it brought no points. */
        readonly isDropped: boolean
      }
    /** It is among the dead letters: it brought no points. */
    | { readonly state: 'dead' }
    /** It will be decided before whatever is logged now. */
    | { readonly state: 'waiting' }
}

/**
 * What a score's event factors would have collected, had the model always been as it is now: every event of the entity's past is looked
 * at again, on the entity as it then was. `past` is complete and in order. Pure.
 */
export function recollect(
  score: CompiledScore,
  entity: EntityState,
  past: readonly PastEvent[],
  config: SalesConfig,
): CollectedByFactor {
  let state = newEntity(entity.workspace, entity.ref)
  let collected: CollectedByFactor = {}
  for (const { event, outcome } of past) {
    if (outcome.state === 'dead') continue
    const atMs = outcome.state === 'decided' ? outcome.atMs : Date.parse(event.acceptedAt)
    const now = new Date(atMs)
    const marks = outcome.state === 'decided' ? withMarkChanges(state.marks, outcome.marks) : state.marks
    const changes = outcome.state === 'decided' ? outcome.changes : []
    const draft = new EntityDraft(state)
    // The event's own data comes before the points, what rules changed after.
    if (outcome.state === 'decided') for (const change of changes) if (isOfEvent(change)) apply(draft, change)
    if (outcome.state === 'waiting') fold(event, draft, config)
    const only = factorOf(event, score)
    if (only !== false && !(outcome.state === 'decided' && outcome.isDropped)) {
      const counts = eventCounts(config.counts, new MarkDraft(marks, now.toISOString()), now)
      const readings = new Readings(eventValues(event, draft, config, now, counts))
      collected = collect(score, collected, event.type, readings, { only, nowMs: atMs }).collected
    }
    for (const change of changes) if (!isOfEvent(change)) apply(draft, change)
    state = { ...state, fields: draft.fields, marks }
  }
  return collected
}

function isOfEvent({ by }: FieldChange): boolean {
  return by === 'event' || by === 'task'
}

function apply(draft: EntityDraft, { field, to, by }: FieldChange): void {
  draft.set(field, to, by)
}

/** Whether a score collects anything that its past could change. */
export function collects(score: CompiledScore): boolean {
  return score.factors.some(({ kind }) => kind === 'event')
}

/** Where a score stands before and after it is computed anew. */
export interface Rescored {
  readonly pointsFrom: number | null
  readonly pointsTo: number
  readonly bandFrom: string | null
  readonly bandTo: string | null
}

/** What computing a score anew would make of it. `collected` null: event factors keep what they have. Pure. */
export function rescored(
  score: CompiledScore,
  entity: EntityState,
  collected: CollectedByFactor | null,
  config: SalesConfig,
  now: Date,
): Rescored {
  const state = scoreOf(entity, score)
  const atMs = now.getTime()
  const held = fitted(score, collected ?? state?.collected ?? {}, atMs)
  const { points } = totalPoints(score, held, scoringReadings(entity, config, now), atMs)
  return {
    pointsFrom: state?.points ?? null,
    pointsTo: points,
    bandFrom: state?.band ?? null,
    bandTo: bandOf(score.bands, state?.band ?? null, points),
  }
}
