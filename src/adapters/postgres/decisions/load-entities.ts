import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import { waitsMark } from '../../../sales-core/decide/rule-wait.ts'
import type { LoadedEntity } from '../../../sales-core/processing/decision-store.ts'
import { workflowAsk } from '../../../sales-core/workflows/workflow-asks.ts'
import type { WorkflowInstance } from '../../../sales-core/workflows/workflow-instance.ts'
import { entityRange } from '../events/entity-range.ts'
import type { SeqRange } from '../events/entity-range.ts'
import { instanceColumns, instanceOfRow } from './instance-row.ts'
import type { InstanceRow } from './instance-row.ts'
import { stateColumns, stateOfRow } from '../projections/entity-row.ts'
import type { StateRow } from '../projections/entity-row.ts'
import { readWaits } from './rule-wait-rows.ts'
import { jsonText } from '../connection/json-text.ts'
import { together } from '../connection/together.ts'
import { run } from '../connection/transaction.ts'

const keyColumns = 'tenant_id uuid, entity_key text'

/**
 * Lateral with a limit: a plan that was made while the table was small cannot turn the join round and read all entities of the
 * tenant. What it does not find is new: its first version is written as it was decided, and written once.
 */
const lock = {
  name: 'entity_lock',
  text: `
select e.tenant_id, ${stateColumns}
from (select * from json_to_recordset($1::json) as k(${keyColumns}) order by tenant_id, entity_key) x
cross join lateral (
  select * from entity e where e.tenant_id = x.tenant_id and e.entity_key = x.entity_key limit 1 for no key update) e`,
}

const waiting = {
  name: 'instance_waiting',
  text: `
select w.* from json_to_recordset($1::json) as x(${keyColumns}) cross join lateral (
  select ${instanceColumns} from workflow_instance w
  where w.tenant_id = x.tenant_id and w.entity_key = x.entity_key and w.status = 'waiting' offset 0) w
order by w.started_at, w.id`,
}

const asked = {
  name: 'instance_asked',
  text: `
select w.* from unnest($1::uuid[]) as x(id) cross join lateral (
  select ${instanceColumns} from workflow_instance w where w.id = x.id and w.status <> 'waiting' limit 1) w`,
}

interface EntityRow extends StateRow {
  readonly tenant_id: string
}

export interface LoadReport {
  readonly loaded: readonly LoadedEntity[]
  readonly duplicates: number
  readonly repaired: number
}

/**
 * Locks the entities of these events in key order and finds what is to be applied to each. An entity without a row has version 0;
 * nothing is locked for it: the caller holds its shard, and writing it fails when somebody else did first.
 */
export async function loadEntities(
  client: pg.ClientBase,
  events: readonly LoggedEvent[],
): Promise<LoadReport> {
  const groups = groupByEntity(events)
  const keys = jsonText([...groups.values()].map((group) => group.key))
  const [found, instances] = await together(
    run<EntityRow>(client, lock, [keys]),
    waitingInstances(client, keys),
  )
  const rows = withNew(found, groups)
  const waits = await readWaits(
    client,
    rows
      .filter(({ marks }) => Object.hasOwn(marks, waitsMark))
      .map(({ tenant_id, entity_key }) => ({ tenant_id, entity_key })),
  )
  const missing = await fillGaps(client, rows, groups)
  await addAsked(client, [events, ...missing.values()].flat(), instances)
  let duplicates = 0
  let repaired = 0
  const loaded = rows.map((row) => {
    const id = groupId(row.tenant_id, row.entity_key)
    const group = groups.get(id) as Group
    duplicates += group.given - [...group.bySeq.keys()].filter((seq) => seq > row.applied_seq).length
    const applicable = inOrder(row, group, missing.get(id) ?? [])
    repaired += applicable.filter((event) => !group.bySeq.has(event.entitySeq)).length
    return {
      tenantId: row.tenant_id,
      entityKey: row.entity_key,
      entity: stateOfRow(row),
      instances: instances.get(id) ?? [],
      waits: waits.get(id) ?? [],
      events: applicable,
    }
  })
  return { loaded, duplicates, repaired }
}

