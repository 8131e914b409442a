import type pg from 'pg'
import type { JsonObject } from '../../../kernel/json.ts'
import { entityKey, shardOf } from '../../../messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { Decision } from '../../../sales-core/decide/decision.ts'
import { taskRecord } from '../../../sales-core/people/task-state.ts'
import type { TaskRecord } from '../../../sales-core/people/task-state.ts'
import { taskKind } from '../../../sales-core/people/task-types.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

/** A timer that has fired stays so until the task moves on: its event is on its way. */
const upsertTasks = {
  name: 'task_upsert',
  text: `
insert into task as t (tenant_id, entity_key, workspace, id, shard, status, assignee, team, about, due_at, sort_at, rung, next_at,
  correlation_id, opened_by, opened_at)
select tenant_id, entity_key, workspace, id, shard, status, assignee, team, about, due_at, coalesce(due_at, 'infinity'), rung,
  next_at, correlation_id, opened_by, opened_at
from json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, workspace text, id text, shard smallint, status text,
  assignee text, team text, about text, due_at timestamptz, rung integer, next_at timestamptz, correlation_id text, opened_by uuid,
  opened_at timestamptz)
order by tenant_id, entity_key
on conflict (tenant_id, entity_key) do update set status = excluded.status, assignee = excluded.assignee, team = excluded.team,
  about = excluded.about, due_at = excluded.due_at, sort_at = excluded.sort_at, rung = excluded.rung,
  next_at = case when t.status = excluded.status and t.rung = excluded.rung and t.due_at is not distinct from excluded.due_at
    then t.next_at else excluded.next_at end`,
}

/** All that follows from the fields. Its timer is set anew, unless it has fired and its event is on its way. */
const rewrite = {
  name: 'task_rewrite',
  text: `
update task t set status = x.status, assignee = x.assignee, team = x.team, about = x.about, due_at = x.due_at,
  sort_at = coalesce(x.due_at, 'infinity'), rung = x.rung,
  next_at = case when t.next_at is not null or t.status <> x.status or t.rung <> x.rung or t.due_at is distinct from x.due_at
    then x.next_at end
from json_to_record($3::json) as x(status text, assignee text, team text, about text, due_at timestamptz, rung integer,
  next_at timestamptz)
where t.tenant_id = $1 and t.entity_key = $2`,
}

/** Lets the row of a task follow its entity, whose fields are others now though nothing happened. */
export async function rewriteTask(
  client: pg.ClientBase,
  tenantId: string,
  key: string,
  fields: JsonObject,
): Promise<void> {
  const record = taskRecord(fields)
  if (record !== null) await run(client, rewrite, [tenantId, key, jsonText(columnsOf(record))])
}

/** Lets the rows of tasks follow their entities. */
export async function writeTasks(
  client: pg.ClientBase,
  decided: ReadonlyArray<{ readonly event: LoggedEvent; readonly decision: Decision }>,
): Promise<void> {
  const rows = new Map<
    string,
    { readonly correlation_id: string; readonly opened_by: string; readonly opened_at: string }
  >()
  for (const { event, decision } of decided) {
    const { subject, tenantId, workspace } = event
    if (subject.kind !== taskKind || decision.changes.length === 0) continue
    const record = taskRecord(decision.entity.fields)
    if (record === null) continue
    const key = entityKey(workspace, subject)
    const first = rows.get(`${tenantId}/${key}`)
    const row = {
      tenant_id: tenantId,
      entity_key: key,
      workspace,
      id: subject.id,
      shard: shardOf(tenantId, key),
      ...columnsOf(record),
      // Of the event that made it; a row that is there keeps them.
      correlation_id: first?.correlation_id ?? event.correlationId,
      opened_by: first?.opened_by ?? event.id,
      opened_at: first?.opened_at ?? event.acceptedAt,
    }
    rows.set(`${tenantId}/${key}`, row)
  }
  if (rows.size > 0) await run(client, upsertTasks, [jsonText([...rows.values()])])
}

function columnsOf({ status, assignee, team, about, dueAt, rung, nextAt }: TaskRecord) {
  return { status, assignee, team, about, due_at: dueAt, rung, next_at: nextAt }
}
