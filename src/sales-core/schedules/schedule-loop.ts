import type { Clock } from '../../kernel/clock.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { ConfigProvider } from '../processing/config-provider.ts'
import type { CompiledSchedule } from './compiled-schedule.ts'
import { dueRuns } from './due-runs.ts'
import { scheduleEvents } from './schedule-events.ts'
import { shardOfPlace } from './schedule-store.ts'
import type { DueSchedule, SchedulePlace, ScheduleStore, ScheduleTurn } from './schedule-store.ts'

export interface ScheduleLoopOptions {
  readonly store: ScheduleStore
  readonly configs: Pick<ConfigProvider, 'configFor'>
  /** Grows with every change of a tenant or an active revision. */
  readonly directory: { readonly version: string }
  readonly leases: () => readonly ShardLease[]
  /** Events that the runs of a tenant may make a second, each. */
  readonly perSecond: (tenantId: string) => number
  readonly clock: Clock
  readonly logger: Logger
  /** After events were made: the relay has something to publish. */
  readonly onFired: () => void
  /** Longest wait until the next look. Default 1 s. */
  readonly idleMs?: number
  /** Entities looked at in one transaction. Default 500. */
  readonly pageMax?: number
}

/** What is due and cannot be had now must not keep a core busy. */
const idleMsMin = 100
const turnsPerRound = 20
const placesPerRound = 20
const troubleMs = 30_000
/** How long runs that ended are kept. */
const keepRunsMs = 90 * 86_400_000
const forgetEveryMs = 3_600_000

/** Of what a place's rows are. */
interface Synced {
  /** Of the directory. */
  readonly version: string
  /** Of the configuration; null: it could not be read. */
  readonly digest: string | null
  /** Of the shard's lease: under another, somebody else may have written the rows meanwhile. */
  readonly epoch: string
}

/**
 * Carries schedules out: keeps their rows in step with the active documents, and takes one turn after another of those that are
 * due, only for owned shards, so that two daemons do not race for one run. The rows' locks hold all the same.
 */
export class ScheduleLoop extends Loop {
  readonly counters = { turns: 0, events: 0, failed: 0, runs_ended: 0, places: 0, troubles: 0 }
  readonly #options: ScheduleLoopOptions
  /** Of the directory when the places were read. */
  #version: string | null = null
  #places: readonly SchedulePlace[] = []
  /** `tenant/workspace` -> when its rows were last made the documents'. */
  #synced = new Map<string, Synced>()
  #forgotMs = -Infinity

  constructor(options: ScheduleLoopOptions) {
    super({
      name: 'schedules',
      clock: options.clock,
      logger: options.logger,
      idleMs: async () => await this.#idleMs(),
      runOnce: async () => await this.round(),
    })
    this.#options = options
  }

  /** One round: some places, then some turns. Returns how many there were. */
  async round(): Promise<number> {
    const { store, leases } = this.#options
    const held = leases()
    const shards = held.map(({ shard }) => shard)
    if (shards.length === 0) return 0
    const placed = await this.#follow(new Map(held.map(({ shard, epoch }) => [shard, epoch])))
    const found = await store.due(shards, turnsPerRound)
    let turned = 0
    for (const due of found) turned += await this.#turn(due)
    await this.#forget()
    return placed + turned
  }

  async #idleMs(): Promise<number> {
    const { store, leases, idleMs = 1_000 } = this.#options
    const shards = leases().map(({ shard }) => shard)
    const next = shards.length === 0 ? null : await store.nextDueMs(shards)
    return Math.min(idleMs, Math.max(idleMsMin, next ?? idleMs))
  }

  /** Makes rows of some places those of their documents. Returns how many were looked at. */
  async #follow(epochs: ReadonlyMap<number, string>): Promise<number> {
    const { store, directory } = this.#options
    const { version } = directory
    if (this.#version !== version) {
      this.#places = await store.places()
      this.#version = version
      const known = new Set(this.#places.map(placeKey))
      this.#synced = new Map([...this.#synced].filter(([key]) => known.has(key)))
    }
    let count = 0
    for (const place of this.#places) {
      const epoch = epochs.get(shardOfPlace(place))
      const known = this.#synced.get(placeKey(place))
      if (epoch === undefined || (known?.version === version && known.epoch === epoch)) continue
      if (count === placesPerRound) break
      await this.#sync(place, version, epoch, known?.epoch === epoch ? known.digest : null)
      count += 1
    }
    return count
  }

  /** `digest`: of the configuration that its rows are of already; null: not known. */
  async #sync(place: SchedulePlace, version: string, epoch: string, digest: string | null): Promise<void> {
    const { store, configs, logger } = this.#options
    this.counters.places += 1
    let synced: string | null = null
    try {
      const { config } = await configs.configFor(place.tenantId, place.workspace)
      // The directory also grows with what has nothing to do with this place.
      if (config.digest !== digest) await store.sync(place, config.schedules, version)
      synced = config.digest
    } catch (error) {
      // Infrastructure: the whole round is tried again. A configuration that cannot be read stays as it was until it changes.
      if (!(error instanceof NxError) || error.retryable) throw error
      this.counters.troubles += 1
      logger.warn(
        { ...place, code: error.code, error: error.message },
        'The schedules of a workspace cannot be read',
      )
    }
    this.#synced.set(placeKey(place), { version, digest: synced, epoch })
  }

  async #turn(due: DueSchedule): Promise<number> {
    const { store, configs, logger, onFired } = this.#options
    try {
      const { config } = await configs.configFor(due.tenantId, due.workspace)
      const schedule = config.schedules.find(({ name }) => name === due.name)
      // Removed, or not there yet: the rows follow within a round or two.
      if (schedule === undefined) {
        await store.trouble(due, 'NX-SCHEDULE-NOT-FOUND', 'No active Schedule has this name', troubleMs)
        return 0
      }
      const report = await store.turn(due, this.#turnOf(due.tenantId, schedule, config))
      if (report.state === 'passed_over') return 0
      this.counters.turns += 1
      this.counters.events += report.events
      this.counters.failed += report.failed
      if (report.ended) this.counters.runs_ended += 1
      if (report.events > 0) onFired()
      return 1
    } catch (error) {
      if (error instanceof NxError && error.retryable) throw error
      const code = error instanceof NxError ? error.code : 'NX-SCHEDULE-FAILED'
      this.counters.troubles += 1
      logger.warn({ ...due, code, error: errorText(error) }, 'A schedule cannot run')
      await store.trouble(due, code, errorText(error), troubleMs)
      return 0
    }
  }

  #turnOf(tenantId: string, schedule: CompiledSchedule, config: SalesConfig): ScheduleTurn {
    const { perSecond, pageMax = 500 } = this.#options
    return {
      digest: schedule.digest,
      entityKind: schedule.entityKind,
      target: `${schedule.entityKind ?? 'tenant'} ${schedule.emit.type}`,
      pageMax,
      perSecond: Math.max(1, perSecond(tenantId)),
      due: ({ nextAtMs, nowMs }) => dueRuns(schedule, nextAtMs, nowMs),
      page: (run, entities, nowMs) => scheduleEvents(schedule, run, entities, config, new Date(nowMs)),
    }
  }

  async #forget(): Promise<void> {
    const { store, clock } = this.#options
    if (clock.monotonicMs() - this.#forgotMs < forgetEveryMs) return
    this.#forgotMs = clock.monotonicMs()
    await store.forgetRuns(keepRunsMs, 10_000)
  }
}

function placeKey({ tenantId, workspace }: SchedulePlace): string {
  return `${tenantId}/${workspace}`
}
