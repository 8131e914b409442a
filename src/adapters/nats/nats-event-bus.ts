import { Events } from 'nats'
import type { JetStreamManager, NatsConnection } from 'nats'
import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type {
  BusMessage,
  EventBus,
  IngestBus,
  IngestMessage,
  ShardProgress,
  Subscription,
} from '../../messaging/bus/event-bus.ts'
import type { BusFacts, BusFactsReader } from '../../messaging/bus/bus-facts.ts'
import { nothingStored } from '../../messaging/bus/publication.ts'
import type { Publication } from '../../messaging/bus/publication.ts'
import type { OutgoingEvent } from '../../messaging/relay/event-log.ts'
import { openAccess } from './access/nats-access.ts'
import type { NatsAccess } from './access/nats-access.ts'
import { callFailed, notConnected, requireJetStream } from './bus-failures.ts'
import { DurableKeeper } from './consumers/durable-keeper.ts'
import { EventPublisher } from './events/event-publisher.ts'
import { answerIngestRequests, tenantSlugOf } from './ingest-requests.ts'
import { openNatsConnection } from './nats-connection.ts'
import type { NatsConnectionOptions } from './nats-connection.ts'
import {
  payloadBytesNeeded,
  readNatsFacts,
  requireRoomForEvents,
  requireServersForCopies,
  storageWarnings,
} from './nats-facts.ts'
import { Nudges } from './nudges.ts'
import type { NudgeTopic } from './nudges.ts'
import { readEvents, unpack } from './events/packed-delivery.ts'
import { PullBudget } from './consumers/pull-budget.ts'
import { PullConsumer } from './consumers/pull-consumer.ts'
import type { DurableSpec, PullConsumerOptions } from './consumers/pull-consumer.ts'
import { reconcileStreams } from './reconcile-streams.ts'
import { ShardProgressReader } from './consumers/shard-progress.ts'
import { budgetParts, ingestDurable, shardDurable, streamTable } from './streams.ts'
import type { StreamOptions } from './streams.ts'
import { withDeadline } from './with-deadline.ts'

export interface NatsEventBusOptions {
  /** `nats://user:password@host:port`, several servers separated by commas. */
  readonly url: string
  /** Credentials and TLS beside what the address says. */
  readonly access?: NatsAccess
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
  /** What delivered messages may take until they are settled, of all shards and of ingest together, bytes. Default 64 MiB. */
  readonly prefetchBytesMax?: number
  /** Most events of one tenant and type that share a message; 1: each has its own. Default 16. */
  readonly packEventsMax?: number
  /** How long a publish waits without any sign of life. Default 5 s. */
  readonly publishAckMs?: number
  /** How long a JetStream call may take. Default 5 s. */
  readonly callMs?: number
  /** A message under nx.events that is none of ours: it was terminated and will not come again. */
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
  const { callMs = 5_000, logger } = options
  const connection = await openNatsConnection(connectionOptions(options))
  try {
    const table = streamTable(options.streams)
    requireRoomForEvents(connection)
    requireServersForCopies(connection, table)
    const jsm = await connection.jetstreamManager({ checkAPI: false, timeout: callMs })
    const account = await requireJetStream(jsm)
    for (const warning of storageWarnings(account, table)) logger.warn({}, warning)
    await reconcileStreams(jsm, table)
    return new NatsEventBus(connection, jsm, options)
  } catch (error) {
    await connection.close()
    throw error
  }
}

function connectionOptions(options: NatsEventBusOptions): NatsConnectionOptions {
  const { url, access = openAccess, name = 'neuronx', connectMs = 30_000, clock, logger } = options
  return { url, access, name, connectMs, clock, logger }
}

