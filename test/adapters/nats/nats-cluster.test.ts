import { expect } from 'chai'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort, startConfiguredNats } from './configured-nats.ts'
import type { ConfiguredNats } from './configured-nats.ts'
import { collectIds, idsOf, makeEvents, publishAll } from './nats-rig.ts'

/** Three servers of one cluster, as docs/nats.md describes it. */
async function startCluster(): Promise<readonly ConfiguredNats[]> {
  const ports = await Promise.all([1, 2, 3].map(async () => await freePort()))
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ')
  return await Promise.all(
    ports.map(
      async (port, index) =>
        await startConfiguredNats(`
          server_name: nats-${index}
          cluster { name: neuronx, listen: "127.0.0.1:${port}", routes: [ ${routes} ] }`),
    ),
  )
}

describe('a NATS cluster of three', function () {
  this.timeout(120_000)

  it('holds three copies, and goes on with one server less', async () => {
    const cluster = await startCluster()
    try {
      const url = `nats://${cluster.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
      const open = async () =>
        await openNatsEventBus({
          url,
          clock: systemClock,
          logger: silentLogger,
          streams: { replicas: 3, eventsBytesMax: 64 * 1024 ** 2, ingestBytesMax: 64 * 1024 ** 2 },
        })
      // Until the servers have found each other JetStream does not answer.
      await using bus = await eventually(open, 60_000)
      const facts = await bus.busFacts()
      expect(facts).to.deep.include({ cluster: 'neuronx', replicas: 3 })
      expect(facts.streams.map(({ replicas }) => replicas)).to.deep.equal([3, 3])
      const ids = await collectIds(bus)
      const [before, after] = [makeEvents(50), makeEvents(50)]
      await publishAll(bus, before)
      await cluster[0]?.stop('SIGKILL')
      await publishAll(bus, after)
      await eventually(() => expect(ids).to.include.members(idsOf([...before, ...after])), 60_000)
    } finally {
      for (const server of cluster) await server[Symbol.asyncDispose]()
    }
  })
})
