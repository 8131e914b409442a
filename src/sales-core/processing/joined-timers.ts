import type { TimerStore } from './decision-store.ts'

/** Several kinds of timers as one. They take turns in being first in a round, so that a flood of one does not hold up the others. */
export function joinedTimers(stores: readonly TimerStore[]): TimerStore {
  let round = 0
  return {
    fireDue: async (shards, max) => {
      const first = round % Math.max(1, stores.length)
      round += 1
      let fired = 0
      for (const store of [...stores.slice(first), ...stores.slice(0, first)])
        if (fired < max) fired += await store.fireDue(shards, max - fired)
      return fired
    },
    nextDueMs: async (shards) => {
      const next = await Promise.all(stores.map((store) => store.nextDueMs(shards)))
      const known = next.filter((ms) => ms !== null)
      return known.length === 0 ? null : Math.min(...known)
    },
  }
}