/** EventBus, IngestBus and BusFactsReader over NATS JetStream. Closed by whoever opened it. */
export class NatsEventBus implements EventBus, IngestBus, BusFactsReader, AsyncDisposable {
  readonly #connection: NatsConnection
  readonly #jsm: JetStreamManager
  readonly #options: NatsEventBusOptions
  readonly #keeper: DurableKeeper
  readonly #publisher: EventPublisher
  readonly #nudges: Nudges
  readonly #progress: ShardProgressReader
  /** What delivered messages take. */
  readonly budget: PullBudget
  readonly #consumers = new Set<PullConsumer>()
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
      ...(options.packEventsMax === undefined ? {} : { packEventsMax: options.packEventsMax }),
      onStored: (shard, seq) => this.#consumersOf(shard).forEach((consumer) => consumer.expect(seq)),
      onTrouble: (why) => this.#keeper.repair(why),
    })
    this.budget = new PullBudget({
      bytesMax: options.prefetchBytesMax ?? 64 * 1024 ** 2,
      messageBytesMax: connection.info?.max_payload ?? payloadBytesNeeded,
      parts: budgetParts,
    })
    this.#nudges = new Nudges(connection)
    this.#progress = new ShardProgressReader(jsm)
    void this.#followConnection()
  }

  async publish(events: readonly OutgoingEvent[], publishNumber = 1): Promise<Publication> {
    if (!this.#connected)
      return nothingStored(events, { kind: 'away', why: 'There is no connection to NATS' })
    if (publishNumber > 1) this.#keeper.suspect('events are published again')
    return await this.#publisher.publish(events, publishNumber)
  }

  async subscribe(
    shard: number,
    prefetchMax: number,
    deliver: (message: BusMessage) => void,
  ): Promise<Subscription> {
    return await this.#pull(shardDurable(shard, prefetchMax), (delivery, body) => {
      const events = readEvents(delivery.subject, body, this.#options)
      // It will never be readable, and names no tenant whose dead letter it could be.
      if (events.length === 0) return delivery.discard()
      for (const message of unpack(delivery, events)) deliver(message)
    })
  }

  async subscribeIngest(
    prefetchMax: number,
    deliver: (message: IngestMessage) => void,
  ): Promise<Subscription> {
    const stored = await this.#pull(ingestDurable(prefetchMax), (delivery, body) =>
      deliver({
        tenantSlug: tenantSlugOf(delivery.subject, 2),
        body,
        // JetStream itself answered the publisher when it stored the message: nobody waits for these replies.
        accept: () => delivery.ack(),
        refuse: () => delivery.discard(),
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

  async progress(shard: number): Promise<ShardProgress | null> {
    const own = this.#consumersOf(shard)
    return await this.#progress.read(shard, (floor) => {
      const newest = own.map((consumer) => consumer.newestUpTo(floor)).filter((sequence) => sequence !== null)
      return newest.length === 0 ? null : Math.max(...newest)
    })
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

  async busFacts(): Promise<BusFacts> {
    if (!this.#connected) throw notConnected(this.#connection)
    return await readNatsFacts(this.#connection, this.#jsm, streamTable(this.#options.streams))
  }

  /** Gives back what is not acknowledged, sends what is, and disconnects. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#close())
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

  /** Ours; none when another daemon owns the shard. */
  #consumersOf(shard: number): readonly PullConsumer[] {
    const { durable } = shardDurable(shard, 1)
    return [...this.#consumers].filter(({ spec }) => spec.durable === durable)
  }

  async #pull(spec: DurableSpec, receive: PullConsumerOptions['receive']): Promise<Subscription> {
    const { clock, pullExpiresMs = 15_000 } = this.#options
    if (!this.#connected || this.#connection.isClosed()) throw notConnected(this.#connection)
    const consumer = new PullConsumer({
      spec,
      connection: this.#connection,
      clock,
      expiresMs: pullExpiresMs,
      budget: this.budget,
      receive,
      onTrouble: (why) => this.#keeper.repair(`${spec.durable}: ${why}`),
    })
    const close = async (): Promise<void> => {
      const drained = withDeadline(consumer.close(), closeMs)
      this.#keeper.remove(consumer)
      this.#consumers.delete(consumer)
      await drained.catch((error: unknown) => {
        this.#options.logger.debug(
          { durable: spec.durable, error: errorText(error) },
          'Left without a word to the server',
        )
      })
    }
    try {
      await this.#keeper.add(consumer)
      this.#consumers.add(consumer)
    } catch (error) {
      await close()
      throw callFailed(error)
    }
    return { close }
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
