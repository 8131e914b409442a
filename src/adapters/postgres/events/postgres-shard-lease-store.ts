import type pg from 'pg'
import type { ShardLease, ShardLeaseStore } from '../../../messaging/ownership/shard-leases.ts'
import { shardCount } from '../../../messaging/events/entity-key.ts'
import { inRole, run, withRetries } from '../connection/transaction.ts'

/** One heartbeat at a time: shares are counted and taken in one go. */
const serialise = {
  name: 'shard_heartbeat_lock',
  text: `select pg_advisory_xact_lock(hashtextextended('neuronx.shards', 0))`,
}

const beat = {
  name: 'daemon_beat',
  text: `
insert into daemon (id, host, version, lease_ms) values ($1, $2, $3, $4)
on conflict (id) do update set heartbeat_at = clock_timestamp(), version = excluded.version, lease_ms = excluded.lease_ms`,
}

const forgetDead = {
  name: 'daemon_forget',
  text: `delete from daemon where heartbeat_at < clock_timestamp() - lease_ms * interval '1 ms' returning id`,
}

/** What a dead daemon was calling need not wait for the end of its leases. Its own late writes are fenced by run_lease. */
const endCommandLeases = {
  name: 'daemon_end_leases',
  text: `
update command_lane set lease_until = clock_timestamp()
where state = 'leased' and owner = any($1::text[]) and lease_until > clock_timestamp()`,
}

/** Renewal changes no owner, so it waits for no transaction that holds the epoch still. */
const renew = {
  name: 'shard_renew',
  text: `update shard set lease_until = clock_timestamp() + $2 * interval '1 ms' where owner = $1`,
}

/**
 * What is above the fair share goes back, highest shards first. Locking for update waits for the transactions that work
 * under the old epoch; no new one can begin under it once the change is committed. Which shards those are is found first:
 * a locking select would also lock the rows that its offset passes over, and so hold up all work at every heartbeat.
 */
const giveBack = {
  name: 'shard_give_back',
  text: `
with excess as (
  select shard from shard where shard in (
    select shard from shard where owner = $1 order by shard
    offset (select ceil($2::numeric / greatest(count(*), 1)) from daemon)
  ) order by shard for update
)
update shard s set owner = null, epoch = s.epoch + 1, lease_until = null from excess where s.shard = excess.shard`,
}

const take = {
  name: 'shard_take',
  text: `
with free as (
  select shard from shard where owner is null or lease_until < clock_timestamp() order by shard
  limit (select greatest(0, ceil($2::numeric / greatest(count(*), 1)) - (select count(*) from shard where owner = $1)) from daemon)
  for update
)
update shard s set owner = $1, epoch = s.epoch + 1, lease_until = clock_timestamp() + $3 * interval '1 ms'
from free where s.shard = free.shard`,
}

const owned = {
  name: 'shard_owned',
  text: 'select shard, epoch::text from shard where owner = $1 order by shard',
}

const releaseAll = {
  name: 'shard_release',
  text: `
with mine as (select shard from shard where owner = $1 order by shard for update)
update shard s set owner = null, epoch = s.epoch + 1, lease_until = null from mine where s.shard = mine.shard`,
}

const forget = { name: 'daemon_release', text: 'delete from daemon where id = $1' }

/** Who works on which shard, decided by Postgres and its clock. */
export class PostgresShardLeaseStore implements ShardLeaseStore {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_relay. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async heartbeat(owner: {
    daemonId: string
    host: string
    version: string
    leaseMs: number
  }): Promise<readonly ShardLease[]> {
    const { daemonId, host, version, leaseMs } = owner
    return withRetries(this.#pool, async () =>
      inRole(this.#pool, async (client) => {
        await run(client, serialise, [])
        await run(client, beat, [daemonId, host, version, leaseMs])
        const dead = await run<{ id: string }>(client, forgetDead, [])
        if (dead.length > 0) await run(client, endCommandLeases, [dead.map(({ id }) => id)])
        await run(client, renew, [daemonId, leaseMs])
        await run(client, giveBack, [daemonId, shardCount])
        await run(client, take, [daemonId, shardCount, leaseMs])
        return run<{ shard: number; epoch: string }>(client, owned, [daemonId])
      }),
    )
  }

  async release(daemonId: string): Promise<void> {
    await withRetries(this.#pool, async () =>
      inRole(this.#pool, async (client) => {
        await run(client, serialise, [])
        await run(client, releaseAll, [daemonId])
        await run(client, forget, [daemonId])
      }),
    )
  }
}
