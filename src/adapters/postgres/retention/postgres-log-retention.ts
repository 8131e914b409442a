import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import type { ExpiredPartition, LogRetention } from '../../../messaging/relay/log-retention.ts'
import { inRole, run, runAlone } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { StateBases } from '../projections/state-bases.ts'
import * as sql from './retention-statements.ts'

/** Once a day or so there is something to look for; it may take its time without being cut off by the pool's limit. */
const lookTimeoutMs = 120_000
/** Batches of bases that are made at one look: 10,000 entities, so that a look ends within minutes. */
const baseBatchesMax = 100
const patient = { query_timeout: lookTimeoutMs + 1_000 }
const expiredEvents = { ...sql.expiredEvents, ...patient }
const expiredOthers = { ...sql.expiredOthers, ...patient }

/** The log's retention on Postgres. */
export class PostgresLogRetention implements LogRetention {
  readonly #relay: pg.Pool
  readonly #control: pg.Pool
  readonly #bases: StateBases
  /** The server process that looks at the days of the log now. */
  #looking: number | null = null
  /** Ends what is done at a look besides. */
  #look = new AbortController()

  /** Pools work as neuronx_relay, neuronx_control and neuronx_app. */
  constructor(pools: { relay: pg.Pool; control: pg.Pool; app: pg.Pool }) {
    this.#bases = new StateBases(pools)
    this.#relay = pools.relay
    this.#control = pools.control
  }

  async expired(keepMs: number, max: number): Promise<readonly ExpiredPartition[]> {
    this.#look = new AbortController()
    const { signal } = this.#look
    const expired = await inRole(this.#relay, async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      await client.query(`set local statement_timeout = ${lookTimeoutMs}`)
      this.#looking = rows[0]?.pid ?? null
      try {
        const events = await run<ExpiredPartition>(client, expiredEvents, [keepMs, max])
        const others = await run<ExpiredPartition>(client, expiredOthers, [keepMs, max])
        return [...events, ...others]
      } finally {
        this.#looking = null
      }
    })
    return await this.#withBases(expired, signal)
  }

  /** Days of decisions that wait only for the bases of their entities get them, some at each look. */
  async #withBases(
    expired: readonly ExpiredPartition[],
    signal: AbortSignal,
  ): Promise<readonly ExpiredPartition[]> {
    const looked: ExpiredPartition[] = []
    // Oldest first: a base of a later day must not be made from decisions that lack those of an earlier one.
    let isHeld = false
    for (const day of expired) {
      const isTurn = day.heldBy === 'base' && !isHeld
      const taken = isTurn && (await this.#bases.take(day.name, day.until, baseBatchesMax, signal))
      if (day.heldBy === 'base' && !taken) isHeld = true
      looked.push(taken ? { ...day, heldBy: null } : day)
    }
    await this.#bases.forget()
    return looked
  }

  async breakOff(): Promise<void> {
    this.#look.abort()
    const pid = this.#looking
    // Only the login itself may cancel what the login does; the role of the pool may not.
    if (pid !== null)
      await this.#relay.query(`begin; set local role none; select pg_cancel_backend(${pid}); commit`)
  }

  async detach(partition: string): Promise<boolean> {
    try {
      const rows = await runAlone<{ detached: boolean }>(this.#relay, sql.detach, [partition])
      return rows[0]?.detached === true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
  }

  async dropDetached(): Promise<readonly string[]> {
    try {
      const rows = await runAlone<{ name: string }>(this.#relay, sql.dropDetached, [])
      const names = rows.map(({ name }) => name)
      if (names.length > 0) await this.#note(names)
      return names
    } catch (error) {
      if (isBusy(error)) return []
      throw error
    }
  }

  async deleteEnded(keepMs: number, batchMax: number): Promise<number> {
    let deleted = 0
    for (const statement of [
      sql.deleteCommands,
      sql.deleteLetters,
      sql.deleteJobs,
      sql.deleteInstances,
      sql.deleteTroubles,
    ]) {
      const rows = await runAlone<{ rows: number }>(this.#relay, statement, [keepMs, batchMax])
      deleted += rows[0]?.rows ?? 0
    }
    return deleted
  }

  async #note(partitions: readonly string[]): Promise<void> {
    await inRole(this.#control, async (client) =>
      writeAudit(client, {
        tenantId: null,
        actor: 'daemon:retention',
        action: 'log.drop_partitions',
        target: 'event_log',
        reason: 'older than what is kept',
        before: { partitions: [...partitions] },
        after: null,
      }),
    )
  }
}

/** The table was in use for longer than the function waits. */
function isBusy(error: unknown): boolean {
  return error instanceof NxError && error.code === 'NX-DB-RETRY'
}
