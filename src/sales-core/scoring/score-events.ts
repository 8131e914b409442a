import { derivedId } from '../../kernel/ids.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { EntityRef, LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { EventTypeInfo } from '../compile/type-catalog.ts'
import { jsonType, scalar, structOf } from '../types/field-type.ts'
import type { CollectedByFactor } from './held-points.ts'
import { readCollected } from './held-points.ts'

/** The time has come at which decay brings a score into another band. */
export const decayedType = 'score.decayed'
/** A score is computed anew because its model was changed. */
export const recomputedType = 'score.recomputed'
/** Where both come from: what a producer outside calls by their names is an event like any other. */
const scoreSource = 'neuronx/scores'

/** The events of scores themselves. Any event makes an entity's scores anew; these are for when none comes. */
export const scoreEvents: readonly EventTypeInfo[] = [
  {
    type: decayedType,
    folds: null,
    builtIn: true,
    data: structOf({ model: scalar('string'), at: scalar('timestamp') }),
  },
  {
    type: recomputedType,
    folds: null,
    builtIn: true,
    data: structOf({
      model: scalar('string'),
      emit: scalar('bool'),
      job: scalar('string', true),
      collected: jsonType,
    }),
  },
]

/** Whose score, and what its events belong to. */
export interface ScoreOwner {
  readonly tenantId: string
  readonly workspace: string
  readonly ref: EntityRef
  readonly model: string
}

/** `due`: when it is over, RFC 3339. The same timer always makes an event of the same id. */
export function decayedEvent(owner: ScoreOwner, due: string, time: string): NxEvent {
  const { tenantId, workspace, ref, model } = owner
  const id = derivedId('score.timer', tenantId, workspace, ref.kind, ref.id, model, due)
  return { ...scoreEvent(owner, id, time), type: decayedType, data: { model, at: due }, origin: 'timer' }
}

/** What a recompute asks for. `collected` null: event factors keep what they have. */
export interface Recompute {
  readonly job: string
  readonly emits: boolean
  readonly collected: CollectedByFactor | null
}

/** Computes a score anew, as an event of its entity. A job makes one for each. */
export function recomputedEvent(
  owner: ScoreOwner,
  { job, emits, collected }: Recompute,
  time: string,
): NxEvent {
  const { tenantId, workspace, ref, model } = owner
  const id = derivedId('score.recompute', tenantId, workspace, ref.kind, ref.id, model, job)
  const data: JsonObject = {
    model,
    emit: emits,
    job,
    collected: collected as unknown as JsonObject | null,
  }
  return { ...scoreEvent(owner, id, time), type: recomputedType, data, origin: 'emitted' }
}

function scoreEvent(
  { tenantId, workspace, ref }: ScoreOwner,
  id: string,
  time: string,
): Omit<NxEvent, 'type' | 'data' | 'origin'> {
  return {
    id,
    tenantId,
    workspace,
    subject: ref,
    source: scoreSource,
    externalId: id,
    time,
    correlationId: id,
    causationId: null,
    rootId: id,
    depth: 0,
  }
}

/** Which score an event computes anew, and from what; null: it is no such event of the system itself. */
export function recomputed({ type, origin, source, data }: LoggedEvent): {
  readonly model: string
  readonly emits: boolean
  readonly collected: CollectedByFactor | null
} | null {
  if (type !== recomputedType || origin !== 'emitted' || source !== scoreSource) return null
  const { model, emit, collected } = data
  if (typeof model !== 'string') return null
  return { model, emits: emit === true, collected: collected == null ? null : readCollected(collected) }
}

/** The instant that a score's timer stands for: a clock that runs behind the database's must not see it as yet to come. 0: no timer. */
export function dueMs({ type, origin, data }: LoggedEvent): number {
  const at = type === decayedType && origin === 'timer' ? data['at'] : undefined
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN
  return Number.isNaN(ms) ? 0 : ms
}