/** The rows found, and an empty one for each entity that has none yet. */
function withNew(found: readonly EntityRow[], groups: ReadonlyMap<string, Group>): readonly EntityRow[] {
  if (found.length === groups.size) return found
  const known = new Set(found.map((row) => groupId(row.tenant_id, row.entity_key)))
  const fresh = [...groups]
    .filter(([id]) => !known.has(id))
    .map(([, { key }]) => ({
      tenant_id: key.tenant_id,
      entity_key: key.entity_key,
      version: 0,
      applied_seq: 0,
      fields: {},
      scores: {},
      marks: {},
    }))
  return [...found, ...fresh]
}

interface Group {
  readonly key: { readonly tenant_id: string; readonly entity_key: string }
  readonly bySeq: Map<number, LoggedEvent>
  given: number
}

function groupId(tenantId: string, key: string): string {
  return `${tenantId}/${key}`
}

function groupByEntity(events: readonly LoggedEvent[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const event of events) {
    const { tenantId, workspace, subject } = event
    const key = entityKey(workspace, subject)
    const id = groupId(tenantId, key)
    const group = groups.get(id) ?? {
      key: { tenant_id: tenantId, entity_key: key },
      bySeq: new Map<number, LoggedEvent>(),
      given: 0,
    }
    group.given += 1
    group.bySeq.set(event.entitySeq, event)
    groups.set(id, group)
  }
  return groups
}

async function waitingInstances(
  client: pg.ClientBase,
  keys: string,
): Promise<Map<string, WorkflowInstance[]>> {
  const found = new Map<string, WorkflowInstance[]>()
  for (const row of await run<InstanceRow>(client, waiting, [keys])) {
    const id = groupId(row.tenant_id, row.entity_key)
    found.set(id, [...(found.get(id) ?? []), instanceOfRow(row)])
  }
  return found
}

/** Ended instances that an event asks something of. */
async function addAsked(
  client: pg.ClientBase,
  events: readonly LoggedEvent[],
  instances: Map<string, WorkflowInstance[]>,
): Promise<void> {
  const ids = events.flatMap((event) => workflowAsk(event)?.instanceId ?? []).filter(isUuid)
  if (ids.length === 0) return
  for (const row of await run<InstanceRow>(client, asked, [[...new Set(ids)]])) {
    const id = groupId(row.tenant_id, row.entity_key)
    instances.set(id, [...(instances.get(id) ?? []), instanceOfRow(row)])
  }
}

/** Reads from the log what lies between the last applied event of each entity and the newest one given. */
async function fillGaps(
  client: pg.ClientBase,
  rows: readonly EntityRow[],
  groups: ReadonlyMap<string, Group>,
): Promise<ReadonlyMap<string, readonly LoggedEvent[]>> {
  const ranges: SeqRange[] = []
  for (const row of rows) {
    const { bySeq } = groups.get(groupId(row.tenant_id, row.entity_key)) as Group
    const newest = Math.max(...bySeq.keys())
    let from = row.applied_seq + 1
    while (bySeq.has(from)) from += 1
    if (from < newest)
      ranges.push({ tenantId: row.tenant_id, entityKey: row.entity_key, fromSeq: from, toSeq: newest })
  }
  const found = new Map<string, LoggedEvent[]>()
  for (const event of await entityRange(client, ranges)) {
    const id = groupId(event.tenantId, entityKey(event.workspace, event.subject))
    const list = found.get(id)
    if (list === undefined) found.set(id, [event])
    else list.push(event)
  }
  return found
}

/** The events from applied_seq + 1 to the newest given, without a step. */
function inOrder(row: EntityRow, group: Group, fromLog: readonly LoggedEvent[]): readonly LoggedEvent[] {
  const logged = new Map(fromLog.map((event) => [event.entitySeq, event]))
  const newest = Math.max(...group.bySeq.keys())
  const events: LoggedEvent[] = []
  for (let seq = row.applied_seq + 1; seq <= newest; seq += 1) {
    const event = group.bySeq.get(seq) ?? logged.get(seq)
    if (event === undefined) {
      throw new NxError('bug', 'NX-LOG-GAP', 'An event is missing from the log', {
        detail: `${row.entity_key} was applied up to ${row.applied_seq}; ${seq} of ${newest} is not in the log.`,
        fix: 'Its partition was dropped before it was applied, or the database was restored to an earlier state than the bus.',
      })
    }
    events.push(event)
  }
  return events
}
