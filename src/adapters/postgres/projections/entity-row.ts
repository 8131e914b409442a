import type { JsonObject } from '../../../kernel/json.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { EntityState, ScoreState } from '../../../sales-core/decide/entity-state.ts'
import type { Marks } from '../../../sales-core/decide/marks.ts'

/** Of a table aliased `e`: entity, entity_base, entity_rebuild. */
export const stateColumns = 'e.entity_key, e.version, e.applied_seq, e.fields, e.scores, e.marks'

/** A row of `stateColumns`. */
export interface StateRow {
  readonly entity_key: string
  readonly version: number
  readonly applied_seq: number
  readonly fields: JsonObject
  readonly scores: Readonly<Record<string, ScoreState>>
  readonly marks: Marks
}

/** The entity in a row. */
export function stateOfRow(row: StateRow): EntityState {
  const { workspace, subject } = parseEntityKey(row.entity_key)
  return {
    ref: subject,
    workspace,
    version: row.version,
    appliedSeq: row.applied_seq,
    fields: row.fields,
    scores: row.scores,
    marks: row.marks,
  }
}
