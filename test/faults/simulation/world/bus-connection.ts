import { NxError } from '../../../../src/kernel/errors.ts'
import type {
  BusMessage,
  EventBus,
  ShardProgress,
  Subscription,
} from '../../../../src/messaging/bus/event-bus.ts'
import { publicationOf } from '../../../../src/messaging/bus/publication.ts'
import type { Publication } from '../../../../src/messaging/bus/publication.ts'
import type { OutgoingEvent } from '../../../../src/messaging/relay/event-log.ts'
import type { MemoryEventBus } from '../../../fakes/memory-event-bus.ts'
import type { SeededRandom } from '../../../support/seeded-random.ts'
import { never } from './simulated-process.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { asOwner } from './virtual-time.ts'
import type { VirtualTime } from './virtual-time.ts'

/** After how long the bus delivers again what nobody answered. */
const ackWaitMs = 30_000
const publishTimeoutMs = 5_000

/** The one bus of a simulation, and how badly it behaves now. */
export interface SimulatedBus {
  readonly bus: MemoryEventBus
  /** Share of publications and acknowledgements whose answer does not come. */
  answersLost: number
  /** It takes what it is sent and does not answer. */
  hangs: boolean
}

/** What one process sees of the bus: publications overtake each other across entities, answers get lost, deliveries take time. */
export class BusConnection implements Pick<
  EventBus,
  'publish' | 'subscribe' | 'progress' | 'nudge' | 'onNudge'
> {
  readonly #world: SimulatedBus
  readonly #process: SimulatedProcess
  readonly #time: VirtualTime
  readonly #random: SeededRandom

  constructor(options: {
    world: SimulatedBus
    process: SimulatedProcess
    time: VirtualTime
    random: SeededRandom
  }) {
    this.#world = options.world
    this.#process = options.process
    this.#time = options.time
    this.#random = options.random
  }

  /** In flight together across entities, one after another within one. */
  async publish(events: readonly OutgoingEvent[], publishNumber = 1): Promise<Publication> {
    if (this.#process.state === 'dead') return await never()
    const stored = new Set<string>()
    const chains = [...Map.groupBy(events, ({ entityKey }) => entityKey).values()]
    await Promise.all(chains.map(async (chain) => await this.#publishChain(chain, publishNumber, stored)))
    return publicationOf(
      events,
      (index) => stored.has(events[index]?.eventId ?? ''),
      () => ({ kind: 'away', why: 'The bus does not answer' }),
    )
  }

  async subscribe(
    shard: number,
    prefetchMax: number,
    deliver: (message: BusMessage) => void,
  ): Promise<Subscription> {
    await this.#travel()
    this.#requireAnswer()
    const { bus } = this.#world
    const process = this.#process
    // One connection: what was sent first comes first.
    let lastMs = 0
    const subscription = await asOwner(undefined, async () =>
      bus.subscribe(shard, prefetchMax, (message) => {
        const arriving = this.#wrap(message)
        lastMs = Math.max(lastMs + 0.01, this.#time.nowMs + this.#random.between(0.2, 3))
        this.#time.schedule(lastMs - this.#time.nowMs, () => deliver(arriving), process)
      }),
    )
    await this.#time.delay(this.#random.between(0.2, 3), process)
    return {
      close: async () => {
        if (this.#isDead()) return await never()
        await asOwner(undefined, async () => subscription.close())
      },
    }
  }

  async progress(shard: number): Promise<ShardProgress | null> {
    await this.#travel()
    this.#requireAnswer()
    const progress = await this.#world.bus.progress(shard)
    await this.#time.delay(this.#random.between(0.2, 3), this.#process)
    return progress
  }

  nudge(topic: 'events' | 'control'): void {
    if (!this.#isDead()) asOwner(undefined, () => this.#world.bus.nudge(topic))
  }

  onNudge(topic: 'events' | 'control', listener: () => void): () => void {
    return this.#world.bus.onNudge(topic, () => this.#time.schedule(1, listener, this.#process))
  }

  async #publishChain(
    chain: readonly OutgoingEvent[],
    publishNumber: number,
    stored: Set<string>,
  ): Promise<void> {
    for (const event of chain) {
      await this.#travel()
      const { bus, hangs, answersLost } = this.#world
      const arrived = await asOwner(undefined, async () => bus.publish([event], publishNumber))
      if (arrived.get(event.shard)?.state !== 'complete' || hangs || this.#random.chance(answersLost)) {
        await this.#time.delay(bus.reachable ? publishTimeoutMs : 50, this.#process)
        return
      }
      await this.#time.delay(this.#random.between(0.2, 3), this.#process)
      stored.add(event.eventId)
    }
  }

  /** Answers to a delivery travel too; one that is lost means the same delivery once more, later. */
  #wrap(message: BusMessage): BusMessage {
    const send = (answer: (message: BusMessage) => void): void => {
      if (this.#isDead()) return
      const isLost = !this.#world.bus.reachable || this.#random.chance(this.#world.answersLost)
      const travelMs = this.#random.between(0.2, 3)
      this.#time.schedule(
        travelMs,
        () => (isLost ? message.retryLater(ackWaitMs) : answer(message)),
        undefined,
      )
    }
    return {
      event: message.event,
      ack: () => send((one) => one.ack()),
      retryLater: (delayMs) => send((one) => one.retryLater(delayMs)),
    }
  }

  async #travel(): Promise<void> {
    if (this.#isDead()) return await never()
    await asOwner(undefined, async () => await this.#time.delay(this.#random.between(0.2, 6)))
    if (this.#isDead() && this.#random.chance(0.5)) return await never()
  }

  #requireAnswer(): void {
    if (this.#world.bus.reachable && !this.#world.hangs) return
    throw new NxError('unreachable', 'NX-BUS-UNREACHABLE', 'The bus does not answer', { retryable: true })
  }

  #isDead(): boolean {
    return this.#process.state === 'dead'
  }
}
