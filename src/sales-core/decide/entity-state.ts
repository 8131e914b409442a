import type { JsonObject } from '../../kernel/json.ts'
import type { EntityRef } from '../../messaging/events/event.ts'

/** What is known of a lead (or any declared kind) after the last event that was applied to it. */
export interface EntityState {
  readonly ref: EntityRef
  readonly workspace: string
  /** Grows by one with every event that changed it; 0 before the first. */
  readonly version: number
  /** The entity_seq of the last event applied; 0 before the first. Exactly-once rests on it. */
  readonly appliedSeq: number
  /** Declared fields, and what generic events left. `tags` is a list of strings. */
  readonly fields: JsonObject
  /** Per LeadScore name: what its event factors have collected, and the band it is in. */
  readonly scores: Readonly<Record<string, ScoreState>>
}

export interface ScoreState {
  readonly points: number
  /** Name of the band, null when the model has none. */
  readonly band: string | null
  /** Event factors: id -> points collected so far. */
  readonly collected: Readonly<Record<string, number>>
}

/** An entity of which nothing is known yet. */
export function newEntity(workspace: string, ref: EntityRef): EntityState {
  return { ref, workspace, version: 0, appliedSeq: 0, fields: {}, scores: {} }
}
