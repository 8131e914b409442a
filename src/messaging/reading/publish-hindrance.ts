import type { OutboxEntry, OutboxFence, OutboxStats } from './event-reader.ts'

/** What keeps a pending event off the bus, the most certain first. */
export type PublishHindrance =
  | { readonly kind: 'paused'; readonly by: string; readonly reason: string; readonly until: string | null }
  /** No daemon works on its shard. */
  | { readonly kind: 'unowned' }
  /** The bus did not take it. */
  | { readonly kind: 'refused'; readonly error: string; readonly at: string }
  /** A transaction is open, and nothing younger is published before it ends. */
  | { readonly kind: 'fence'; readonly fence: OutboxFence }
  /** Its turn: so many rows of its shard wait, itself included. */
  | { readonly kind: 'queue'; readonly pending: number }

/** A transaction that is open for less is no hindrance: every commit is one. Milliseconds. */
const fenceNoticedMs = 1_000

/** What keeps the event off the bus; null when it is there, or does not travel. */
export function publishHindrance(
  entry: Pick<OutboxEntry, 'status' | 'shard' | 'trouble'>,
  stats: Pick<OutboxStats, 'paused' | 'fence' | 'shards'>,
): PublishHindrance | null {
  if (entry.status !== 'pending') return null
  const pause = stats.paused.find(({ shards }) => shards === null || shards.includes(entry.shard))
  if (pause !== undefined) {
    const { by, reason, until } = pause
    return { kind: 'paused', by, reason, until }
  }
  const shard = stats.shards.find((one) => one.shard === entry.shard)
  if (shard === undefined || shard.owner === null) return { kind: 'unowned' }
  if (entry.trouble !== null) return { kind: 'refused', ...entry.trouble }
  if (stats.fence !== null && stats.fence.ageMs >= fenceNoticedMs)
    return { kind: 'fence', fence: stats.fence }
  return { kind: 'queue', pending: shard.pending }
}
