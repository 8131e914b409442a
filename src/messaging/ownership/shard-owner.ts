import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Service } from '../../kernel/service.ts'
import type { ShardLease, ShardLeaseStore } from './shard-leases.ts'

export interface ShardOwnerOptions {
  readonly store: ShardLeaseStore
  readonly daemonId: string
  readonly host: string
  readonly version: string
  readonly clock: Clock
  readonly logger: Logger
  /**
   * How long a lease lives without a heartbeat. A dead daemon's shards are taken over at the first heartbeat of another one after
   * this: 8 s and 2 s leave 5 s of the 15 s within which a takeover has to be done.
   */
  readonly leaseMs?: number
  /** Between heartbeats; a quarter of the lease, so that one may fail after its 3 s and the next still comes in time. */
  readonly heartbeatMs?: number
  /** What this daemon tells of itself: a DaemonStats. Asked before every heartbeat. */
  readonly stats?: () => JsonObject
  /**
   * Told whenever the set of owned shards, or an epoch, changes; one call after another. Heartbeats do not wait for it: a bus that
   * hangs must not cost the leases. When it throws it is told again at the next heartbeat.
   */
  readonly onChange: (leases: readonly ShardLease[]) => Promise<void>
}

/**
 * Keeps this daemon's share of the shards. Work on a shard stops by itself when its lease could not be renewed in time:
 * `current()` is empty from then on, and every write is fenced by the epoch anyway.
 */
export class ShardOwner implements Service {
  readonly name = 'shard-owner'
  lastSuccessMs: number | null = null
  readonly #options: ShardOwnerOptions
  readonly #leaseMs: number
  readonly #heartbeatMs: number
  #leases: readonly ShardLease[] = []
  /** The leases that `onChange` has acted on. */
  #followed = ''
  #telling: Promise<void> | null = null
  #validUntilMs = 0
  #timer: NodeJS.Timeout | null = null
  #beating: Promise<void> | null = null
  #stopped = true

  constructor(options: ShardOwnerOptions) {
    this.#options = options
    this.#leaseMs = options.leaseMs ?? 8_000
    this.#heartbeatMs = options.heartbeatMs ?? 2_000
  }

  /** The shards that this daemon may work on now. */
  current(): readonly ShardLease[] {
    return this.#options.clock.monotonicMs() < this.#validUntilMs ? this.#leases : []
  }

  /** Resolves after the first heartbeat. */
  async start(): Promise<void> {
    this.#stopped = false
    await this.#beat()
    this.#schedule()
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#beating
    this.#validUntilMs = 0
    this.#replace([])
    await this.#telling
    await this.#options.store.release(this.#options.daemonId)
  }

  /** Beats at once: after a write was refused because a lease was lost. */
  async refresh(): Promise<void> {
    if (!this.#stopped) await this.#beatLogged()
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      void this.#beatLogged().finally(() => this.#schedule())
    }, this.#heartbeatMs)
  }

  async #beatLogged(): Promise<void> {
    this.#beating ??= this.#beat()
      .catch((error: unknown) => {
        this.#options.logger.warn(
          { error: errorText(error) },
          'The heartbeat failed; shards are given up when their lease ends',
        )
        if (this.current().length === 0) this.#replace([])
      })
      .finally(() => {
        this.#beating = null
      })
    await this.#beating
  }

  async #beat(): Promise<void> {
    const { store, daemonId, host, version, clock, stats = () => ({}) } = this.#options
    const asked = clock.monotonicMs()
    const leases = await store.heartbeat({ daemonId, host, version, leaseMs: this.#leaseMs, stats: stats() })
    // Counted from before the call: the database's clock started no later than that. A margin covers a slow next step.
    this.#validUntilMs = asked + this.#leaseMs * 0.9
    this.lastSuccessMs = clock.monotonicMs()
    this.#replace(leases)
  }

  /** Takes these leases and tells of them; a listener that is still busy hears of them afterwards. */
  #replace(leases: readonly ShardLease[]): void {
    this.#leases = leases
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = null
    })
  }

  /** Until somebody could act on a change (the bus may be away), every heartbeat tells of it again. */
  async #tell(): Promise<void> {
    while (fingerprint(this.#leases) !== this.#followed) {
      const leases = this.#leases
      try {
        await this.#options.onChange(leases)
        this.#followed = fingerprint(leases)
      } catch (error) {
        this.#options.logger.warn(
          { shards: leases.length, error: errorText(error) },
          'A change of shards could not be followed; the next heartbeat tries again',
        )
        return
      }
    }
  }
}

function fingerprint(leases: readonly ShardLease[]): string {
  return leases
    .map(({ shard, epoch }) => `${shard}:${epoch}`)
    .sort()
    .join()
}
