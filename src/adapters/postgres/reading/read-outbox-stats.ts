import type pg from 'pg'
import { latencyQuantile } from '../../../messaging/ownership/daemon-stats.ts'
import type { DaemonStats, ShardWindow } from '../../../messaging/ownership/daemon-stats.ts'
import type { OutboxFence, OutboxStats, PublishFigures } from '../../../messaging/reading/event-reader.ts'
import type { OutboxPause } from '../../../messaging/relay/outbox-control.ts'
import { run } from '../connection/transaction.ts'
import * as sql from './outbox-statements.ts'

interface ShardDepth {
  readonly shard: number
  readonly owner: string | null
  readonly pending: number
  readonly oldestMs: number | null
}

/** A daemon's window of a shard, and how long that window is. */
interface Reported {
  readonly window: ShardWindow
  readonly seconds: number
}

/** Depths from the log, rates and latencies from what the daemons told with their last heartbeats, a few seconds old. */
export async function readOutboxStats(client: pg.ClientBase): Promise<OutboxStats> {
  const depths = await run<ShardDepth>(client, sql.shardDepths, [])
  const [fence = null] = await run<OutboxFence>(client, sql.fence, [])
  const told = await run<{ stats: Partial<DaemonStats> }>(client, sql.daemonStats, [])
  const paused = await run<OutboxPause>(client, sql.pauses, [])
  const ages = depths.flatMap(({ oldestMs }) => (oldestMs === null ? [] : [oldestMs]))
  const reported = new Map(depths.map(({ shard }) => [shard, reportedOf(told, shard)]))
  return {
    pending: depths.reduce((sum, { pending }) => sum + pending, 0),
    oldestMs: ages.length === 0 ? null : Math.max(...ages),
    fenceAgeMs: fence?.ageMs ?? 0,
    fence,
    paused,
    ...figuresOf([...reported.values()].flat()),
    shards: depths.map((depth) => ({ ...depth, ...figuresOf(reported.get(depth.shard) ?? []) })),
  }
}

/** A shard that changed hands within the window is in the figures of both its owners. */
function reportedOf(told: readonly { stats: Partial<DaemonStats> }[], shard: number): readonly Reported[] {
  return told.flatMap(({ stats }) => {
    const window = stats.shards?.[shard]
    return window === undefined ? [] : [{ window, seconds: stats.windowSeconds ?? 60 }]
  })
}

function figuresOf(reported: readonly Reported[]): PublishFigures {
  const counts = reported.map(({ window }) => window.latency)
  const perSecond = reported.reduce((sum, { window, seconds }) => sum + window.published / seconds, 0)
  return {
    publishedPerSecond: Math.round(perSecond * 100) / 100,
    retries: reported.reduce((sum, { window }) => sum + window.retries, 0),
    p50Ms: latencyQuantile(counts, 0.5),
    p99Ms: latencyQuantile(counts, 0.99),
  }
}
