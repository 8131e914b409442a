import type pg from 'pg'
import { entityKey, shardOf } from '../../../messaging/events/entity-key.ts'
import type { EntityState } from '../../../sales-core/decide/entity-state.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

const upsert = {
  name: 'score_timer_set',
  text: `
insert into score_timer as t (tenant_id, entity_key, model, shard, fire_at)
select tenant_id, entity_key, model, shard, fire_at
from json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, model text, shard smallint, fire_at timestamptz)
order by tenant_id, entity_key, model
on conflict (tenant_id, entity_key, model) do update set fire_at = excluded.fire_at`,
}

const remove = {
  name: 'score_timer_drop',
  text: `
delete from score_timer t using json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, model text)
where t.tenant_id = x.tenant_id and t.entity_key = x.entity_key and t.model = x.model`,
}

/** An entity's scores before and after. */
export interface ScoresMoved {
  readonly tenantId: string
  readonly before: EntityState
  readonly after: EntityState
}

/** Lets the timers of scores follow their entities: one where decay will bring the score into another band, none elsewhere. */
export async function writeScoreTimers(
  client: pg.ClientBase,
  entities: readonly ScoresMoved[],
): Promise<void> {
  const set: object[] = []
  const gone: object[] = []
  for (const { tenantId, before, after } of entities) {
    if (before.scores === after.scores) continue
    const key = entityKey(after.workspace, after.ref)
    for (const model of new Set([...Object.keys(before.scores), ...Object.keys(after.scores)])) {
      const crossesAt = after.scores[model]?.crossesAt
      const known = before.scores[model]?.crossesAt
      if (crossesAt === known) continue
      const row = { tenant_id: tenantId, entity_key: key, model }
      if (crossesAt === undefined) gone.push(row)
      else set.push({ ...row, shard: shardOf(tenantId, key), fire_at: crossesAt })
    }
  }
  if (set.length > 0) await run(client, upsert, [jsonText(set)])
  if (gone.length > 0) await run(client, remove, [jsonText(gone)])
}
