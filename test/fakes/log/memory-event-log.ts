import { errorText } from '../../../src/kernel/errors.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import { entityKey, shardOf } from '../../../src/messaging/events/entity-key.ts'
import type { LoggedEvent, NxEvent } from '../../../src/messaging/events/event.ts'
import { wireEventOf } from '../../../src/messaging/events/wire-event.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { EventLogOutbox, LogPosition, OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import type { OverdueEvents } from '../../../src/messaging/relay/overdue-events.ts'

/** A committed row. */
export interface LogRow {
  readonly txid: number
  readonly pos: number
  readonly atMs: number
  readonly event: LoggedEvent
}

interface Cursor {
  readonly txid: number
  readonly pos: number
}

/** An open transaction that writes to the log. Nobody sees its rows before `commit`; nobody passes its txid meanwhile. */
export interface LogTransaction {
  readonly txid: number
  state: 'open' | 'committed' | 'aborted'
  append(event: NxEvent): LoggedEvent
  commit(): void
  abort(): void
}

export interface MemoryEventLogOptions {
  readonly clock: Clock
  readonly epochOf: (shard: number) => string | null
  readonly appliedSeq: (tenantId: string, key: string) => number
  /** Default: shardOf. */
  readonly shard?: (tenantId: string, key: string) => number
  readonly tenantSlug?: string
}

/** The event log in memory: transactions with numbers, locks on the heads of entities, and what the relay and the reconciler read. */
export class MemoryEventLog implements EventLogOutbox, OverdueEvents {
  /** In the order of their commits. */
  readonly rows: LogRow[] = []
  readonly troubles: string[] = []
  readonly #options: MemoryEventLogOptions
  readonly #heads = new Map<string, number>()
  readonly #locks = new Map<string, LogTransaction>()
  readonly #open = new Set<LogTransaction>()
  readonly #published = new Map<number, Cursor>()
  readonly #reconciled = new Map<number, Cursor>()
  #txids = 100
  #positions = 0

  constructor(options: MemoryEventLogOptions) {
    this.#options = options
  }

  /** The last number given in an entity's order by a commit; 0: none. `key` is `<tenant id>/<entity key>`. */
  head(key: string): number {
    return this.#heads.get(key) ?? 0
  }

  heads(): ReadonlyMap<string, number> {
    return this.#heads
  }

  /** Is the head of one of these entities (default: of any) held by an open transaction? */
  isLocked(keys?: readonly string[]): boolean {
    return keys === undefined ? this.#locks.size > 0 : keys.some((key) => this.#locks.has(key))
  }

  /** Begins a transaction that writes to these entities; null while another one does. */
  begin(keys: readonly string[]): LogTransaction | null {
    if (this.isLocked(keys)) return null
    const held = [...new Set(keys)]
    const rows: LogRow[] = []
    const ended = (state: 'committed' | 'aborted'): boolean => {
      if (transaction.state !== 'open') return false
      transaction.state = state
      this.#open.delete(transaction)
      for (const key of held) this.#locks.delete(key)
      return true
    }
    const transaction: LogTransaction = {
      txid: this.#txids++,
      state: 'open',
      append: (event) => {
        if (transaction.state !== 'open') throw new Error('The transaction is over')
        const row = this.#row(transaction.txid, event, rows)
        rows.push(row)
        return row.event
      },
      commit: () => {
        if (!ended('committed')) throw new Error('The transaction is over')
        this.rows.push(...rows)
        for (const { event } of rows) this.#heads.set(keyOf(event), event.entitySeq)
      },
      abort: () => void ended('aborted'),
    }
    this.#open.add(transaction)
    for (const key of held) this.#locks.set(key, transaction)
    return transaction
  }

