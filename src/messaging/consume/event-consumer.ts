import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Service } from '../../kernel/service.ts'
import type { BusMessage, EventBus, Subscription } from '../bus/event-bus.ts'
import type { LoggedEvent } from '../events/event.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'
import { UnsettledEvents } from './unsettled-events.ts'
import { WaitingMessages } from './waiting-messages.ts'

/**
 * What is done with a batch of events. Resolves after the commit; throws UnsettledEvents when all but those were committed, and
 * anything else when nothing may be said of any of them.
 */
export type ProcessEvents = (events: readonly LoggedEvent[], leases: readonly ShardLease[]) => Promise<void>

export interface EventConsumerOptions {
  readonly bus: EventBus
  readonly process: ProcessEvents
  readonly leases: () => readonly ShardLease[]
  readonly onLeaseLost: () => void
  readonly clock: Clock
  readonly logger: Logger
  readonly crashPoints?: CrashPoints
  /** Batches under way at once. A shard always belongs to the same worker, so its order holds. */
  readonly workers?: number
  /** Most events of one transaction. Default 200. */
  readonly batchMax?: number
  /** Messages of a shard, of up to 16 events each, that may wait in this process. */
  readonly prefetchMax?: number
}

/** After how long an event of a shard that is not ours any more comes again, to whoever owns it then. */
const notOwnedMs = 250

/**
 * Takes events of the owned shards from the bus and processes them in batches; acknowledges after the commit. What arrives
 * while a batch is in the database makes up the next one.
 */
export class EventConsumer implements Service {
  readonly name = 'event-consumer'
  readonly counters = { processed: 0, batches: 0, failures: 0, returned: 0 }
  lastSuccessMs: number | null = null
  readonly #options: EventConsumerOptions
  readonly #workers: Worker[]
  readonly #subscriptions = new Map<number, { readonly epoch: string; readonly subscription: Subscription }>()
  #following: Promise<void> = Promise.resolve()
  #stopped = true

  constructor(options: EventConsumerOptions) {
    this.#options = options
    const { workers = 2, batchMax = 200 } = options
    this.#workers = Array.from({ length: workers }, () => ({
      queue: new WaitingMessages(batchMax),
      busy: null,
    }))
  }

  async start(): Promise<void> {
    this.#stopped = false
    await this.follow(this.#options.leases())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.follow([])
    for (const worker of this.#workers) {
      for (const message of worker.queue.takeAll()) this.#giveBack(message, 0)
      await worker.busy
    }
  }

  /**
   * Subscribes to the shards that are owned now and leaves the others. A shard that somebody else owned meanwhile is joined
   * anew: a subscription from before may not be served any more. One call after another: two that overlap would both
   * subscribe to a new shard, and the one that is forgotten would go on taking messages. Throws what the bus throws; what
   * could be joined is joined then, and the next call tries the rest.
   */
  async follow(leases: readonly ShardLease[]): Promise<void> {
    const turn = this.#following.then(async () => await this.#followNow(leases))
    this.#following = turn.catch(() => {})
    await turn
  }

  async #followNow(leases: readonly ShardLease[]): Promise<void> {
    const wanted = new Map((this.#stopped ? [] : leases).map(({ shard, epoch }) => [shard, epoch]))
    const leaving = [...this.#subscriptions].filter(([shard, { epoch }]) => wanted.get(shard) !== epoch)
    for (const [shard] of leaving) this.#subscriptions.delete(shard)
    const joining = [...wanted].filter(([shard]) => !this.#subscriptions.has(shard))
    await allDone(leaving.map(async ([, { subscription }]) => await subscription.close()))
    await allDone(joining.map(async ([shard, epoch]) => await this.#join(shard, epoch)))
  }

  async #join(shard: number, epoch: string): Promise<void> {
    const worker = this.#workers[shard % this.#workers.length]
    if (worker === undefined) return
    const { bus, prefetchMax = 32 } = this.#options
    const subscription = await bus.subscribe(shard, prefetchMax, (message) => {
      worker.queue.push(message)
      this.#turn(worker)
    })
    this.#subscriptions.set(shard, { epoch, subscription })
  }

  #turn(worker: Worker): void {
    if (worker.busy !== null || worker.queue.count === 0) return
    worker.busy = this.#processNext(worker).finally(() => {
      worker.busy = null
      this.#turn(worker)
    })
  }

  async #processNext(worker: Worker): Promise<void> {
    const batch = worker.queue.take()
    if (this.#stopped) {
      for (const message of batch) this.#giveBack(message, 0)
      return
    }
    const owned = new Map(this.#options.leases().map((lease) => [lease.shard, lease]))
    const mine = batch.filter((message) => owned.has(message.event.shard))
    // Not at once: until the subscription is closed it would come straight back, over and over.
    for (const message of batch) if (!owned.has(message.event.shard)) this.#giveBack(message, notOwnedMs)
    if (mine.length === 0) return
    const { crashPoints = noCrashPoints } = this.#options
    const shards = new Set(mine.map((message) => message.event.shard))
    try {
      crashPoints.reach('consumer.before_transaction')
      await this.#options.process(
        mine.map((message) => message.event),
        [...shards].flatMap((shard) => owned.get(shard) ?? []),
      )
      crashPoints.reach('consumer.after_commit')
      for (const message of mine) message.ack()
      crashPoints.reach('consumer.after_ack')
      this.counters.processed += mine.length
      this.counters.batches += 1
      this.lastSuccessMs = this.#options.clock.monotonicMs()
    } catch (error) {
      if (error instanceof UnsettledEvents) return this.#partlyDone(mine, error)
      this.#failed(mine, error)
    }
  }

  /** Others must not wait for the few that could not be stored now. */
  #partlyDone(messages: readonly BusMessage[], { events, cause }: UnsettledEvents): void {
    const unsettled = new Set(events.map(({ id }) => id))
    const done = messages.filter(({ event }) => !unsettled.has(event.id))
    for (const message of done) message.ack()
    this.counters.processed += done.length
    this.#failed(
      messages.filter(({ event }) => unsettled.has(event.id)),
      cause,
    )
  }

  #failed(messages: readonly BusMessage[], error: unknown): void {
    this.counters.failures += 1
    const lost = error instanceof NxError && error.code === 'NX-LEASE-LOST'
    if (lost) this.#options.onLeaseLost()
    this.#options.logger.warn(
      { events: messages.length, error: errorText(error) },
      'A batch was not processed; it comes again',
    )
    for (const message of messages) this.#giveBack(message, lost ? 0 : 1_000)
  }

  #giveBack(message: BusMessage, delayMs: number): void {
    this.counters.returned += 1
    message.retryLater(delayMs)
  }
}

/** Waits for every one of them, then throws the first failure: nothing goes on behind the caller's back. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason
}

interface Worker {
  readonly queue: WaitingMessages
  busy: Promise<void> | null
}
