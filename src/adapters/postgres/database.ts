import type pg from 'pg'
import type { Clock } from '../../kernel/clock.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Releasers } from '../../kernel/releasers.ts'
import { checkConnection } from './connection/check-connection.ts'
import { openPool } from './connection/pool.ts'
import type { DatabaseRole, PoolOptions } from './connection/pool.ts'
import { openStores } from './stores.ts'
import type { Stores } from './stores.ts'
import { databaseError } from './connection/database-error.ts'

export interface DatabaseOptions {
  readonly logger: Logger
  readonly clock: Clock
  /** Filled in by the fault suite only. */
  readonly crashPoints?: CrashPoints | undefined
  /** Shown in pg_stat_activity. Default `neuronx`. */
  readonly applicationName?: string
  /** Most connections per role. Default 8, 3, 2. */
  readonly appConnectionsMax?: number
  readonly relayConnectionsMax?: number
  readonly controlConnectionsMax?: number
  /** Default 5 s. */
  readonly connectTimeoutMs?: number
  /** Default 15 s. */
  readonly statementTimeoutMs?: number
  /**
   * A transaction that does nothing for so long is ended: it holds back the relay of the whole cluster. Default 6 s: less than a
   * shard's lease, so that a daemon that hangs no longer holds its shards' epochs when they are taken over.
   */
  readonly idleInTransactionTimeoutMs?: number
  /** Default: the package's own migrations, all of which the database must have; it may have more that were added since. */
  readonly migrationsFolder?: string
}

/** An open database: one small pool per role, and the stores over them. */
export interface Database extends AsyncDisposable {
  readonly stores: Stores
  /** Does it answer? Throws NX-DB-… when not. */
  ping(): Promise<void>
  /** Makes the partitions of the coming days. Returns how many were missing. Cheap when none is: call it every few hours. */
  ensurePartitions(daysAhead?: number): Promise<number>
  /** Forgets inbox keys whose time is over, at most `max`. Returns how many. */
  forgetInboxKeys(max?: number): Promise<number>
  /** Forgets starts of events that nobody asked about for a day, at most `max`. Returns how many. */
  forgetEventStarts(max?: number): Promise<number>
  /** Forgets slots of frequency caps whose time is over, at most `max`. Returns how many. */
  forgetSendSlots(max?: number): Promise<number>
  /** Counts of commands are of no use after a week. Returns how many went. */
  forgetCommandDays(): Promise<number>
  /** What polls found and no webhook told of late within a day. Returns how many went. */
  forgetSightings(): Promise<number>
  /** Connections in use, idle and waited for, per role: for metrics. */
  poolCounts(): Readonly<Record<DatabaseRole, { total: number; idle: number; waiting: number }>>
}

/**
 * Opens the database of the runtime login. Throws NX-DB-UNREACHABLE, NX-DB-LOGIN, NX-DB-ROLE (superuser, owner, or not a
 * member of the roles), NX-DB-SCHEMA (behind this program, or too far ahead of it), NX-DB-RESTORED.
 */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const { logger, clock } = options
  const releasers = new Releasers()
  const open = (role: DatabaseRole, max: number, limits: Partial<PoolOptions> = {}): pg.Pool =>
    releasers.own(
      openPool({
        url,
        role,
        max,
        applicationName: options.applicationName ?? 'neuronx',
        connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
        statementTimeoutMs: options.statementTimeoutMs ?? 15_000,
        idleInTransactionTimeoutMs: options.idleInTransactionTimeoutMs ?? 6_000,
        logger,
        ...limits,
      }),
      async (pool) => pool.end(),
    )
  const pools = {
    app: open('neuronx_app', options.appConnectionsMax ?? 8),
    relay: open('neuronx_relay', options.relayConnectionsMax ?? 3),
    control: open('neuronx_control', options.controlConnectionsMax ?? 2),
    heartbeat: open('neuronx_relay', 1, heartbeatLimits),
  }
  try {
    await checkConnection(pools.control, logger, options.migrationsFolder)
  } catch (error) {
    await releasers[Symbol.asyncDispose]()
    throw databaseError(error)
  }
  return {
    stores: openStores(pools, clock, options.crashPoints),
    ping: async () => {
      await guarded(pools.app.query('select 1'))
    },
    ensurePartitions: async (daysAhead = 14) => {
      const result = await guarded(
        pools.control.query<{ made: number }>('select neuronx.ensure_partitions($1) as made', [daysAhead]),
      )
      return result.rows[0]?.made ?? 0
    },
    forgetInboxKeys: async (max = 10_000) => {
      const result = await guarded(pools.relay.query(forgetKeys, [max]))
      return result.rowCount ?? 0
    },
    forgetEventStarts: async (max = 10_000) => {
      const result = await guarded(pools.relay.query(forgetStarts, [max]))
      return result.rowCount ?? 0
    },
    forgetSendSlots: async (max = 10_000) => {
      const result = await guarded(pools.relay.query(forgetSlots, [max]))
      return result.rowCount ?? 0
    },
    forgetCommandDays: async () => {
      const result = await guarded(pools.relay.query(forgetDays))
      return result.rowCount ?? 0
    },
    forgetSightings: async () => {
      const result = await guarded(pools.relay.query(forgetOldSightings))
      return result.rowCount ?? 0
    },
    poolCounts: () => ({
      neuronx_app: counts(pools.app),
      neuronx_relay: counts(pools.relay),
      neuronx_control: counts(pools.control),
    }),
    [Symbol.asyncDispose]: async () => releasers[Symbol.asyncDispose](),
  }
}

/**
 * A connection that half-opened is noticed within 3 s, and the next heartbeat has a new one. One that hangs in the middle of a
 * heartbeat holds up the others for no more than a second.
 */
const heartbeatLimits: Partial<PoolOptions> = {
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 2_000,
  lockTimeoutMs: 1_500,
  idleInTransactionTimeoutMs: 1_000,
}

const forgetSlots = `
delete from send_slot s using (select command_id, cap from send_slot where expires_at < now() order by expires_at limit $1) old
where s.command_id = old.command_id and s.cap = old.cap and s.expires_at < now()`

const forgetDays = `delete from command_day where day < (now() at time zone 'UTC')::date - 7`

const forgetOldSightings = 'delete from reconcile_sighting where expires_at < now()'

const forgetKeys = `
delete from inbox i using (
  select tenant_id, source, external_id from inbox where expires_at < now() order by expires_at limit $1
) old
where (i.tenant_id, i.source, i.external_id) = (old.tenant_id, old.source, old.external_id) and i.expires_at < now()`

const forgetStarts = `
delete from event_start where event_id in (
  select event_id from event_start where at < now() - interval '1 day' order by at limit $1)`

function counts(pool: pg.Pool): { total: number; idle: number; waiting: number } {
  return { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }
}

async function guarded<T>(query: Promise<T>): Promise<T> {
  try {
    return await query
  } catch (error) {
    throw databaseError(error)
  }
}
