import { connect } from 'nats'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import { parseNatsUrl } from '../../../src/adapters/nats/nats-url.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { eventBusContract } from '../../contracts/event-bus.contract.ts'
import { sharedNatsUrl, wipeStreams } from '../../support/nats.ts'

eventBusContract('NATS JetStream', async () => {
  const url = await sharedNatsUrl()
  await wipeStreams(url)
  const bus = await openNatsEventBus({
    url,
    clock: systemClock,
    logger: silentLogger,
    ackWaitMs: 1_000,
    // The suite counts events that are delivered ahead of the acknowledgements.
    packEventsMax: 1,
  })
  const { servers, tls: _tls, ...credentials } = parseNatsUrl(url)
  const outside = await connect({ servers: [...servers], ...credentials })
  return {
    bus,
    offer: async (subject, body) => {
      await outside.jetstream().publish(subject, body)
    },
    close: async () => {
      await outside.close()
      await bus.close()
    },
  }
})
