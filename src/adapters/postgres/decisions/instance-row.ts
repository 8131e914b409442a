import type { JsonObject } from '../../../kernel/json.ts'
import type { InstanceState, WorkflowInstance } from '../../../sales-core/workflows/workflow-instance.ts'

/** A row of workflow_instance as `instanceColumns` selects it. */
export interface InstanceRow {
  readonly id: string
  readonly tenant_id: string
  readonly entity_key: string
  readonly workflow: string
  readonly definition_digest: string
  readonly state: InstanceState
  readonly seq: number
  readonly vars: JsonObject
  readonly started_by: string
  readonly started_at: string
  readonly steps: number
}

/** Of a table aliased `w`. */
export const instanceColumns =
  'w.id, w.tenant_id, w.entity_key, w.workflow, w.definition_digest, w.state, w.seq, w.vars, w.started_by, w.started_at, w.steps'

/** The workflow instance in a row. */
export function instanceOfRow(row: InstanceRow): WorkflowInstance {
  return {
    id: row.id,
    workflow: row.workflow,
    definitionDigest: row.definition_digest,
    entityKey: row.entity_key,
    state: row.state,
    seq: row.seq,
    vars: row.vars,
    startedByEventId: row.started_by,
    startedAt: row.started_at,
    steps: row.steps,
  }
}
