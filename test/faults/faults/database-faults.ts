import { pause } from '../system/writers.ts'
import type { Fault } from './fault.ts'

/** F7 and F15: what befalls Postgres. */
export const databaseFaults: readonly Fault[] = [
  {
    id: 'F7',
    name: 'database_stopped_at_once',
    family: 'database',
    weight: 3,
    run: async (system, random) => {
      await system.postgres.stopImmediately()
      await pause(random.whole(0, 4_000))
      await system.postgres.startAgain()
      system.aimWires()
      return {}
    },
  },
  {
    id: 'F7',
    name: 'backends_terminated',
    family: 'database',
    weight: 3,
    run: async (system, random) => {
      let ended = 0
      const rounds = random.whole(5, 40)
      for (let round = 0; round < rounds; round += 1) {
        ended += await system.postgres.terminateBackends()
        await pause(100)
      }
      return { note: `${ended} connections` }
    },
  },
  {
    id: 'F15',
    name: 'snapshot_held',
    family: 'database',
    weight: 1,
    run: async (system, random) => {
      const client = await system.postgres.connect()
      try {
        await client.query('begin isolation level repeatable read read only')
        await client.query('select count(*) from neuronx.event_log')
        await pause(random.whole(5_000, 15_000))
        await client.query('rollback')
        return {}
      } finally {
        await client.end()
      }
    },
  },
  {
    id: 'F15',
    name: 'write_transaction_held',
    family: 'database',
    weight: 2,
    run: async (system, random) => {
      // In another database of the cluster: nobody would look for it there, and the relay's fence waits for it all the same.
      const client = await system.postgres.connect('postgres')
      try {
        await client.query('begin')
        await client.query('select pg_current_xact_id()')
        await pause(random.whole(3_000, 12_000))
        await client.query('rollback')
        return {}
      } finally {
        await client.end()
      }
    },
  },
]
