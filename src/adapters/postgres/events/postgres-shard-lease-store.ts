import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { ShardLease, ShardLeaseStore } from '../../../messaging/ownership/shard-leases.ts'
import { shardCount } from '../../../messaging/events/entity-key.ts'
import { jsonText } from '../connection/json-text.ts'
import { inRole, run, withRetries } from '../connection/transaction.ts'

/** One heartbeat at a time: shares are counted and taken in one go. */
const serialise = {
  name: 'shard_heartbeat_lock',
  text: `select pg_advisory_xact_lock(hashtextextended('neuronx.shards', 0))`,
}

const beat = {
  name: 'daemon_beat',
  text: `
insert into daemon (id, host, version, lease_ms, stats) values ($1, $2, $3, $4, $5::jsonb)
on conflict (id) do update
  set heartbeat_at = clock_timestamp(), version = excluded.version, lease_ms = excluded.lease_ms, stats = excluded.stats`,
}

const forgetDead = {
  name: 'daemon_forget',
  text: `delete from daemon where heartbeat_at < clock_timestamp() - lease_ms * interval '1 ms' returning id`,
}

/**
 * What a dead daemon was calling need not wait for the end of its leases. Its own late writes are fenced by run_lease; what it
 * has locked at this moment is left to its lease, or every heartbeat would wait for a daemon that hangs.
 */
const endCommandLeases = {
  name: 'daemon_end_leases',
  text: `
with left_behind as (
  select n from command_lane
  where state = 'leased' and owner = any($1::text[]) and lease_until > clock_timestamp() for update skip locked
)
update command_lane l set lease_until = clock_timestamp() from left_behind b where l.n = b.n`,
}

/** Renewal changes no owner, so it waits for no transaction that holds the epoch still. */
const renew = {
  name: 'shard_renew',
  text: `update shard set lease_until = clock_timestamp() + $2 * interval '1 ms' where owner = $1`,
}

const daemons = { name: 'daemon_count', text: 'select greatest(count(*), 1) as live from daemon' }

/**
 * What is above the fair share goes back, highest shards first. Locking for update waits for the transactions that work
 * under the old epoch; no new one can begin under it once the change is committed. Which shards those are is found first:
 * a locking select would also lock the rows that its offset passes over, and so hold up all work at every heartbeat.
 */
const giveBack = {
  name: 'shard_give_back',
  text: `
with excess as (
  select shard from shard where shard in (select shard from shard where owner = $1 order by shard offset $2) order by shard for update
)
update shard s set owner = null, epoch = s.epoch + 1, lease_until = null from excess where s.shard = excess.shard`,
}

/**
 * A shard on which its last owner's transaction still stands (a process that was stopped in the middle of one) is left to a
 * later heartbeat: waiting for it would make everybody's heartbeats wait, and cost leases of daemons that are well.
 */
const take = {
  name: 'shard_take',
  text: `
with free as (
  select shard from shard where owner is null or lease_until < clock_timestamp() order by shard
  limit greatest(0, $2::bigint - (select count(*) from shard where owner = $1))
  for update skip locked
)
update shard s set owner = $1, epoch = s.epoch + 1, lease_until = clock_timestamp() + $3 * interval '1 ms'
from free where s.shard = free.shard`,
}

const owned = {
  name: 'shard_owned',
  text: 'select shard, epoch::text from shard where owner = $1 order by shard',
}

/** A lock that was not to be had in time. */
const busyCodes = new Set(['NX-DB-RETRY', 'NX-DB-TIMEOUT'])

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

  /** `pool` works as neuronx_relay, with short limits: a heartbeat that takes longer than a few seconds is worth nothing. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async heartbeat(owner: {
    daemonId: string
    host: string
    version: string
    leaseMs: number
    stats?: JsonObject
  }): Promise<readonly ShardLease[]> {
    const { daemonId, host, version, leaseMs, stats = {} } = owner
    const { leases, share } = await withRetries(this.#pool, async () =>
      inRole(this.#pool, async (client) => {
        await run(client, serialise, [])
        await run(client, beat, [daemonId, host, version, leaseMs, jsonText(stats)])
        const dead = await run<{ id: string }>(client, forgetDead, [])
        if (dead.length > 0) await run(client, endCommandLeases, [dead.map(({ id }) => id)])
        await run(client, renew, [daemonId, leaseMs])
        const [count] = await run<{ live: number }>(client, daemons, [])
        const fairShare = Math.ceil(shardCount / (count?.live ?? 1))
        await run(client, take, [daemonId, fairShare, leaseMs])
        return { leases: await run<ShardLease>(client, owned, [daemonId]), share: fairShare }
      }),
    )
    return leases.length <= share ? leases : ((await this.#giveBack(daemonId, share)) ?? leases)
  }

  /**
   * Outside the heartbeat's lock: it waits for work of this daemon, which is nobody else's business. Null: that work took too
   * long. The leases are renewed all the same, and the next heartbeat tries again.
   */
  async #giveBack(daemonId: string, share: number): Promise<readonly ShardLease[] | null> {
    try {
      return await inRole(this.#pool, async (client) => {
        await run(client, giveBack, [daemonId, share])
        return run<ShardLease>(client, owned, [daemonId])
      })
    } catch (error) {
      if (error instanceof NxError && busyCodes.has(error.code)) return null
      throw error
    }
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
