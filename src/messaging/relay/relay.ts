import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { EventBus } from '../bus/event-bus.ts'
import { sortOut } from '../bus/publication.ts'
import type { Publication } from '../bus/publication.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'
import type { EventLogOutbox, LogPosition, OutgoingEvent } from './event-log.ts'
import { HeldShards } from './held-shards.ts'
import type { RefusedShard } from './held-shards.ts'
import { PublishWindow } from './publish-window.ts'

export interface RelayOptions {
  readonly outbox: EventLogOutbox
  readonly bus: EventBus
  readonly leases: () => readonly ShardLease[]
  /** A shard was lost while publishing: ask for the leases anew. */
  readonly onLeaseLost: () => void
  readonly clock: Clock
  readonly logger: Logger
  /** Wait when nothing is new. A commit in this process, or another daemon's nudge, ends it at once. */
  readonly idleMs?: number
  /** Most rows of one shard in one round. */
  readonly perShardMax?: number
  readonly crashPoints?: CrashPoints
}

/** How often, and for how long after a wake, the log is looked at although it seemed to hold nothing. */
const fenceMs = 8
const awakeMs = 300

/**
 * The outbox relay: reads what was committed behind each owned shard's cursor, publishes it, then moves the cursors, each as far
 * as its shard came. A crash in between publishes again what was published; the consumer skips it by entity order.
 */
export class Relay extends Loop {
  readonly counters: { published: number; leasesLost: number; troubles: number }
  /** Rates and latencies of the last minute. */
  readonly window: PublishWindow
  readonly #clock: Clock
  readonly #held: HeldShards
  readonly #awake: { untilMs: number }

  constructor(options: RelayOptions) {
    const counters = { published: 0, leasesLost: 0, troubles: 0 }
    const awake = { untilMs: 0 }
    const { clock, logger, idleMs = 400 } = options
    const window = new PublishWindow(clock)
    const held = new HeldShards(clock)
    super({
      name: 'relay',
      // What was just committed may still stand behind an older transaction that is in progress.
      idleMs: async () => (clock.monotonicMs() < awake.untilMs ? Math.min(fenceMs, idleMs) : idleMs),
      clock,
      logger,
      runOnce: async () => await relayOnce(options, { counters, window, held }),
    })
    this.counters = counters
    this.window = window
    this.#clock = clock
    this.#held = held
    this.#awake = awake
  }

  /** The owned shards that stand still because the bus refuses their next event. */
  refused(): readonly RefusedShard[] {
    return this.#held.refused()
  }

  /** Something was committed: look now, and often for a moment. */
  override wake(): void {
    this.#awake.untilMs = this.#clock.monotonicMs() + awakeMs
    super.wake()
  }
}

/** What a relay knows from round to round. */
interface RelayState {
  readonly counters: Relay['counters']
  readonly window: PublishWindow
  readonly held: HeldShards
}

/** One round: returns how many events were published. */
async function relayOnce(options: RelayOptions, { counters, window, held }: RelayState): Promise<number> {
  const { outbox, clock, crashPoints = noCrashPoints } = options
  const leases = held.ready(options.leases())
  if (leases.length === 0) return 0
  const readAtMs = clock.monotonicMs()
  const events = held.tryable(await outbox.unpublished(leases, options.perShardMax ?? 100))
  if (events.length === 0) return 0
  crashPoints.reach('relay.after_select')

  const { stored, stopped } = sortOut(events, await publish(options.bus, events, crashPoints))
  const tookMs = clock.monotonicMs() - readAtMs
  crashPoints.reach('relay.after_ack')
  counters.published += stored.length
  for (const { shard, ageMs } of stored) {
    held.release(shard)
    window.published(shard, ageMs === undefined ? null : Math.max(0, ageMs) + tookMs)
  }
  counters.troubles += stopped.length
  for (const { event, stop } of stopped) {
    window.retried(event.shard)
    const lease = leases.find(({ shard }) => shard === event.shard)
    if (lease !== undefined) held.hold(lease, event.eventId, stop)
  }
  for (const [why, same] of Map.groupBy(stopped, ({ stop }) => stop.why))
    await outbox.recordTrouble(
      same.map(({ event }) => event.eventId),
      why,
    )
  const lost = await outbox.advance(movesOf(stored, leases))
  crashPoints.reach('relay.after_cursor')
  if (lost.length > 0) {
    counters.leasesLost += lost.length
    options.onLeaseLost()
    // Not again at once: the same rows would be read until the new leases are known.
    return 0
  }
  return stored.length
}

/** Publishes; while the acknowledgements are on their way is the middle of the batch. */
async function publish(
  bus: EventBus,
  events: readonly OutgoingEvent[],
  crashPoints: CrashPoints,
): Promise<Publication> {
  const publishing = bus.publish(events)
  // Awaited below; a crash point that throws must not leave a rejection that nobody handles.
  publishing.catch(() => {})
  if (crashPoints !== noCrashPoints) {
    await new Promise((resolve) => setImmediate(resolve))
    crashPoints.reach('relay.mid_batch')
  }
  return await publishing
}

/** How far each shard's cursor may move: to its last published event. */
function movesOf(
  events: readonly OutgoingEvent[],
  leases: readonly ShardLease[],
): readonly { lease: ShardLease; to: LogPosition }[] {
  const last = new Map<number, LogPosition>()
  for (const event of events) last.set(event.shard, event.position)
  return leases.flatMap((lease) => {
    const to = last.get(lease.shard)
    return to === undefined ? [] : [{ lease, to }]
  })
}
