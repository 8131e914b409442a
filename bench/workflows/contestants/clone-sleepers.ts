import type pg from 'pg'
import { newId } from '../../../src/kernel/ids.ts'
import { entityKey, shardOf } from '../../../src/messaging/events/entity-key.ts'

export interface Sleepers {
  readonly tenantId: string
  readonly count: number
  /** Names of their leads begin with it. */
  readonly prefix: string
  /** When the n-th wakes: SQL with `n`. */
  readonly wakeAt: string
}

const atOnce = 10_000

const copy = (wakeAt: string): string => `
with given as (select * from unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::integer[]) as g(id, lead, key, shard, n)),
woken as (select *, ${wakeAt} as at from given),
made as (
  insert into neuronx.entity (tenant_id, entity_key, workspace, kind, id, version, applied_seq, fields, scores, marks)
  select $6, g.key, e.workspace, e.kind, g.lead, e.version, 1, e.fields, e.scores, e.marks from woken g, neuronx.entity e
  where e.tenant_id = $7 and e.entity_key = $8
), headed as (
  insert into neuronx.entity_head (tenant_id, entity_key, seq) select $6, key, 1 from woken
)
insert into neuronx.workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars,
  started_by, started_at, correlation_id, steps, wake_at)
select g.id, $6, g.key, g.shard, w.workflow, w.definition_digest, w.status,
  jsonb_set(w.state, '{wait,until}', to_jsonb(to_char(g.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))), w.seq, w.vars,
  w.started_by, w.started_at, w.correlation_id, w.steps, g.at
from woken g, neuronx.workflow_instance w where w.tenant_id = $7 and w.entity_key = $8`

/** Rows of leads that sleep, made like those of one that went to sleep on the usual way: a million that way takes too long. */
export async function cloneSleepers(
  client: pg.Client,
  { tenantId, count, prefix, wakeAt }: Sleepers,
  like: { readonly tenantId: string; readonly lead: string },
): Promise<void> {
  const keyOf = (lead: string): string => entityKey('default', { kind: 'lead', id: lead })
  for (let from = 0; from < count; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - from) }, (_, offset) => from + offset)
    const leads = numbers.map((n) => `${prefix}${n}`)
    const keys = leads.map(keyOf)
    await client.query(copy(wakeAt), [
      numbers.map(() => newId()),
      leads,
      keys,
      keys.map((key) => shardOf(tenantId, key)),
      numbers,
      tenantId,
      like.tenantId,
      keyOf(like.lead),
    ])
  }
  for (const table of ['workflow_instance', 'entity', 'entity_head'])
    await client.query(`vacuum analyze neuronx.${table}`)
}
