import type { JsonObject } from '../../kernel/json.ts'
import type { DaemonStats } from '../../messaging/ownership/daemon-stats.ts'
import type { Relay } from '../../messaging/relay/relay.ts'

/** What a daemon tells of itself with a heartbeat: every part that is a loop, and every part that counts. */
export function statsOfParts(parts: { readonly relay: Relay } & object, nowMs: number): JsonObject {
  const all = Object.entries(parts)
  return {
    windowSeconds: parts.relay.window.windowSeconds,
    shards: Object.fromEntries(
      Object.entries(parts.relay.window.read()).map(([shard, window]) => [shard, { ...window }]),
    ),
    loops: Object.fromEntries(
      all.flatMap(([, part]) => (isLoop(part) ? [[part.name, ageSeconds(part.lastSuccessMs, nowMs)]] : [])),
    ),
    counters: Object.fromEntries(
      all.flatMap(([name, part]) => (hasCounters(part) ? [[name, numbersOf(part.counters)]] : [])),
    ),
  } satisfies DaemonStats
}

function ageSeconds(lastSuccessMs: number | null, nowMs: number): number | null {
  return lastSuccessMs === null ? null : Math.max(0, Math.round(nowMs - lastSuccessMs)) / 1_000
}

function isLoop(part: unknown): part is { readonly name: string; readonly lastSuccessMs: number | null } {
  return typeof part === 'object' && part !== null && 'lastSuccessMs' in part && 'name' in part
}

function hasCounters(part: unknown): part is { readonly counters: object } {
  if (typeof part !== 'object' || part === null || !('counters' in part)) return false
  return typeof part.counters === 'object' && part.counters !== null
}

function numbersOf(counters: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counters).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}
