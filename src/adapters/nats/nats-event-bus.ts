import { Events, NatsError } from 'nats'
import type { JetStreamManager, NatsConnection } from 'nats'
import type { Clock } from '../../kernel/clock.ts'
import { NxError, errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type {
  BusMessage,
  EventBus,
  IngestBus,
  IngestMessage,
  Subscription,
} from '../../messaging/bus/event-bus.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import { decodeWireEvent } from '../../messaging/events/wire-event.ts'
import type { OutgoingEvent } from '../../messaging/relay/event-log.ts'
import { callFailed, notConnected, requireJetStream } from './bus-failures.ts'
import { DurableKeeper } from './durable-keeper.ts'
import { EventPublisher } from './event-publisher.ts'
import { answerIngestRequests, tenantSlugOf } from './ingest-requests.ts'
import { openNatsConnection } from './nats-connection.ts'
import { Nudges } from './nudges.ts'
import type { NudgeTopic } from './nudges.ts'
import { PullConsumer } from './pull-consumer.ts'
import type { Delivery, DurableSpec } from './pull-consumer.ts'
import { eventsStream, ingestStream, reconcileStreams, streamTable } from './streams.ts'
import type { StreamOptions } from './streams.ts'

export interface NatsEventBusOptions {
  /** `nats://user:password@host:port`, several servers separated by commas. */
  readonly url: string
  /** Shown in the server's connection list. Default `neuronx`. */
  readonly name?: string
  readonly clock: Clock
  readonly logger: Logger
  readonly streams?: StreamOptions
  /** How long the first connection is tried for, milliseconds. Default 30 s. */
  readonly connectMs?: number
  /** How long a delivered message may stay without acknowledgement before it comes again. Default 30 s. */
  readonly ackWaitMs?: number
  /** How long a request for messages waits at the server; with 64 shards idle, 5 s cost 4 ms CPU a second. Default 15 s. */
  readonly pullExpiresMs?: number
  /** How long a publish waits without any sign of life. Default 5 s. */
  readonly publishAckMs?: number
  /** How long a JetStream call may take. Default 5 s. */
  readonly callMs?: number
  /** A message under nx.events that is none of ours: it was acknowledged and will not come again. */
  readonly onUndecodable?: (subject: string, error: unknown) => void
  /** Streams or durables were gone and have been made again: what the log holds unprocessed must be published again. */
  readonly onRepair?: (what: string) => void
}

/** How long `close` waits for the server to take the last acknowledgements. */
const closeMs = 3_000

/**
 * Connects to NATS and brings its streams into shape. Throws NX-BUS-URL, NX-BUS-AUTH, NX-BUS-UNREACHABLE,
 * NX-BUS-NO-JETSTREAM and NX-BUS-STREAM. From then on it survives restarts and wipes of the server.
 */
export async function openNatsEventBus(options: NatsEventBusOptions): Promise<NatsEventBus> {
  const { url, name = 'neuronx', connectMs = 30_000, callMs = 5_000, clock, logger } = options
  const connection = await openNatsConnection({ url, name, connectMs, clock, logger })
  try {
    const jsm = await connection.jetstreamManager({ checkAPI: false, timeout: callMs })
    await requireJetStream(jsm)
    await reconcileStreams(jsm, streamTable(options.streams))
    return new NatsEventBus(connection, jsm, options)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** EventBus and IngestBus over NATS JetStream. Closed by whoever opened it. */
export class NatsEventBus implements EventBus, IngestBus, AsyncDisposable {
  readonly #connection: NatsConnection
  readonly #jsm: JetStreamManager
  readonly #options: NatsEventBusOptions
  readonly #keeper: DurableKeeper
  readonly #publisher: EventPublisher
  readonly #nudges: Nudges
  #connected = true
  #closing: Promise<void> | null = null

  constructor(connection: NatsConnection, jsm: JetStreamManager, options: NatsEventBusOptions) {
    const { clock, logger, ackWaitMs = 30_000, publishAckMs = 5_000, onRepair } = options
    this.#connection = connection
    this.#jsm = jsm
    this.#options = options
    this.#keeper = new DurableKeeper({
      jsm,
      table: streamTable(options.streams),
      ackWaitMs,
      clock,
      logger,
      ...(onRepair === undefined ? {} : { onRepair }),
    })
    this.#publisher = new EventPublisher({
      connection,
      clock,
      logger,
      ackMs: publishAckMs,
      onTrouble: (why) => this.#keeper.repair(why),
    })
    this.#nudges = new Nudges(connection)
    void this.#followConnection()
  }

  async publish(events: readonly OutgoingEvent[], publishNumber = 1): Promise<number> {
    return this.#connected ? await this.#publisher.publish(events, publishNumber) : 0
  }

  async subscribe(
    shard: number,
    prefetchMax: number,
    deliver: (message: BusMessage) => void,
  ): Promise<Subscription> {
    const spec = {
      stream: eventsStream,
      durable: `nx-shard-${shard}`,
      filterSubject: `nx.events.${shard}.>`,
      prefetchMax,
    }
    return await this.#pull(spec, (delivery) => {
      const event = this.#decode(delivery)
      if (event === null) return
      deliver({ event, ack: () => delivery.ack(), retryLater: (delayMs) => delivery.retryLater(delayMs) })
    })
  }

  async subscribeIngest(
    prefetchMax: number,
    deliver: (message: IngestMessage) => void,
  ): Promise<Subscription> {
    const spec = { stream: ingestStream, durable: 'nx-ingest', filterSubject: 'nx.ingest.>', prefetchMax }
    const stored = await this.#pull(spec, (delivery) =>
      deliver({
        tenantSlug: tenantSlugOf(delivery.subject, 2),
        body: delivery.data,
        // JetStream itself answered the publisher when it stored the message: nobody waits for these replies.
        accept: () => delivery.ack(),
        refuse: () => delivery.ack(),
        retryLater: (delayMs) => delivery.retryLater(delayMs),
      }),
    )
    const stopAnswering = answerIngestRequests(this.#connection, prefetchMax, deliver)
    return {
      close: async () => {
        await Promise.all([stored.close(), stopAnswering()])
      },
    }
  }

  async backlog(shard: number): Promise<number> {
    try {
      const info = await this.#jsm.consumers.info(eventsStream, `nx-shard-${shard}`)
      return info.num_pending + info.num_ack_pending
    } catch (error) {
      // No stream or no durable: there is nothing that could come.
      if (error instanceof NatsError && error.api_error?.code === 404) return 0
      throw callFailed(error)
    }
  }

  nudge(topic: NudgeTopic): void {
    if (this.#connected) this.#nudges.send(topic)
  }

  onNudge(topic: NudgeTopic, listener: () => void): () => void {
    return this.#nudges.listen(topic, listener)
  }

  async check(): Promise<void> {
    if (!this.#connected || this.#connection.isClosed()) throw notConnected(this.#connection)
    await requireJetStream(this.#jsm)
  }

  /** Gives back what is not acknowledged, sends what is, and disconnects. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#nudges.stop()
    await this.#keeper.stop()
    if (this.#connected && !this.#connection.isClosed()) {
      await withDeadline(this.#connection.flush(), closeMs).catch((error: unknown) => {
        this.#options.logger.debug({ error: errorText(error) }, 'The last acknowledgements may come again')
      })
    }
    await this.#connection.close()
  }

  async #pull(spec: DurableSpec, receive: (delivery: Delivery) => void): Promise<Subscription> {
    const { clock, pullExpiresMs = 15_000 } = this.#options
    if (!this.#connected || this.#connection.isClosed()) throw notConnected(this.#connection)
    const consumer = new PullConsumer({
      spec,
      connection: this.#connection,
      clock,
      expiresMs: pullExpiresMs,
      receive,
      onTrouble: (why) => this.#keeper.repair(`${spec.durable}: ${why}`),
    })
    const close = async (): Promise<void> => {
      const drained = withDeadline(consumer.close(), closeMs)
      this.#keeper.remove(consumer)
      await drained.catch((error: unknown) => {
        this.#options.logger.debug(
          { durable: spec.durable, error: errorText(error) },
          'Left without a word to the server',
        )
      })
    }
    try {
      await this.#keeper.add(consumer)
    } catch (error) {
      await close()
      throw callFailed(error)
    }
    return { close }
  }

  #decode(delivery: Delivery): LoggedEvent | null {
    try {
      return decodeWireEvent(delivery.data.toString('utf8'))
    } catch (error) {
      // It will never be readable: kept, it would stand in the way of its shard for ever.
      delivery.ack()
      const { subject } = delivery
      this.#options.logger.error(
        { subject, error: errorText(error) },
        'A bus message is not an event; it is passed over',
      )
      this.#options.onUndecodable?.(subject, error)
      return null
    }
  }

  async #followConnection(): Promise<void> {
    const { logger } = this.#options
    for await (const status of this.#connection.status()) {
      if (status.type === Events.Disconnect) {
        this.#connected = false
        this.#keeper.disconnected()
        this.#publisher.disconnected()
        logger.warn({}, 'The connection to NATS is lost; reconnecting')
      } else if (status.type === Events.Reconnect) {
        this.#connected = true
        this.#keeper.reconnected()
        logger.info({}, 'Connected to NATS again')
      }
    }
    this.#connected = false
    if (this.#closing === null) logger.error({}, 'The connection to NATS is closed')
  }
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new NxError('timeout', 'NX-BUS-SLOW', `NATS did not answer in ${ms} ms`)),
      ms,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
