import { AckPolicy, createInbox, headers, nanos } from 'nats'
import type { JetStreamManager, Msg, NatsConnection } from 'nats'
import { openNatsConnection } from '../../../src/adapters/nats/nats-connection.ts'
import { reconcileStreams } from '../../../src/adapters/nats/reconcile-streams.ts'
import { eventsStream, streamTable } from '../../../src/adapters/nats/streams.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'

export interface FloorMessage {
  readonly subject: string
  readonly messageId: string
  readonly text: string
}

const inFlightMax = 64
const prefetchMax = 16
const pullExpiresMs = 15_000
const ackWaitMs = 30_000
const ackBody = Buffer.from('+ACK')

/** The bus with nothing around it: publish with acknowledgements, one pull consumer a shard, explicit acknowledgement. */
export class FloorBus {
  readonly #connection: NatsConnection
  readonly #jsm: JetStreamManager
  readonly #inbox = createInbox()
  readonly #acknowledged = new Map<string, () => void>()
  #last = 0

  constructor(connection: NatsConnection, jsm: JetStreamManager) {
    this.#connection = connection
    this.#jsm = jsm
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (_error, { subject }) => {
        const token = subject.slice(this.#inbox.length + 1)
        this.#acknowledged.get(token)?.()
        this.#acknowledged.delete(token)
      },
    })
  }

  /** Resolves when JetStream has acknowledged every message; 64 are under way at once. */
  async publish(messages: readonly FloorMessage[]): Promise<void> {
    let next = 0
    const lane = async (): Promise<void> => {
      for (let message = messages[next++]; message !== undefined; message = messages[next++])
        await this.#send(message)
    }
    await Promise.all(Array.from({ length: Math.min(inFlightMax, messages.length) }, lane))
  }

  async #send({ subject, messageId, text }: FloorMessage): Promise<void> {
    const token = String(this.#last++)
    const header = headers()
    header.set('Nats-Msg-Id', messageId)
    await new Promise<void>((resolve) => {
      this.#acknowledged.set(token, resolve)
      this.#connection.publish(subject, Buffer.from(text), {
        headers: header,
        reply: `${this.#inbox}.${token}`,
      })
    })
  }

  /** Delivers a shard's messages, at most 16 unacknowledged; `deliver` gets the text and what acknowledges it. */
  async subscribe(shard: number, deliver: (text: string, ack: () => void) => void): Promise<void> {
    const durable = `nx-shard-${shard}`
    await this.#jsm.consumers.add(eventsStream, {
      durable_name: durable,
      filter_subject: `nx.events.${shard}.>`,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMs),
      max_deliver: -1,
      max_ack_pending: prefetchMax,
    })
    const inbox = createInbox()
    let unacknowledged = 0
    let requested = 0
    const pull = (): void => {
      const room = prefetchMax - unacknowledged - requested
      if (requested > 0 && room < prefetchMax / 2) return
      requested += room
      const request = `{"batch":${room},"expires":${pullExpiresMs * 1_000_000}}`
      this.#connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${eventsStream}.${durable}`, request, {
        reply: inbox,
      })
    }
    const receive = (message: Msg): void => {
      const { reply } = message
      if (reply === undefined || reply === '') {
        // The request's time is over (408).
        requested = 0
        return pull()
      }
      requested -= 1
      unacknowledged += 1
      deliver(Buffer.from(message.data).toString('utf8'), () => {
        this.#connection.publish(reply, ackBody)
        unacknowledged -= 1
        pull()
      })
    }
    this.#connection.subscribe(inbox, { callback: (_error, message) => receive(message) })
    pull()
  }
}

/** Connects and makes the streams of neuronx. */
export async function openFloorBus(url: string): Promise<FloorBus> {
  const connection = await openNatsConnection({
    url,
    name: 'floor',
    connectMs: 10_000,
    clock: systemClock,
    logger: silentLogger,
  })
  const jsm = await connection.jetstreamManager()
  await reconcileStreams(jsm, streamTable())
  return new FloorBus(connection, jsm)
}
