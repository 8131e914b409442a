import type { Clock } from '../../kernel/clock.ts'
import type { ShardWindow } from '../ownership/daemon-stats.ts'
import { latencyClass } from '../ownership/daemon-stats.ts'

interface Slice {
  /** Number of the slice since the clock's zero. */
  readonly number: number
  published: number
  retries: number
  readonly latency: Map<number, number>
}

const sliceMs = 5_000
const slices = 12

/** What was published per shard within the last minute. Memory is bounded: 12 slices per shard, 121 classes at most in each. */
export class PublishWindow {
  readonly windowSeconds = (sliceMs * slices) / 1_000
  readonly #clock: Clock
  readonly #shards = new Map<number, Slice[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** An event of a shard went out `latencyMs` after it was accepted; null: not known. */
  published(shard: number, latencyMs: number | null): void {
    const slice = this.#slice(shard)
    slice.published += 1
    if (latencyMs === null) return
    const latency = latencyClass(latencyMs)
    slice.latency.set(latency, (slice.latency.get(latency) ?? 0) + 1)
  }

  retried(shard: number): void {
    this.#slice(shard).retries += 1
  }

  /** Shards that had traffic within the window. */
  read(): Readonly<Record<string, ShardWindow>> {
    const oldest = this.#now() - slices
    const windows: Record<string, ShardWindow> = {}
    for (const [shard, all] of this.#shards) {
      const live = all.filter(({ number }) => number > oldest)
      if (live.length === 0) this.#shards.delete(shard)
      else {
        this.#shards.set(shard, live)
        windows[shard] = windowOf(live)
      }
    }
    return windows
  }

  #now(): number {
    return Math.floor(this.#clock.monotonicMs() / sliceMs)
  }

  #slice(shard: number): Slice {
    const number = this.#now()
    const all = this.#shards.get(shard) ?? []
    const last = all.at(-1)
    if (last?.number === number) return last
    const slice: Slice = { number, published: 0, retries: 0, latency: new Map() }
    this.#shards.set(shard, [...all.filter((one) => one.number > number - slices), slice])
    return slice
  }
}

function windowOf(live: readonly Slice[]): ShardWindow {
  const latency: Record<string, number> = {}
  for (const slice of live)
    for (const [number, count] of slice.latency) latency[number] = (latency[number] ?? 0) + count
  return {
    published: live.reduce((sum, slice) => sum + slice.published, 0),
    retries: live.reduce((sum, slice) => sum + slice.retries, 0),
    latency,
  }
}
