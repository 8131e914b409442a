import { describeShardLeaseStore } from '../../contracts/shard-leases.contract.ts'
import { ManualClock } from '../manual-clock.ts'
import { MemoryShardLeaseStore } from './memory-shard-leases.ts'

describe('MemoryShardLeaseStore', () => {
  const clock = new ManualClock()
  let store = new MemoryShardLeaseStore(clock)

  describeShardLeaseStore('memory', () => ({
    store,
    reset: async () => {
      store = new MemoryShardLeaseStore(clock)
    },
    expire: async (daemonId) => {
      store.expire(daemonId)
      clock.advance(1)
    },
  }))
})