  /** Breaks off every open transaction, as a server that goes down does. */
  abortAll(): void {
    for (const transaction of [...this.#open]) transaction.abort()
  }

  async unpublished(leases: readonly ShardLease[], perShardMax: number): Promise<readonly OutgoingEvent[]> {
    const fence = this.fence()
    return this.#held(leases).flatMap((shard) =>
      this.#behind(shard, this.#published.get(shard))
        .filter(({ txid }) => txid < fence)
        .slice(0, perShardMax)
        .map((row) => this.#outgoing(row)),
    )
  }

  async advance(moves: readonly { lease: ShardLease; to: LogPosition }[]): Promise<readonly number[]> {
    const held = new Set(this.#held(moves.map(({ lease }) => lease)))
    for (const { lease, to } of moves) {
      const next = { txid: Number(to.txid), pos: Number(to.pos) }
      const now = this.#published.get(lease.shard)
      if (held.has(lease.shard) && (now === undefined || compare(now, next) < 0))
        this.#published.set(lease.shard, next)
    }
    return moves.map(({ lease }) => lease.shard).filter((shard) => !held.has(shard))
  }

  async recordTrouble(eventIds: readonly string[], why: unknown): Promise<void> {
    for (const id of eventIds) this.troubles.push(`${id}: ${errorText(why)}`)
  }

  async entityRange(
    tenantId: string,
    key: string,
    fromSeq: number,
    toSeq: number,
  ): Promise<readonly LoggedEvent[]> {
    return this.rows
      .map(({ event }) => event)
      .filter((event) => keyOf(event) === `${tenantId}/${key}`)
      .filter(({ entitySeq }) => entitySeq >= fromSeq && entitySeq < toSeq)
      .toSorted((a, b) => a.entitySeq - b.entitySeq)
  }

  async overdue(
    leases: readonly ShardLease[],
    { olderThanMs, perShardMax }: { readonly olderThanMs: number; readonly perShardMax: number },
  ): Promise<readonly OutgoingEvent[]> {
    const before = this.#now() - olderThanMs
    return this.#held(leases).flatMap((shard) => {
      const published = this.#published.get(shard)
      if (published === undefined) return []
      const scanned = this.#behind(shard, this.#reconciled.get(shard))
        .filter((row) => compare(row, published) <= 0)
        .slice(0, perShardMax)
      const firstMissing = scanned.findIndex(({ event }) => !this.#applied(event))
      const passed = scanned[(firstMissing === -1 ? scanned.length : firstMissing) - 1]
      if (passed !== undefined) this.#reconciled.set(shard, { txid: passed.txid, pos: passed.pos })
      return scanned
        .filter(({ event, atMs }) => !this.#applied(event) && atMs < before)
        .map((row) => this.#outgoing(row))
    })
  }

  async newest(shards: readonly number[]): Promise<ReadonlyMap<number, LogPosition>> {
    return new Map(
      shards.map((shard) => {
        const cursor = this.#published.get(shard)
        const { txid, pos } = this.#behind(shard, cursor).at(-1) ?? cursor ?? { txid: 0, pos: 0 }
        return [shard, { txid: String(txid), pos: String(pos) }]
      }),
    )
  }

  /** Everything below has ended: nothing can come in before it any more. */
  protected fence(): number {
    return Math.min(this.#txids, ...[...this.#open].map(({ txid }) => txid))
  }

  #row(txid: number, event: NxEvent, before: readonly LogRow[]): LogRow {
    const key = keyOf(event)
    const own = before.filter((row) => keyOf(row.event) === key).length
    const { shard = shardOf } = this.#options
    const logged: LoggedEvent = {
      ...event,
      shard: shard(event.tenantId, entityKey(event.workspace, event.subject)),
      entitySeq: this.head(key) + own + 1,
      acceptedAt: this.#options.clock.now().toISOString(),
    }
    this.#positions += 1
    return { txid, pos: this.#positions, atMs: this.#now(), event: logged }
  }

  #outgoing({ txid, pos, event, atMs }: LogRow): OutgoingEvent {
    const { tenantSlug = 'acme' } = this.#options
    return {
      position: { txid: String(txid), pos: String(pos) },
      shard: event.shard,
      eventId: event.id,
      tenantSlug,
      entityKey: entityKey(event.workspace, event.subject),
      type: event.type,
      message: wireEventOf(event, tenantSlug),
      ageMs: this.#now() - atMs,
    }
  }

  /** Shards whose lease is still what the caller takes it for. */
  #held(leases: readonly ShardLease[]): readonly number[] {
    return leases.flatMap(({ shard, epoch }) => (this.#options.epochOf(shard) === epoch ? [shard] : []))
  }

  #behind(shard: number, cursor: Cursor = { txid: 0, pos: 0 }): readonly LogRow[] {
    return this.rows
      .filter((row) => row.event.shard === shard && compare(row, cursor) > 0)
      .toSorted((a, b) => compare(a, b))
  }

  #applied(event: LoggedEvent): boolean {
    const key = entityKey(event.workspace, event.subject)
    return this.#options.appliedSeq(event.tenantId, key) >= event.entitySeq
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }
}

function compare(a: Cursor, b: Cursor): number {
  return a.txid - b.txid || a.pos - b.pos
}

/** The name of an event's entity among all tenants' entities. */
export function keyOf(event: NxEvent): string {
  return `${event.tenantId}/${entityKey(event.workspace, event.subject)}`
}
