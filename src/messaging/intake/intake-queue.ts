import { FairRoom } from './fair-room.ts'
import type { TenantLimits } from './tenant-limits.ts'

/** Something that waits for its turn. */
export interface Waiter {
  readonly tenantId: string
  /** Events and dead letters. */
  readonly size: number
  readonly sinceMs: number
}

interface Line<W> {
  readonly waiters: W[]
  /** Events that it may put into the batch in this round and did not. */
  deficit: number
}

/** Events per unit of weight and round: small enough to mix tenants in one batch, large enough to keep a round short. */
const quantum = 50

/**
 * The waiting room before the database: one line per tenant, served in turns by weight (deficit round robin), each at most
 * as long as its share of the room. Requests of one tenant keep their order.
 */
export class IntakeQueue<W extends Waiter> {
  readonly #limits: Pick<TenantLimits, 'intake'>
  readonly #room: FairRoom
  /** By tenant; whose turn it is comes first. */
  readonly #lines = new Map<string, Line<W>>()

  constructor(capacity: number, limits: Pick<TenantLimits, 'intake'>) {
    this.#limits = limits
    this.#room = new FairRoom(capacity)
  }

  /** Events that wait. */
  get events(): number {
    return this.#room.total
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0
  }

  /** false: the room is full, or the tenant's share of it. */
  push(waiter: W): boolean {
    const { tenantId, size } = waiter
    const { weight, waitingEventsMax } = this.#limits.intake(tenantId)
    if (!this.#room.take(tenantId, size, weight, waitingEventsMax)) return false
    const line = this.#lines.get(tenantId)
    if (line === undefined) this.#lines.set(tenantId, { waiters: [waiter], deficit: 0 })
    else line.waiters.push(waiter)
    return true
  }

  /** The next batch: at most `eventsMax` events, and at least one request when any waits. */
  take(eventsMax: number): W[] {
    const batch: W[] = []
    let left = eventsMax
    for (let [turn] = this.#lines; turn !== undefined && left > 0; [turn] = this.#lines) {
      const [tenantId, line] = turn
      line.deficit += quantum * this.#limits.intake(tenantId).weight
      const full = this.#serve(tenantId, line, batch, left)
      left = eventsMax - sizeOf(batch)
      this.#lines.delete(tenantId)
      // Who waits on keeps its claim and its turn comes again; who has nothing left saves nothing up.
      if (line.waiters.length > 0) this.#lines.set(tenantId, line)
      if (full) break
    }
    return batch
  }

  /** Takes out everybody who came before this moment, or all. */
  takeOlder(thanMs = Infinity): W[] {
    const old: W[] = []
    for (const [tenantId, line] of this.#lines) {
      const index = line.waiters.findIndex(({ sinceMs }) => sinceMs >= thanMs)
      const out = line.waiters.splice(0, index === -1 ? line.waiters.length : index)
      for (const { size } of out) this.#room.release(tenantId, size)
      if (line.waiters.length === 0) this.#lines.delete(tenantId)
      old.push(...out)
    }
    return old
  }

  /** Moves what a tenant may have in this round into the batch; true: the next one does not fit into it any more. */
  #serve(tenantId: string, line: Line<W>, batch: W[], room: number): boolean {
    let left = room
    for (let [next] = line.waiters; next !== undefined; [next] = line.waiters) {
      if (next.size > left && batch.length > 0) return true
      if (next.size > line.deficit) return false
      line.waiters.shift()
      line.deficit -= next.size
      left -= next.size
      batch.push(next)
      this.#room.release(tenantId, next.size)
    }
    return false
  }
}

function sizeOf(batch: readonly Waiter[]): number {
  return batch.reduce((sum, { size }) => sum + size, 0)
}
