import type { ShardProgress } from '../../../src/messaging/bus/event-bus.ts'
import type { Publication } from '../../../src/messaging/bus/publication.ts'
import type { LogPosition, OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import type { OverdueEvents } from '../../../src/messaging/relay/overdue-events.ts'
import { allStored } from '../../support/outgoing.ts'

interface Message {
  readonly position: number
  readonly number: number
  /** Which call of publish brought it. */
  readonly batch: number
}

/**
 * A shard's log, the bus and the consumer as far as a reconciler sees them, moved by hand. Every event counts as old at once, so
 * that age saves nothing. The bus delivers in order; messages that it loses are gone without a trace.
 */
export class SimulatedTransport implements OverdueEvents {
  /** The owner of the shard changes: its durable is gone for a moment. */
  durableIsGone = false
  readonly published: Array<{ readonly position: string; readonly number: number }> = []
  /** Repairs of events that the bus still held, or that were applied. */
  readonly needlessRepairs: string[] = []
  losses = 0
  beforeProgress: () => void = () => {}
  afterProgress: () => void = () => {}
  #committed = 0
  #cursor = 0
  #batch = 0
  readonly #applied = new Set<number>()
  #stream: Message[] = []
  #settledTo: number | null = null

  commit(count: number): void {
    this.#committed += count
  }

  /** The relay: the next ones behind its cursor, in order. */
  publishNext(count: number): void {
    const end = Math.min(this.#committed, this.#cursor + count)
    this.#batch += 1
    for (let position = this.#cursor + 1; position <= end; position += 1) this.#put({ position, number: 1 })
    this.#cursor = end
  }

  /** The consumer takes the next messages of the stream. */
  applyNext(count: number): void {
    for (const { position, number } of this.#stream.splice(0, count)) {
      this.#applied.add(position)
      // The bus tells the position of the last message that is done, whatever else is in front of it; of a repair it tells none.
      this.#settledTo = number === 1 ? position : null
    }
  }

  lose(index: number): void {
    if (this.#stream.length === 0) return
    this.#stream.splice(index % this.#stream.length, 1)
    this.losses += 1
  }

  /** Two messages of one batch that came to the stream the other way round: they were in flight together. */
  swap(index: number): void {
    const [first, second] = [this.#stream[index], this.#stream[index + 1]]
    if (first === undefined || second === undefined || first.batch !== second.batch) return
    this.#stream.splice(index, 2, second, first)
  }

  wipe(): void {
    this.losses += this.#stream.length
    this.#stream = []
    this.#settledTo = null
  }

  step(what: 'commit' | 'publish' | 'apply' | 'lose' | 'swap' | 'wipe', n: number): void {
    if (what === 'commit') this.commit(n)
    else if (what === 'publish') this.publishNext(n)
    else if (what === 'apply') this.applyNext(n)
    else if (what === 'lose') this.lose(n)
    else if (what === 'swap') this.swap(n)
    else this.wipe()
  }

  backlogNow(): number {
    return this.#stream.length
  }

  repaired(): readonly string[] {
    return this.published.filter(({ number }) => number > 1).map(({ position }) => position)
  }

  unapplied(): readonly number[] {
    return this.#positions().filter((position) => !this.#applied.has(position))
  }

  async overdue(): Promise<readonly OutgoingEvent[]> {
    return this.#positions()
      .filter((position) => position <= this.#cursor && !this.#applied.has(position))
      .map((position) => ({
        position: at(position),
        shard: 1,
        eventId: `event-${position}`,
        tenantSlug: 'acme',
        entityKey: `default/lead/${position}`,
        type: 'lead.created',
        message: '{}',
      }))
  }

  async newest(): Promise<ReadonlyMap<number, LogPosition>> {
    return new Map([[1, at(this.#committed)]])
  }

  async progress(): Promise<ShardProgress | null> {
    this.beforeProgress()
    const progress = {
      backlog: this.#stream.length,
      settledTo: this.#settledTo === null ? null : at(this.#settledTo),
    }
    this.afterProgress()
    return this.durableIsGone ? null : progress
  }

  async publish(events: readonly OutgoingEvent[], number = 1): Promise<Publication> {
    this.#batch += 1
    for (const { position } of events) {
      const log = Number(position.pos)
      const held = this.#stream.some((message) => message.position === log)
      if (held || this.#applied.has(log)) this.needlessRepairs.push(position.pos)
      this.#put({ position: log, number })
    }
    return allStored(events)
  }

  #put(message: Omit<Message, 'batch'>): void {
    this.#stream.push({ ...message, batch: this.#batch })
    this.published.push({ position: String(message.position), number: message.number })
  }

  #positions(): readonly number[] {
    return Array.from({ length: this.#committed }, (_, index) => index + 1)
  }
}

function at(position: number): LogPosition {
  return { txid: '1', pos: String(position) }
}
