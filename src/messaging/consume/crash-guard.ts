import { NxError } from '../../kernel/errors.ts'
import type { LoggedEvent } from '../events/event.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'
import type { ProcessEvents } from './event-consumer.ts'
import type { EventStarts } from './event-starts.ts'
import { UnsettledEvents } from './unsettled-events.ts'

export interface CrashGuardOptions {
  readonly starts: EventStarts
  readonly process: ProcessEvents
  /** Makes an event a dead letter without deciding it. */
  readonly putAside: (event: LoggedEvent, leases: readonly ShardLease[], error: NxError) => Promise<void>
  /**
   * The last try of an event over which processes died: with nothing that can be left out. What it did without is to blame if that
   * works. Default: `process`.
   */
  readonly processCarefully?: (
    event: LoggedEvent,
    leases: readonly ShardLease[],
    error: NxError,
  ) => Promise<void>
  /** This process. */
  readonly daemonId: string
  /** An event over which so many processes died becomes a dead letter. Default 3. */
  readonly deathsMax?: number
  /** So many events of a shard are watched after its lease changed hands: what was under way before. Default 64. */
  readonly watchedMax?: number
}

/**
 * Finds the event that kills its process. What killed the owner of a shard is among the first that its next owner gets, so
 * only these are noted down before they are begun: the many that follow cost nothing. Once a process died over a batch that was
 * noted down, its events are begun one at a time, and the one that goes on killing becomes a dead letter of class poison.
 */
export class CrashGuard {
  readonly counters = { watched: 0, deaths: 0, putAside: 0 }
  readonly #options: CrashGuardOptions
  readonly #seen = new Map<number, { readonly epoch: string; events: number }>()

  constructor(options: CrashGuardOptions) {
    this.#options = options
  }

  /** A ProcessEvents. */
  readonly process: ProcessEvents = async (events, leases) => {
    const watched = this.#watch(events, leases)
    if (watched.length === 0) return await this.#options.process(events, leases)
    const { starts, daemonId } = this.#options
    const deaths = await starts.deaths(watched, daemonId)
    if (deaths.size > 0) return await this.#oneByOne(events, leases, deaths)
    await starts.begin(watched, daemonId)
    await this.#ending(watched, async () => await this.#options.process(events, leases))
  }

  /** The events that are among the first of their shard under this lease. */
  #watch(events: readonly LoggedEvent[], leases: readonly ShardLease[]): readonly LoggedEvent[] {
    const { watchedMax = 64 } = this.#options
    const epochs = new Map(leases.map(({ shard, epoch }) => [shard, epoch]))
    const watched = events.filter(({ shard }) => {
      const epoch = epochs.get(shard)
      if (epoch === undefined) return false
      const seen = this.#seen.get(shard)
      if (seen?.epoch === epoch) return (seen.events += 1) <= watchedMax
      this.#seen.set(shard, { epoch, events: 1 })
      return true
    })
    this.counters.watched += watched.length
    return watched
  }

  /** Each in a transaction of its own, noted down just before: whoever dies now is known by name. */
  async #oneByOne(
    events: readonly LoggedEvent[],
    leases: readonly ShardLease[],
    deaths: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { starts, daemonId, deathsMax = 3 } = this.#options
    const unsettled: LoggedEvent[] = []
    for (const event of events) {
      const died = deaths.get(event.id) ?? 0
      this.counters.deaths += died
      try {
        if (died >= deathsMax) await this.#putAside(event, leases, died)
        else {
          await starts.begin([event], daemonId)
          const last = died === deathsMax - 1
          await this.#ending([event], async () => await this.#processAlone(event, leases, last ? died : null))
        }
      } catch (error) {
        if (!(error instanceof UnsettledEvents)) throw error
        unsettled.push(event)
      }
    }
    if (unsettled.length > 0) throw new UnsettledEvents(unsettled, new Error('Some could not be applied now'))
  }

  async #processAlone(event: LoggedEvent, leases: readonly ShardLease[], died: number | null): Promise<void> {
    const { process, processCarefully } = this.#options
    if (died === null || processCarefully === undefined) await process([event], leases)
    else await processCarefully(event, leases, killing(died))
  }

  async #putAside(event: LoggedEvent, leases: readonly ShardLease[], died: number): Promise<void> {
    await this.#options.putAside(event, leases, killing(died))
    this.counters.putAside += 1
    await this.#options.starts.end([event])
  }

  /** Failing is no crime: only what is never ended counts. */
  async #ending(events: readonly LoggedEvent[], work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // The failure says more than a mark that could not be taken back; the same process counts once anyway.
      await this.#options.starts.end(events).catch(() => {})
      throw error
    }
    await this.#options.starts.end(events)
  }
}

function killing(died: number): NxError {
  return new NxError('bug', 'NX-EVENT-KILLS', `${died} processes died while they applied this event`)
}
