import type pg from 'pg'
import { derivedId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { WorkflowAskKind } from '../../../sales-core/workflows/workflow-asks.ts'
import { workflowAskSource, workflowAskType } from '../../../sales-core/workflows/workflow-asks.ts'
import { appendEvents } from '../events/append-events.ts'

/** The instance that is asked. */
export interface AskedInstance {
  readonly id: string
  readonly tenant_id: string
  readonly entity_key: string
  readonly correlation_id: string
  readonly started_by: string
  /** When it was looked at, by the database's clock: RFC 3339, UTC. */
  readonly now: string
}

/** Who asks, and for what. `key`: tells this ask of the instance from all others; asking again under it makes the same event. */
export interface InstanceAsk {
  readonly kind: WorkflowAskKind
  readonly key: string
  readonly data: JsonObject
}

/** Logs an event that asks something of an instance, in the caller's transaction. Returns its id. */
export async function appendAsk(
  client: pg.ClientBase,
  asked: AskedInstance,
  { kind, key, data }: InstanceAsk,
): Promise<string> {
  const id = derivedId('workflow_ask', asked.tenant_id, asked.id, key)
  const { workspace, subject } = parseEntityKey(asked.entity_key)
  const event = {
    id,
    tenantId: asked.tenant_id,
    workspace,
    type: workflowAskType(kind),
    subject,
    source: workflowAskSource,
    externalId: id,
    time: asked.now,
    data: { instance: asked.id, ...data },
    // No producer may send one: as with timers, only the system's own count.
    origin: 'timer',
    correlationId: asked.correlation_id,
    causationId: asked.started_by,
    rootId: id,
    depth: 0,
  } as const
  await appendEvents(client, [{ event, routed: true }])
  return id
}
