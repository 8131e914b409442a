import { querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'

/** Makes a day's partition of the log, or of the decisions, as the schema's owner would have made it then. Returns its name. */
export async function makePartition(
  test: TestDatabase,
  day: string,
  parent: 'event_log' | 'decision' = 'event_log',
): Promise<string> {
  const name = `${parent}_p${day.replaceAll('-', '')}`
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString()
  const [owner] = await querySuperuser<{ name: string }>(
    test,
    `select pg_get_userbyid(relowner) as name from pg_class where oid = 'neuronx.${parent}'::regclass`,
  )
  await querySuperuser(test, `create table ${name} (like ${parent} including all)`)
  await querySuperuser(test, `alter table ${name} owner to ${owner?.name}`)
  await querySuperuser(
    test,
    `alter table ${parent} attach partition ${name} for values from ('${day}T00:00:00Z') to ('${next}')`,
  )
  return name
}

/** Moves events, by external id, to noon of a day whose partition exists. */
export async function backDate(
  test: TestDatabase,
  externalIds: readonly string[],
  day: string,
): Promise<void> {
  await querySuperuser(test, 'update event_log set created_at = $1 where external_id = any($2)', [
    `${day}T12:00:00Z`,
    externalIds,
  ])
}

/** Everything is published and applied, as the cursors have it. */
export async function settleCursors(test: TestDatabase): Promise<void> {
  for (const cursor of ['relay_cursor', 'reconcile_cursor']) {
    await querySuperuser(
      test,
      `update ${cursor} c set txid = e.txid, pos = e.pos from (
         select distinct on (shard) shard, txid, pos from event_log order by shard, txid desc, pos desc) e
       where e.shard = c.shard`,
    )
  }
}

/** Names of the log's days before a day, attached or not. */
export async function partitionsBefore(test: TestDatabase, day: string): Promise<readonly string[]> {
  const rows = await querySuperuser<{ child: string }>(
    test,
    'select child from log_partitions() where until_at <= $1 order by child',
    [`${day}T00:00:00Z`],
  )
  return rows.map(({ child }) => child)
}
