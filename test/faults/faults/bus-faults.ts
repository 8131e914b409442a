import { eventsStream } from '../../../src/adapters/nats/streams.ts'
import type { FaultSystem } from '../system/fault-system.ts'
import type { Damage } from '../system/own-nats.ts'
import { pause } from '../system/writers.ts'
import type { Fault } from './fault.ts'

async function whileDown(system: FaultSystem, ms: number, work: () => Promise<void>): Promise<void> {
  await system.nats.kill()
  await work()
  await pause(ms)
  await system.nats.startAgain()
}

function damage(kind: Damage): Fault {
  return {
    id: 'F6',
    name: `bus_${kind}`,
    family: 'bus',
    weight: 1,
    run: async (system, random) => {
      let harmed = 0
      await whileDown(system, random.whole(0, 1_000), async () => {
        harmed = (await system.nats.damage(kind, random)).length
      })
      return { note: `${harmed} block files` }
    },
  }
}

/** F4 to F6 and F13: what befalls the bus. */
export const busFaults: readonly Fault[] = [
  {
    id: 'F4',
    name: 'bus_restarted',
    family: 'bus',
    weight: 2,
    run: async (system) => {
      await system.nats.stop()
      await system.nats.startAgain()
      return {}
    },
  },
  {
    id: 'F4',
    name: 'bus_down',
    family: 'bus',
    weight: 2,
    run: async (system, random) => {
      await whileDown(system, random.whole(3_000, 15_000), async () => {})
      return {}
    },
  },
  {
    id: 'F4',
    name: 'bus_frozen',
    family: 'bus',
    weight: 2,
    run: async (system, random) => {
      process.kill(system.nats.pid, 'SIGSTOP')
      await pause(random.whole(2_000, 12_000))
      process.kill(system.nats.pid, 'SIGCONT')
      return {}
    },
  },
  {
    id: 'F5',
    name: 'bus_wiped',
    family: 'bus',
    weight: 2,
    run: async (system, random) => {
      await whileDown(system, random.whole(0, 1_000), async () => await system.nats.wipe())
      return {}
    },
  },
  {
    id: 'F5',
    name: 'stream_deleted',
    family: 'bus',
    weight: 2,
    run: async (system) => {
      const connection = await system.nats.connect()
      try {
        await (await connection.jetstreamManager()).streams.delete(eventsStream)
        return {}
      } finally {
        await connection.close()
      }
    },
  },
  {
    id: 'F5',
    name: 'durables_deleted',
    family: 'bus',
    weight: 2,
    run: async (system, random) => {
      const connection = await system.nats.connect()
      try {
        const manager = await connection.jetstreamManager()
        const names = (await manager.consumers.list(eventsStream).next()).map(({ name }) => name)
        const gone = names.filter(() => random.chance(0.5))
        for (const name of gone) await manager.consumers.delete(eventsStream, name).catch(() => false)
        return { note: `${gone.length} of ${names.length}` }
      } finally {
        await connection.close()
      }
    },
  },
  damage('tail_cut'),
  damage('bit_flip'),
  damage('zeroed_block'),
  {
    id: 'F13',
    name: 'bus_disk_full',
    family: 'disk',
    weight: 1,
    run: async (system, random) => {
      // As a full disk: no file may grow beyond what a fresh block holds. Needs prlimit (Linux).
      const deathsBefore = system.nats.deaths
      await system.nats.limitFileSize(4_096)
      await pause(random.whole(4_000, 8_000))
      // Freeing space is not enough for the server: what an operator has to do is restart it.
      await system.nats.kill()
      await system.nats.startAgain()
      return { note: system.nats.deaths > deathsBefore ? 'the server had died of it' : 'restarted after' }
    },
  },
]
