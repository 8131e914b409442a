import { connect } from 'nats'
import type { NatsConnection } from 'nats'
import { startNatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import type { NatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import type { NatsEventBus, NatsEventBusOptions } from '../../../src/adapters/nats/nats-event-bus.ts'
import { parseNatsUrl } from '../../../src/adapters/nats/nats-url.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { Releasers } from '../../../src/kernel/releasers.ts'
import type { OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { eventually } from '../../support/eventually.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { startThrowawayNats } from '../../support/nats.ts'
import { outgoing, storedCount } from '../../support/outgoing.ts'

/** The shard all events of these tests are in. */
export const shard = 9

/** A server that a test may restart, wipe and stop, and buses on it. */
export interface NatsRig extends AsyncDisposable {
  readonly dataDir: string
  readonly server: NatsServer
  /** What the buses had to make again. */
  readonly repairs: readonly string[]
  openBus(change?: Partial<NatsEventBusOptions>): Promise<NatsEventBus>
  /** Another system's connection. */
  openOutside(): Promise<NatsConnection>
  restart(meanwhile?: () => Promise<void>): Promise<void>
}

export async function openNatsRig(): Promise<NatsRig> {
  const releasers = new Releasers()
  const repairs: string[] = []
  const own = await startThrowawayNats()
  const { dataDir } = own
  let { server } = own
  releasers.own(own, async ({ remove }) => {
    await server.stop()
    await remove()
  })
  return {
    dataDir,
    repairs,
    get server() {
      return server
    },
    openBus: async (change = {}) => {
      const bus = await openNatsEventBus({
        url: server.url,
        clock: systemClock,
        logger: silentLogger,
        ackWaitMs: 1_000,
        publishAckMs: 500,
        // So that events can be counted as messages; what packs do has tests of its own.
        packEventsMax: 1,
        onRepair: (what) => repairs.push(what),
        ...change,
      })
      return releasers.own(bus, (opened) => opened.close())
    },
    openOutside: async () => {
      const { servers, tls: _tls, ...credentials } = parseNatsUrl(server.url)
      return releasers.own(await connect({ servers: [...servers], ...credentials }), (opened) =>
        opened.close(),
      )
    },
    restart: async (meanwhile = async () => {}) => {
      const { port } = server
      await server.stop()
      await meanwhile()
      server = await startNatsServer({ dataDir, logger: silentLogger, port })
    },
    [Symbol.asyncDispose]: async () => releasers[Symbol.asyncDispose](),
  }
}

/** Events of 20 leads in turn. */
export function makeEvents(count: number): OutgoingEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const subject = { kind: 'lead', id: String(index % 20) }
    return outgoing(someLoggedEvent({ id: newId(), externalId: newId(), shard, subject, entitySeq: index }))
  })
}

/** What the relay does: publishes until all is stored. */
export async function publishAll(bus: NatsEventBus, all: readonly OutgoingEvent[]): Promise<void> {
  let rest = all
  await eventually(async () => {
    rest = rest.slice(storedCount(rest, await bus.publish(rest)))
    return rest.length === 0
  }, 30_000)
}

/** Acknowledges everything and remembers the ids in the order they came. */
export async function collectIds(bus: NatsEventBus): Promise<string[]> {
  const ids: string[] = []
  await bus.subscribe(shard, 32, (message) => {
    ids.push(message.event.id)
    message.ack()
  })
  return ids
}

export const idsOf = (all: readonly OutgoingEvent[]): string[] => all.map((event) => event.eventId)
