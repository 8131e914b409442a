import type { JsonObject } from '../../../kernel/json.ts'
import type { Command, CommandPriority } from '../../../messaging/commands/command.ts'

/** A row of `command` as `commandColumns` selects it. */
export interface CommandRow {
  readonly id: string
  readonly tenant_id: string
  readonly workspace: string
  readonly entity_key: string
  readonly event_id: string
  readonly root_id: string
  readonly correlation_id: string
  readonly depth: number
  readonly cause: string
  readonly instance_id: string | null
  readonly integration: string
  readonly operation: string
  readonly input: JsonObject
  readonly idempotency_key: string
  readonly priority: number
  readonly repeatable: boolean
  readonly due_at: string
  readonly route_result: boolean
  readonly parent_id: string | null
}

/** Of a table aliased `c`. */
export const commandColumns = `c.id, c.tenant_id, c.workspace, c.entity_key, c.event_id, c.root_id, c.correlation_id, c.depth,
  c.cause, c.instance_id, c.integration, c.operation, c.input, c.idempotency_key, c.priority, c.repeatable, c.due_at,
  c.route_result, c.parent_id`

const priorities: readonly CommandPriority[] = ['high', 'normal', 'low']

/** The command in a row. */
export function commandOfRow(row: CommandRow): Command {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    workspace: row.workspace,
    entityKey: row.entity_key,
    eventId: row.event_id,
    rootId: row.root_id,
    correlationId: row.correlation_id,
    depth: row.depth,
    cause: row.cause,
    instanceId: row.instance_id,
    integration: row.integration,
    operation: row.operation,
    input: row.input,
    idempotencyKey: row.idempotency_key,
    priority: priorities[row.priority] ?? 'normal',
    repeatable: row.repeatable ? 'yes' : 'no',
    dueAt: row.due_at,
    routeResult: row.route_result,
    parentId: row.parent_id,
  }
}
