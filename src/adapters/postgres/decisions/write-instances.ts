import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { shardOf } from '../../../messaging/events/entity-key.ts'
import type { EventOutcome, LoadedEntity } from '../../../sales-core/processing/decision-store.ts'
import { waitingSteps } from '../../../sales-core/workflows/workflow-instance.ts'
import type { InstanceState, WorkflowInstance } from '../../../sales-core/workflows/workflow-instance.ts'
import { jsonText } from '../connection/json-text.ts'
import { together } from '../connection/together.ts'
import { run } from '../connection/transaction.ts'

const columns = `id uuid, definition_digest text, status text, state jsonb, seq integer, vars jsonb, steps integer, waiting_at text[]`

/** Of those that were not loaded: they are new, or have ended and begin anew. */
const upsertInstances = {
  name: 'instance_upsert',
  text: `
insert into workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars,
  started_by, started_at, correlation_id, steps, waiting_at, placed_seq)
select id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars,
  started_by, started_at, correlation_id, steps, waiting_at, seq
from json_to_recordset($1::json) as x(${columns}, tenant_id uuid, entity_key text, shard smallint, workflow text, started_by uuid,
  started_at timestamptz, correlation_id text)
order by id
on conflict (id) do update set definition_digest = excluded.definition_digest, status = excluded.status, state = excluded.state,
  seq = excluded.seq, vars = excluded.vars, steps = excluded.steps, wake_at = null,
  waiting_at = excluded.waiting_at, placed_seq = excluded.placed_seq`,
}

/**
 * No column of an index changes while an instance waits on: `wake_at` is of daemons of the version before, and stays null. Found by id
 * first and joined by their place then, as entities are.
 */
const updateInstances = {
  name: 'instance_update',
  text: `
update workflow_instance w
set definition_digest = x.definition_digest, status = x.status, state = x.state, seq = x.seq, vars = x.vars, steps = x.steps,
  wake_at = null, waiting_at = x.waiting_at, placed_seq = x.seq
from json_to_recordset($1::json) as x(${columns})
cross join lateral (select ctid from workflow_instance k where k.id = x.id limit 1) found
where w.ctid = found.ctid`,
}

const setTimers = {
  name: 'workflow_timer_set',
  text: `
insert into workflow_timer as t (tenant_id, entity_key, instance_id, shard, seq, wake_at)
select tenant_id, entity_key, instance_id, shard, seq, wake_at
from json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, instance_id uuid, shard smallint, seq integer,
  wake_at timestamptz)
order by tenant_id, entity_key, instance_id
on conflict (tenant_id, entity_key, instance_id) do update set seq = excluded.seq, wake_at = excluded.wake_at`,
}

const dropTimers = {
  name: 'workflow_timer_drop',
  text: `
delete from workflow_timer t
using json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, instance_id uuid)
cross join lateral (
  select k.ctid from workflow_timer k
  where k.tenant_id = x.tenant_id and k.entity_key = x.entity_key and k.instance_id = x.instance_id limit 1) found
where t.ctid = found.ctid`,
}

type Decided = Extract<EventOutcome, { state: 'decided' }>

/**
 * Writes the workflow instances that decisions moved, and lets their timers follow: those last, for a trigger keeps an older daemon's.
 * Throws NX-DB-RETRY when somebody else wrote one that was loaded, or it is gone.
 */
export async function writeInstances(
  client: pg.ClientBase,
  loaded: readonly LoadedEntity[],
  decided: readonly Decided[],
): Promise<void> {
  const records = instanceRecords(decided)
  if (records.length === 0) return
  const known = new Set(loaded.flatMap(({ instances }) => instances.map(({ id }) => id)))
  await together(
    upsertRows(
      client,
      records.filter(({ id }) => !known.has(id)),
    ),
    updateRows(
      client,
      records.filter(({ id }) => known.has(id)),
    ),
    ...timerWrites(client, records),
  )
}

async function upsertRows(client: pg.ClientBase, records: readonly InstanceRecord[]): Promise<void> {
  if (records.length > 0) await run(client, upsertInstances, [jsonText(records)])
}

async function updateRows(client: pg.ClientBase, records: readonly InstanceRecord[]): Promise<void> {
  if (records.length === 0) return
  const { rowCount } = await client.query({ ...updateInstances, values: [jsonText(records.map(moved))] })
  if (rowCount === records.length) return
  throw new NxError(
    'unavailable',
    'NX-DB-RETRY',
    'A workflow instance changed while it was being worked on',
    {
      retryable: true,
    },
  )
}

function timerWrites(client: pg.ClientBase, records: readonly InstanceRecord[]): Promise<unknown>[] {
  const timers = records.map(({ tenant_id, entity_key, id, shard, seq, state }) => ({
    ...{ tenant_id, entity_key, instance_id: id, shard, seq, wake_at: wakeAt(state) },
  }))
  const sleeping = timers.filter(({ wake_at: at }) => at !== null)
  const awake = timers.filter(({ wake_at: at }) => at === null)
  return [
    ...(sleeping.length > 0 ? [run(client, setTimers, [jsonText(sleeping)])] : []),
    ...(awake.length > 0 ? [run(client, dropTimers, [jsonText(awake)])] : []),
  ]
}

/** When an instance's wait is over; null when it has no end or the instance has ended. */
function wakeAt(state: InstanceState): string | null {
  return state.status === 'waiting' ? state.wait.until : null
}

type InstanceRecord = ReturnType<typeof instanceRecord>

/** What changes of one that exists. */
function moved({ id, definition_digest, status, state, seq, vars, steps, waiting_at }: InstanceRecord) {
  return { id, definition_digest, status, state, seq, vars, steps, waiting_at }
}

/** The last state of each instance: one that moved several times in a batch is written once. */
function instanceRecords(decided: readonly Decided[]): InstanceRecord[] {
  const records = new Map<string, InstanceRecord>()
  const correlations = new Map<string, string>()
  for (const { event, decision } of decided) {
    for (const instance of decision.instances) {
      // Kept from the start only; for instances that exist the column is not updated.
      const correlationId = correlations.get(instance.id) ?? event.correlationId
      correlations.set(instance.id, correlationId)
      records.set(instance.id, instanceRecord(instance, event.tenantId, correlationId))
    }
  }
  return [...records.values()]
}

function instanceRecord(instance: WorkflowInstance, tenantId: string, correlationId: string) {
  return {
    id: instance.id,
    tenant_id: tenantId,
    entity_key: instance.entityKey,
    shard: shardOf(tenantId, instance.entityKey),
    workflow: instance.workflow,
    definition_digest: instance.definitionDigest,
    status: instance.state.status,
    state: instance.state,
    seq: instance.seq,
    vars: instance.vars,
    started_by: instance.startedByEventId,
    started_at: instance.startedAt,
    correlation_id: correlationId,
    steps: instance.steps,
    waiting_at: waitingSteps(instance.state),
  }
}
