import { digestOfParts } from '../../kernel/digest.ts'
import { derivedId } from '../../kernel/ids.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import type { Alert } from '../../platform/alerts/alert.ts'
import type { NoticeKey } from '../../platform/alerts/alert-notices.ts'
import type { OperationInfo } from '../../sales-core/decide/sales-config.ts'

/** Alerts belong to no workspace; their commands are carried out under the configuration of this one. */
export const alertWorkspace = 'default'

/** The command that tells of an alert: the same for the same alert, route and occurrence, whoever makes it. */
export function alertCommand(request: {
  readonly tenantId: string
  readonly alert: Alert
  readonly notice: NoticeKey
  readonly operation: OperationInfo
  readonly input: JsonObject
  readonly now: Date
}): Command {
  const { tenantId, alert, notice, operation, input } = request
  const cause = `AlertRoute/${notice.route}`
  const idempotencyKey = digestOfParts([tenantId, alert.id, cause, notice.occurrence])
  return {
    id: derivedId('command', idempotencyKey),
    tenantId,
    workspace: alertWorkspace,
    entityKey: entityKey(alertWorkspace, { kind: 'alert', id: alert.id }),
    // No event caused it: the alert stands where one would.
    eventId: alert.id,
    rootId: alert.id,
    correlationId: alert.id,
    depth: 0,
    cause,
    instanceId: null,
    integration: operation.integration,
    operation: operation.operation,
    input,
    idempotencyKey,
    priority: 'high',
    repeatable: operation.repeatable,
    dueAt: request.now.toISOString(),
    routeResult: false,
    parentId: null,
  }
}
