import { errorText, NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import { shardOf } from '../../messaging/events/entity-key.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { DueStream, ReconciledTenant, ReconcileStore } from '../../platform/reconcile/reconcile-store.ts'
import { shardKeyOfStreams } from '../../platform/reconcile/shard-of-streams.ts'
import { runTurn, turnLeaseMs } from './run-turn.ts'
import type { TurnParts } from './run-turn.ts'
import { reconciledConnectors, wantedStreams } from './wanted-streams.ts'

export interface ReconcileLoopOptions extends TurnParts {
  readonly store: ReconcileStore
  readonly places: (tenantId: string) => Promise<ReadonlyMap<string, string>>
  /** Grows with every change of a tenant or an active revision. */
  readonly directory: { readonly version: string }
  readonly leases: () => readonly ShardLease[]
  readonly daemonId: string
  readonly logger: Logger
  /** Polls under way at once. Default 16. */
  readonly turnsMax?: number
  /** Longest wait until the next look. Default 2 s. */
  readonly idleMs?: number
}

/** What the streams of a tenant were read of. `streams`: as text; null: they could not be read. */
interface Synced {
  readonly tenant: ReconciledTenant
  readonly version: string
  readonly epoch: string
  readonly streams: string | null
}

const idleMsMin = 200
const tenantsPerRound = 20

/**
 * Polls what webhooks may have lost: keeps the streams in step with the active documents, and has those polled that are due, of owned
 * shards. A stream is under a lease while it is polled, so that one daemon polls it at a time.
 */
export class ReconcileLoop extends Loop {
  readonly counters = { polls: 0, failed: 0, found: 0, missed: 0, unmapped: 0, fenced: 0 }
  readonly #options: ReconcileLoopOptions
  readonly #running = new Set<Promise<void>>()
  #stopped = new AbortController()
  #version: string | null = null
  /** By id, as each was first seen with what is active for it. Who could not be read goes to the end. */
  readonly #tenants = new Map<string, ReconciledTenant>()
  readonly #synced = new Map<string, Synced>()

  constructor(options: ReconcileLoopOptions) {
    super({
      name: 'reconcile-polls',
      clock: options.clock,
      logger: options.logger,
      idleMs: async () => await this.#idleMs(),
      runOnce: async () => await this.round(),
    })
    this.#options = options
  }

  override async start(): Promise<void> {
    if (this.#stopped.signal.aborted) this.#stopped = new AbortController()
    await super.start()
  }

  /** Breaks polls off: what they published stays, and is recognised the next time. */
  override async stop(): Promise<void> {
    this.#stopped.abort()
    await super.stop()
    await this.settled()
  }

  /** Resolves when no poll is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** One round: some tenants, then as many polls as there is room for. Returns how many tenants and polls there were. */
  async round(): Promise<number> {
    const { store, leases, turnsMax = 16 } = this.#options
    const held = leases()
    if (held.length === 0) return 0
    const synced = await this.#follow(new Map(held.map(({ shard, epoch }) => [shard, epoch])))
    const room = turnsMax - this.#running.size
    if (room <= 0) return synced
    const due = await store.due(
      held.map(({ shard }) => shard),
      room,
    )
    for (const one of due) {
      const running: Promise<void> = this.#turn(one).finally(() => {
        this.#running.delete(running)
        this.wake()
      })
      this.#running.add(running)
    }
    return synced
  }

  async #idleMs(): Promise<number> {
    const { store, leases, idleMs = 2_000, turnsMax = 16 } = this.#options
    const shards = leases().map(({ shard }) => shard)
    if (shards.length === 0 || this.#running.size >= turnsMax) return idleMs
    const next = await store.nextDueMs(shards)
    return Math.min(idleMs, Math.max(idleMsMin, next ?? idleMs))
  }

  /** Returns how many tenants it read anew. */
  async #follow(epochs: ReadonlyMap<number, string>): Promise<number> {
    const { version } = this.#options.directory
    if (this.#version !== version) await this.#lookAround()
    this.#version = version
    let count = 0
    for (const [tenantId, tenant] of this.#tenants) {
      const epoch = epochs.get(shardOf(tenantId, shardKeyOfStreams))
      if (epoch === undefined || isSynced(this.#synced.get(tenantId), { tenant, version, epoch })) continue
      if (count === tenantsPerRound || !(await this.#sync({ tenant, version, epoch }))) break
      count += 1
    }
    return count
  }

  /** Who there is now, and what is active for them. */
  async #lookAround(): Promise<void> {
    const rows = await this.#options.store.tenants(reconciledConnectors)
    const found = new Map(rows.map((tenant) => [tenant.tenantId, tenant]))
    for (const [tenantId, before] of this.#tenants) {
      const tenant = found.get(tenantId)
      if (tenant?.active === before.active) found.delete(tenantId)
      if (tenant !== undefined) continue
      this.#tenants.delete(tenantId)
      this.#synced.delete(tenantId)
    }
    for (const [tenantId, tenant] of found) this.#tenants.set(tenantId, tenant)
  }

  /** false: it is to be tried again in another round, behind all others. */
  async #sync(now: Omit<Synced, 'streams'>): Promise<boolean> {
    const { store, integrations, places, logger } = this.#options
    const { tenantId } = now.tenant
    const known = this.#synced.get(tenantId)
    try {
      const integration = integrations.integration.bind(integrations)
      const wanted = await wantedStreams({ integration, places }, tenantId)
      const streams = JSON.stringify(wanted)
      // Most revisions change something else.
      if (known?.epoch !== now.epoch || known.streams !== streams)
        await store.sync(tenantId, wanted, now.version)
      this.#synced.set(tenantId, { ...now, streams })
      return true
    } catch (error) {
      const code = error instanceof NxError ? error.code : null
      logger.warn(
        { tenant: tenantId, code, error: errorText(error) },
        'The streams of a tenant cannot be read',
      )
      if (error instanceof NxError && !error.retryable) {
        this.#synced.set(tenantId, { ...now, streams: null })
        return true
      }
      this.#tenants.delete(tenantId)
      this.#tenants.set(tenantId, now.tenant)
      return false
    }
  }

  async #turn(due: DueStream): Promise<void> {
    const { store, daemonId, logger } = this.#options
    const where = { tenant: due.tenantId, integration: due.integration, stream: due.stream }
    try {
      const held = await store.begin(due, daemonId, turnLeaseMs)
      if (held === null) return
      const { end } = await runTurn(held, this.#options, this.#stopped.signal)
      this.counters.polls += 1
      this.counters.found += end.found
      this.counters.missed += end.missed
      this.counters.unmapped += end.unmapped
      if (end.error !== null) this.counters.failed += 1
      if (end.missed > 0) logger.warn({ ...where, missed: end.missed }, 'A poll found what webhooks lost')
      if (end.error !== null) logger.warn({ ...where, ...end.error }, 'A poll failed; it will be made again')
      if (!(await store.end(held, daemonId, end))) this.counters.fenced += 1
    } catch (error) {
      // The lease runs out, and the stream is polled again from where it was.
      this.counters.failed += 1
      logger.warn({ ...where, error: errorText(error) }, 'A poll could not be finished')
    }
  }
}

/**
 * Nothing of the tenant has moved since. What was read while the directory was behind the database may be older than what is active:
 * it is read once more, as is what could not be read.
 */
function isSynced(known: Synced | undefined, now: Omit<Synced, 'streams'>): boolean {
  if (known?.tenant !== now.tenant || known.epoch !== now.epoch) return false
  if (known.version === now.version) return true
  return known.streams !== null && BigInt(known.version) >= BigInt(now.tenant.version)
}
