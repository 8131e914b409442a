import { AckPolicy, DeliverPolicy, nanos } from 'nats'
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from 'nats'
import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { DurableSpec, PullConsumer } from './pull-consumer.ts'
import { apiError, apiErrorCode, reconcileStreams } from './streams.ts'
import type { StreamTable } from './streams.ts'

export interface DurableKeeperOptions {
  readonly jsm: JetStreamManager
  readonly table: StreamTable
  readonly ackWaitMs: number
  readonly clock: Clock
  readonly logger: Logger
  /** How often everything is looked at without a reason, milliseconds. */
  readonly inspectEveryMs?: number
  /** A stream or durable had to be made again: what it held is lost and must come from the log. */
  readonly onRepair?: (what: string) => void
}

const watchEveryMs = 1_000
const retryMsMin = 250
const retryMsMax = 5_000
/** JetStream calls under way at once. */
const width = 8

/**
 * Keeps streams and durables as they must be under the consumers that use them: at the start, after every reconnect, when
 * one of them falls silent or is told that its durable is gone, and every half minute. A bus whose data was wiped is made again.
 */
export class DurableKeeper {
  readonly #options: DurableKeeperOptions
  readonly #consumers = new Set<PullConsumer>()
  /** Closed ones whose last messages are still being worked on. */
  readonly #retired = new Set<PullConsumer>()
  readonly #watch: NodeJS.Timeout
  #sweeping: Promise<void> | null = null
  #again = false
  #retry: NodeJS.Timeout | null = null
  #retryMs = retryMsMin
  #inspectedMs: number
  #connected = true
  #disconnects = 0
  #stopped = false

  constructor(options: DurableKeeperOptions) {
    this.#options = options
    this.#inspectedMs = options.clock.monotonicMs()
    this.#watch = setInterval(() => this.#look(), watchEveryMs)
  }

  /** Makes sure of the durable and lets the consumer start. Throws what JetStream answers. */
  async add(consumer: PullConsumer): Promise<void> {
    this.#consumers.add(consumer)
    try {
      await this.#settleOn([consumer])
    } catch (error) {
      this.#consumers.delete(consumer)
      throw error
    }
  }

  remove(consumer: PullConsumer): void {
    if (this.#consumers.delete(consumer) && !consumer.isSettled) this.#retired.add(consumer)
  }

  disconnected(): void {
    this.#connected = false
    this.#disconnects += 1
    for (const consumer of [...this.#consumers, ...this.#retired]) consumer.suspend()
    this.#retired.clear()
  }

  reconnected(): void {
    this.#connected = true
    this.#retryMs = retryMsMin
    this.repair('reconnected')
  }

  /** Looks at everything soon. Calls while it looks lead to one more look. */
  repair(why: string): void {
    if (this.#stopped || !this.#connected) return
    if (this.#sweeping !== null || this.#retry !== null) {
      this.#again = true
      return
    }
    this.#options.logger.debug({ why }, 'Looking after streams and durables')
    this.#sweeping = this.#sweep().finally(() => {
      this.#sweeping = null
      if (this.#again && this.#retry === null) this.#later(retryMsMin)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#watch)
    if (this.#retry !== null) clearTimeout(this.#retry)
    await this.#sweeping
  }

  #look(): void {
    const { clock, inspectEveryMs = 30_000 } = this.#options
    for (const consumer of this.#retired) if (consumer.isSettled) this.#retired.delete(consumer)
    if ([...this.#consumers].some((consumer) => consumer.isMute())) this.repair('a consumer is silent')
    else if (clock.monotonicMs() - this.#inspectedMs > inspectEveryMs) this.repair('routine')
  }

  #later(ms: number): void {
    if (this.#stopped) return
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#again = false
      this.repair('again')
    }, ms)
  }

  async #sweep(): Promise<void> {
    this.#inspectedMs = this.#options.clock.monotonicMs()
    try {
      await this.#settleOn([...this.#consumers])
      this.#retryMs = retryMsMin
    } catch (error) {
      if (this.#stopped || !this.#connected) return
      const fields = { error: errorText(error), retryMs: this.#retryMs }
      this.#options.logger.warn(
        fields,
        'Streams and durables could not be looked after; it will be tried again',
      )
      this.#later(this.#retryMs)
      this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax)
    }
  }

  async #settleOn(consumers: readonly PullConsumer[]): Promise<void> {
    const { jsm, table } = this.#options
    const disconnects = this.#disconnects
    const before = await reconcileStreams(jsm, table, (name) => this.#repaired(`stream ${name}`))
    const infos = await inChunks(consumers, (consumer) =>
      this.#ensureDurable(consumer.spec, consumer.isSameLife('')),
    )
    // The durables first, then the streams: the other way round, a stream that grows looks shorter than what was delivered.
    const streams = new Map(before)
    for (const name of before.keys()) streams.set(name, await jsm.streams.info(name))
    await inChunks(
      consumers.map((consumer, index) => ({ consumer, info: infos[index] as ConsumerInfo })),
      async ({ consumer, info }) => {
        const stream = streams.get(consumer.spec.stream)
        const lastSeq = stream?.state.last_seq ?? 0
        const ahead = info.delivered.stream_seq > lastSeq
        const present = ahead ? await this.#remake(consumer.spec) : info
        // What was seen before the connection was lost says nothing about the server behind the next one.
        if (disconnects !== this.#disconnects) return
        const incarnation = `${String(stream?.created)} ${String(present.created)}`
        if (!consumer.isActive || consumer.isMute() || !consumer.isSameLife(incarnation))
          consumer.resume(incarnation)
      },
    )
  }

  async #ensureDurable(spec: DurableSpec, isFirst: boolean): Promise<ConsumerInfo> {
    const { jsm, ackWaitMs } = this.#options
    const wanted = durableConfig(spec, ackWaitMs)
    try {
      const info = await jsm.consumers.info(spec.stream, spec.durable)
      if (info.config.max_ack_pending === wanted.max_ack_pending && info.config.ack_wait === wanted.ack_wait)
        return info
      return await jsm.consumers.update(spec.stream, spec.durable, wanted)
    } catch (error) {
      if (apiErrorCode(error) !== apiError.consumerNotFound) throw error
      if (!isFirst) this.#repaired(`durable ${spec.durable}`)
      return await jsm.consumers.add(spec.stream, wanted)
    }
  }

  /** A durable that is ahead of a stream that lost its end would silently skip everything new. */
  async #remake(spec: DurableSpec): Promise<ConsumerInfo> {
    this.#repaired(`durable ${spec.durable}, which was ahead of its stream`)
    await this.#options.jsm.consumers.delete(spec.stream, spec.durable)
    return await this.#options.jsm.consumers.add(spec.stream, durableConfig(spec, this.#options.ackWaitMs))
  }

  #repaired(what: string): void {
    this.#options.logger.warn({ what }, 'Made again on the bus')
    this.#options.onRepair?.(what)
  }
}

/** Attempts and backoff live in Postgres: the bus delivers until it is acknowledged. One filter: servers before 2.10 know no more. */
function durableConfig(spec: DurableSpec, ackWaitMs: number): Partial<ConsumerConfig> {
  return {
    durable_name: spec.durable,
    filter_subject: spec.filterSubject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: spec.prefetchMax,
  }
}

async function inChunks<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += width) {
    results.push(...(await Promise.all(items.slice(start, start + width).map(work))))
  }
  return results
}
