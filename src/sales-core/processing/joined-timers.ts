import type { TimerStore } from './decision-store.ts'

/**
 * Several kinds of timers as one. They take turns in being first in a round, so that a flood of one does not hold up the others.
 * `isDue` says, kind by kind, whether any is due: after a round in which nothing was, the others are not asked.
 */
export function joinedTimers(
  stores: readonly TimerStore[],
  isDue: (shards: readonly number[]) => Promise<readonly boolean[]>,
): TimerStore {
  let round = 0
  let isIdle = true
  return {
    fireDue: async (shards, max) => {
      const some = isIdle ? await isDue(shards) : null
      const due = some === null ? stores : stores.filter((_, kind) => some[kind] === true)
      const first = round % Math.max(1, due.length)
      round += 1
      let fired = 0
      for (const store of [...due.slice(first), ...due.slice(0, first)])
        if (fired < max) fired += await store.fireDue(shards, max - fired)
      isIdle = fired === 0
      return fired
    },
    nextDueMs: async (shards) => {
      const next = await Promise.all(stores.map((store) => store.nextDueMs(shards)))
      const known = next.filter((ms) => ms !== null)
      return known.length === 0 ? null : Math.min(...known)
    },
  }
}
