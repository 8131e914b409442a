import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { clusterState } from './cluster-state.ts'
import type { ClusterState } from './cluster-state.ts'
import { asOwner } from './migrate.ts'
import type { MigrateOptions } from './migrate.ts'

export interface RebasePlan {
  /** none: the database is at home. adopt: its order holds here as it is. rewrite: the log's positions are counted anew. */
  readonly action: 'none' | 'adopt' | 'rewrite'
  /** What tells that the database was restored; empty when it was not. */
  readonly why: string
  /** Rows of the log. */
  readonly events: number
}

/**
 * Row-level security binds the owner too, so it is lifted within the transaction; nobody else sees the tables meanwhile.
 * A position is (transaction id, number). All rows get the lowest ordinary id and their place in the old order as number: every
 * transaction of this cluster comes after them, and what stood before a cursor still does. A cursor that stood before all that is left comes to stand before the first place.
 */
const rewrite = `
lock table neuronx.event_log, neuronx.relay_cursor, neuronx.reconcile_cursor, neuronx.audit_log in access exclusive mode;
alter table neuronx.event_log no force row level security;
alter table neuronx.audit_log no force row level security;
create temp table placed on commit drop as
  select e.tableoid as part, e.ctid as row, e.txid, e.pos, row_number() over (order by e.txid, e.pos) as place from neuronx.event_log e;
create index on placed (txid, pos);
analyze placed;
update neuronx.relay_cursor c set txid = '3', pos = coalesce((
  select place from placed p where (p.txid, p.pos) <= (c.txid, c.pos) order by p.txid desc, p.pos desc limit 1), 0);
update neuronx.reconcile_cursor c set txid = '3', pos = coalesce((
  select place from placed p where (p.txid, p.pos) <= (c.txid, c.pos) order by p.txid desc, p.pos desc limit 1), 0);
update neuronx.event_log e set txid = '3', pos = p.place from placed p where e.tableoid = p.part and e.ctid = p.row;
select setval('neuronx.event_log_pos',
  greatest((select last_value from neuronx.event_log_pos), (select coalesce(max(place), 0) + 1 from placed)));
update neuronx.audit_log set txid = '3';
alter table neuronx.audit_log force row level security;
alter table neuronx.event_log force row level security`

/** Nobody owns anything any more: the daemons of the old cluster are not ours. */
const adopt = `
update neuronx.shard set owner = null, epoch = epoch + 1, lease_until = null;
delete from neuronx.daemon;
update neuronx.cluster set system_identifier = neuronx.system_identifier(), since = clock_timestamp()`

const furthest = `
select exists (select from neuronx.event_log where txid >= pg_snapshot_xmax(pg_current_snapshot()) limit 1) as ahead,
  (select count(*) from neuronx.event_log)::text as events`

/**
 * Makes a restored database at home in the cluster it is in now. Connects as the schema's owner; works as one transaction, with
 * `dryRun` as one that is undone. Throws NX-DB-IN-USE while a daemon is at work, NX-DB-SCHEMA when migrations are pending.
 */
export async function rebase(
  options: Pick<MigrateOptions, 'ownerUrl' | 'folder'> & { readonly dryRun: boolean },
): Promise<RebasePlan> {
  return asOwner(options, async (client) => {
    await refuseEarlier(client)
    const state = await clusterState(client)
    const alive = await daemonsAlive(client)
    // The rows themselves cannot be looked at without standing in the daemons' way; they would not run if anything were amiss.
    if (!state.restored && alive.length > 0) return { action: 'none', why: '', events: 0 }
    refuseInUse(alive)
    await client.query('begin')
    try {
      const plan = await planOf(client, state)
      if (!options.dryRun && plan.action !== 'none') {
        if (plan.action === 'rewrite') await client.query(rewrite)
        await client.query(adopt)
      }
      await client.query(options.dryRun ? 'rollback' : 'commit')
      return plan
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  })
}

async function planOf(client: pg.ClientBase, { restored, why, ahead }: ClusterState): Promise<RebasePlan> {
  await client.query('alter table neuronx.event_log no force row level security')
  const { rows } = await client.query<{ ahead: boolean; events: string }>(furthest)
  await client.query('alter table neuronx.event_log force row level security')
  const rowsAhead = rows[0]?.ahead ?? false
  const action = ahead || rowsAhead ? 'rewrite' : restored ? 'adopt' : 'none'
  return { action, why, events: Number(rows[0]?.events ?? 0) }
}

async function daemonsAlive(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from neuronx.daemon where heartbeat_at >= clock_timestamp() - lease_ms * interval '1 ms'`,
  )
  return rows.map(({ id }) => id)
}

function refuseInUse(alive: readonly string[]): void {
  if (alive.length === 0) return
  throw new NxError('conflict', 'NX-DB-IN-USE', 'A daemon is at work on this database', {
    detail: `Alive: ${alive.join(', ')}.`,
    fix: 'Stop every daemon of this installation first; one that was killed is forgotten after a few seconds.',
  })
}

async function refuseEarlier(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('neuronx.cluster') is not null as found`,
  )
  if (rows[0]?.found === true) return
  throw new NxError('configuration', 'NX-DB-SCHEMA', 'The database has pending migrations', {
    fix: 'Run `neuronx db migrate` with NEURONX_DATABASE_OWNER_URL first.',
  })
}
