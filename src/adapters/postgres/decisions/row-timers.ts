import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import type { TimerStore } from '../../../sales-core/processing/decision-store.ts'
import { inTenants, runAlone, withRetries } from '../connection/transaction.ts'
import type { Statement } from '../connection/transaction.ts'
import { appendEvents } from '../events/append-events.ts'

/** Rows of one kind that have a time. */
export interface TimedRows<Found> {
  /** A condition: is any of the shards `$1` due? */
  readonly someDue: string
  /**
   * `$1` shards, `$2` how many: due ones of all tenants. By `statement_timestamp()`: with `clock_timestamp()`, which is another at
   * every row, the index is no bound and every row that sleeps is read.
   */
  readonly findDue: Statement
  /** `$1` shards: `ms`, how long until the next is due; null: none is. */
  readonly nextDue: Statement
  /** Takes those that are still due, whoever else is at it; the event that each becomes. */
  take(client: pg.ClientBase, found: readonly Found[], time: string): Promise<readonly NxEvent[]>
}

/** Timers that are rows: found across tenants, taken and turned into events in one transaction of their tenants. */
export class RowTimers<Found extends { readonly tenant_id: string }> implements TimerStore {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  readonly #clock: Clock
  readonly #rows: TimedRows<Found>

  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock, rows: TimedRows<Found>) {
    this.#relay = pools.relay
    this.#app = pools.app
    this.#clock = clock
    this.#rows = rows
  }

  /** A condition for a statement whose `$1` are shards: is any of them due? */
  get someDue(): string {
    return this.#rows.someDue
  }

  async fireDue(shards: readonly number[], max: number): Promise<number> {
    const found = await runAlone<Found>(this.#relay, this.#rows.findDue, [shards, max])
    if (found.length === 0) return 0
    const tenants = found.map((row) => row.tenant_id)
    return withRetries(this.#app, async () =>
      inTenants(this.#app, tenants, async (client) => {
        const events = await this.#rows.take(client, found, this.#clock.now().toISOString())
        await appendEvents(
          client,
          events.map((event) => ({ event, routed: true })),
        )
        return events.length
      }),
    )
  }

  async nextDueMs(shards: readonly number[]): Promise<number | null> {
    const rows = await runAlone<{ ms: number | null }>(this.#relay, this.#rows.nextDue, [shards])
    const ms = rows[0]?.ms ?? null
    return ms === null ? null : Math.max(0, Math.ceil(ms))
  }
}
