/**
 * Counts per latency class: class number as text -> how many. Class c holds what took from `latencyClassMs(c)` up to the next
 * one's; classes grow by a quarter of a doubling, so a quantile read from them is at most 19 % above the true one.
 */
export type LatencyCounts = Readonly<Record<string, number>>

/** What the relay did with one shard within the window. */
export interface ShardWindow {
  readonly published: number
  /** Publications that the bus did not take and that were tried again. */
  readonly retries: number
  /** From acceptance to publication. */
  readonly latency: LatencyCounts
}

/**
 * What a daemon tells of itself with every heartbeat (`daemon.stats`). A reader takes every part for optional: daemons of other
 * versions may leave it out or add to it.
 */
export interface DaemonStats {
  /** How far the window of `shards` reaches back, seconds. */
  readonly windowSeconds: number
  /** Shard number as text -> its window; shards without traffic are left out. */
  readonly shards: Readonly<Record<string, ShardWindow>>
  /** Loop name -> seconds since its last successful round; null before the first. */
  readonly loops: Readonly<Record<string, number | null>>
  /** Part of the daemon -> its running totals since the process began. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>
}

const classesPerDoubling = 4
const classMax = 120

/** The class of a latency; everything above 15 minutes or so is in the last. */
export function latencyClass(ms: number): number {
  if (ms < 1) return 0
  return Math.min(classMax, 1 + Math.floor(Math.log2(ms) * classesPerDoubling))
}

/** Where a class begins, milliseconds. */
export function latencyClassMs(latencyClassNumber: number): number {
  return latencyClassNumber === 0 ? 0 : 2 ** ((latencyClassNumber - 1) / classesPerDoubling)
}

/** The latency that `share` (0 to 1) of the counted ones did not exceed, rounded up to its class's end; null when none is counted. */
export function latencyQuantile(counts: readonly LatencyCounts[], share: number): number | null {
  const merged = new Map<number, number>()
  for (const part of counts)
    for (const [name, count] of Object.entries(part))
      merged.set(Number(name), (merged.get(Number(name)) ?? 0) + count)
  const total = [...merged.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let seen = 0
  for (const [number, count] of [...merged].sort(([a], [b]) => a - b)) {
    seen += count
    if (seen >= share * total) return Math.round(latencyClassMs(number + 1) * 100) / 100
  }
  return null
}
