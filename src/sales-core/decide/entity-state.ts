import type { JsonObject } from '../../kernel/json.ts'
import type { EntityRef } from '../../messaging/events/event.ts'
import type { CollectedByFactor } from '../scoring/held-points.ts'
import type { Marks } from './marks.ts'
import { noMarks } from './marks.ts'

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
  /** What rules and workflows remember of it. Not part of its version. */
  readonly marks: Marks
}

export interface ScoreState {
  readonly points: number
  /** Name of the band, null when the model has none. */
  readonly band: string | null
  /** What its event factors have collected, by their ids. */
  readonly collected: CollectedByFactor
  /** Digest of the model that computed it; left out: older than such digests. */
  readonly model?: string
  /** When decay alone brings it into another band, RFC 3339 UTC; left out: never. */
  readonly crossesAt?: string
}

/** An entity of which nothing is known yet. */
export function newEntity(workspace: string, ref: EntityRef): EntityState {
  return { ref, workspace, version: 0, appliedSeq: 0, fields: {}, scores: {}, marks: noMarks }
}
