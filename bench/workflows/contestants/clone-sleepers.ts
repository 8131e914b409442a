import pg from 'pg'
import { entityKey, shardCount } from '../../../src/messaging/events/entity-key.ts'

export interface Sleepers {
  readonly tenantId: string
  readonly count: number
  /** Names of their leads begin with it. */
  readonly prefix: string
  /** When the n-th wakes: SQL with `n`. */
  readonly wakeAt: string
}

/** Column -> what a copy has instead of the model's: SQL with `n`, the model is `m`. */
type Changes = Readonly<Record<string, string>>

/**
 * Rows of leads that sleep, made like those of one that went to sleep on the usual way: a million that way takes too long. Each table
 * in a transaction of its own, its indexes built at the end instead of grown: whoever works on it waits for that.
 */
export async function cloneSleepers(
  ownerUrl: string,
  { tenantId, count, prefix, wakeAt }: Sleepers,
  lead: string,
): Promise<void> {
  const keyOf = (id: string): string => entityKey('default', { kind: 'lead', id })
  const key = `'${keyOf(prefix)}' || n`
  const shard = `crc32(convert_to('${tenantId}/' || ${key}, 'UTF8')) % ${shardCount}`
  const id = `lpad(to_hex(n + 1), 32, '0')::uuid`
  const at = `date_trunc('milliseconds', ${wakeAt})`
  const until = `to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  const tables: Readonly<Record<string, Changes>> = {
    workflow_instance: { id, shard, state: `jsonb_set(m.state, '{wait,until}', to_jsonb(${until}))` },
    workflow_timer: { instance_id: id, shard, wake_at: at },
    entity: { id: `'${prefix}' || n` },
    entity_head: {},
  }
  const copies = Object.entries(tables).map(async ([table, changes]) => {
    const client = new pg.Client(ownerUrl)
    await client.connect()
    try {
      await copyRow(client, `neuronx.${table}`, { entity_key: key, ...changes }, [
        count,
        tenantId,
        keyOf(lead),
      ])
    } finally {
      await client.end()
    }
  })
  await Promise.all(copies)
}

async function copyRow(
  client: pg.Client,
  table: string,
  changes: Changes,
  [count, tenantId, key]: readonly [number, string, string],
): Promise<void> {
  await client.query(`begin; set local maintenance_work_mem = '256MB'`)
  // A table that is emptied in the same transaction needs no write-ahead log of what comes in; its triggers have seen the model.
  await client.query(
    `create temp table kept on commit drop as table ${table}; truncate ${table}; alter table ${table} disable trigger user`,
  )
  const indexes = await indexesOf(client, table)
  for (const { drop } of indexes) await client.query(drop)
  await client.query(`insert into ${table} table kept`)
  const values = (await columnsOf(client, table)).map((name) => changes[name] ?? `m."${name}"`)
  await client.query(
    `insert into ${table} select ${values.join(', ')} from kept m, generate_series(0, $1::integer - 1) n
     where m.tenant_id = $2 and m.entity_key = $3`,
    [count, tenantId, key],
  )
  for (const { create } of indexes) await client.query(create)
  await client.query(`alter table ${table} enable trigger user; commit`)
  await client.query(`vacuum analyze ${table}`)
}

/** How to drop and to make again what finds its rows, the primary key included. */
async function indexesOf(
  client: pg.Client,
  table: string,
): Promise<readonly { readonly drop: string; readonly create: string }[]> {
  const { rows } = await client.query<{ drop: string; create: string }>(
    `select case when c.oid is null then format('drop index %s', i.indexrelid::regclass)
         else format('alter table %s drop constraint %s', i.indrelid::regclass, quote_ident(conname)) end as drop,
       case when c.oid is null then pg_get_indexdef(i.indexrelid)
         else format('alter table %s add constraint %s %s', i.indrelid::regclass, quote_ident(conname), pg_get_constraintdef(c.oid)) end as create
     from pg_index i left join pg_constraint c on c.conindid = i.indexrelid where i.indrelid = $1::regclass`,
    [table],
  )
  return rows
}

/** In their order. */
async function columnsOf(client: pg.Client, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  )
  return rows.map(({ name }) => name)
}
