import type { TimerStore } from './decision-store.ts'

/** Several kinds of timers as one: each gets its part of a round, so that a flood of one does not hold up the others. */
export function joinedTimers(stores: readonly TimerStore[]): TimerStore {
  return {
    fireDue: async (shards, max) => {
      let fired = 0
      for (const store of stores) fired += await store.fireDue(shards, max)
      return fired
    },
    nextDueMs: async (shards) => {
      const next = await Promise.all(stores.map((store) => store.nextDueMs(shards)))
      const known = next.filter((ms) => ms !== null)
      return known.length === 0 ? null : Math.min(...known)
    },
  }
}
