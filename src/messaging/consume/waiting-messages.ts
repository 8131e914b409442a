import type { BusMessage } from '../bus/event-bus.ts'

/** Up to so many of several tenants wait: they go so many of each at once, and none waits for all of another's. */
const fewMax = 64
const fewOfEach = 4

/**
 * Messages that wait for a worker, a line per tenant, served in turns: whatever one tenant's timers or a flood bring, another's event
 * is in the next batch. Those of one tenant keep their order.
 */
export class WaitingMessages {
  readonly #batchMax: number
  /** By tenant; whose turn it is comes first. */
  readonly #lines = new Map<string, BusMessage[]>()
  #count = 0

  /** `batchMax`: most of one batch. */
  constructor(batchMax: number) {
    this.#batchMax = batchMax
  }

  get count(): number {
    return this.#count
  }

  push(message: BusMessage): void {
    const { tenantId } = message.event
    const line = this.#lines.get(tenantId)
    if (line === undefined) this.#lines.set(tenantId, [message])
    else line.push(message)
    this.#count += 1
  }

  /** The next batch; empty when none waits. */
  take(): BusMessage[] {
    const share = this.#share
    const batch: BusMessage[] = []
    for (const [tenantId, line] of [...this.#lines]) {
      if (batch.length >= this.#batchMax) break
      batch.push(...line.splice(0, Math.min(share, this.#batchMax - batch.length)))
      this.#lines.delete(tenantId)
      if (line.length > 0) this.#lines.set(tenantId, line)
    }
    this.#count -= batch.length
    return batch
  }

  takeAll(): BusMessage[] {
    const all = [...this.#lines.values()].flat()
    this.#lines.clear()
    this.#count = 0
    return all
  }

  /** Most of each tenant. */
  get #share(): number {
    const tenants = this.#lines.size
    return tenants === 1 || this.#count > fewMax ? Math.ceil(this.#batchMax / tenants) : fewOfEach
  }
}
