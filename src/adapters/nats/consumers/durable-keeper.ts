import type { ConsumerInfo, JetStreamManager, StreamInfo } from 'nats'
import type { Clock } from '../../../kernel/clock.ts'
import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { Durables } from './durables.ts'
import type { DurableSpec, PullConsumer } from './pull-consumer.ts'
import { reconcileStreams } from '../reconcile-streams.ts'
import type { StreamTable } from '../streams.ts'

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
const suspectEveryMs = 3_000
const retryMsMax = 5_000
/** JetStream calls under way at once. */
const width = 8

/**
 * Keeps streams and durables as they must be under the consumers that use them: at the start, after every reconnect, when
 * one of them falls silent or is told that its durable is gone, and every half minute. A bus whose data was wiped is made again.
 */
export class DurableKeeper {
  readonly #options: DurableKeeperOptions
  readonly #durables: Durables
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
    this.#durables = new Durables(options.jsm, options.ackWaitMs)
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

  /** What should have been delivered was not: looks at everything, unless it has just done so. */
  suspect(why: string): void {
    if (this.#options.clock.monotonicMs() - this.#inspectedMs > suspectEveryMs) this.repair(why)
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
    for (const consumer of this.#consumers) {
      if (!consumer.askOverdue()) continue
      const { durable } = consumer.spec
      this.#options.logger.warn({ durable }, 'What the bus stored does not come; it is asked for anew')
    }
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
    const infos = await inChunks(consumers, (consumer) => this.#ensure(consumer))
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
        const incarnation = incarnationOf(stream, present)
        if (!consumer.isActive || consumer.isMute() || !consumer.isSameLife(incarnation))
          consumer.resume(incarnation)
      },
    )
  }

  async #ensure(consumer: PullConsumer): Promise<ConsumerInfo> {
    const { spec } = consumer
    const isFirst = consumer.isSameLife('')
    const isActive = consumer.isActive && !consumer.isMute()
    return await this.#durables.ensure(spec, {
      isFirst,
      isActive,
      heldCount: consumer.unsettledCount,
      knownCreated: isFirst ? null : createdOf(consumer.incarnation),
      onMissing: () => {
        if (!isFirst) this.#repaired(`durable ${spec.durable}`)
      },
    })
  }

  /** A durable that is ahead of a stream that lost its end would silently skip everything new. */
  async #remake(spec: DurableSpec): Promise<ConsumerInfo> {
    this.#repaired(`durable ${spec.durable}, which was ahead of its stream`)
    return await this.#durables.remake(spec)
  }

  #repaired(what: string): void {
    // Whoever took it away may have done so in the middle of this look: one that repairs nothing is the last.
    this.#again = true
    this.#options.logger.warn({ what }, 'Made again on the bus')
    this.#options.onRepair?.(what)
  }
}

/** Names one life of a stream and of a durable of it. */
function incarnationOf(stream: StreamInfo | undefined, durable: ConsumerInfo): string {
  return `${String(stream?.created)} ${String(durable.created)}`
}

function createdOf(incarnation: string): string {
  return incarnation.slice(incarnation.indexOf(' ') + 1)
}

async function inChunks<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += width) {
    results.push(...(await Promise.all(items.slice(start, start + width).map(work))))
  }
  return results
}
