import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { BusFactsReader } from '../../messaging/bus/bus-facts.ts'
import { shardCount } from '../../messaging/events/entity-key.ts'
import type { Alert, AlertCondition } from './alert.ts'
import type { AlertCount, AlertStore } from './alert-store.ts'
import { codesLookedAt, conditionsOf } from './conditions-of.ts'
import type { DaemonHealth, DaemonHealthStore } from './daemon-health.ts'
import type { InstallationFacts, InstallationFactsReader } from './installation-facts.ts'
import { watchThresholds } from './watch-thresholds.ts'

export interface AlertWatchOptions {
  readonly daemonId: string
  readonly alerts: AlertStore
  readonly facts: InstallationFactsReader
  readonly health: DaemonHealthStore
  readonly bus: BusFactsReader
  /** Is it this daemon that watches? One does: the owner of shard 0. Two for a moment do no harm. */
  readonly watches: () => boolean
  /** Sends what is due; returns the routes that cannot be used. */
  readonly route: () => Promise<readonly AlertCondition[]>
  readonly slugOf: (tenantId: string) => string | null
  readonly disk: () => Promise<DaemonHealth['disk']>
  /** Events that this process has published again so far. */
  readonly repaired: () => number
  /** Shards of this process that stand still because the bus refuses their next event. */
  readonly refused: () => DaemonHealth['refused']
  readonly clock: Clock
  readonly logger: Logger
  readonly idleMs?: number
}

/** What the watcher saw last: for metrics. */
export interface WatchView {
  readonly facts: InstallationFacts
  readonly open: readonly AlertCount[]
  /** Monotonic. */
  readonly atMs: number
}

/** How long a look at the bus may take; without it the watch goes on. */
const busTimeoutMs = 5_000
/** Rounds between two looks for alerts to forget. */
const forgetEvery = 360

/**
 * Looks at the installation every ten seconds, turns what is wrong into alerts and has routes told of them. Every daemon leaves
 * its own health; one of them watches.
 */
export class AlertWatch extends Loop {
  readonly counters = { raised: 0 }
  /** null: this daemon does not watch now. */
  view: WatchView | null = null
  readonly #options: AlertWatchOptions
  readonly #unownedSinceMs = new Map<number, number>()
  #repaired: DaemonHealth['repaired'] = { events: 0, lastAt: null }
  #looks = 0

  constructor(options: AlertWatchOptions) {
    const { clock, logger, idleMs = 10_000 } = options
    super({ name: 'alert-watch', idleMs, clock, logger, runOnce: async () => await this.#round() })
    this.#options = options
  }

  async #round(): Promise<number> {
    const { daemonId, health, watches } = this.#options
    await health.report(daemonId, await this.#measure())
    if (watches()) await this.#look()
    else {
      this.view = null
      this.#unownedSinceMs.clear()
    }
    return 0
  }

  async #look(): Promise<void> {
    const { alerts, clock, logger, slugOf, route } = this.#options
    const facts = await this.#options.facts.facts(watchThresholds)
    const seen = {
      slugOf,
      unownedMs: this.#unowned(facts.shardsOwned),
      consumersAhead: await this.#consumersAhead(),
    }
    const raised = await alerts.report(codesLookedAt(facts, seen), conditionsOf(facts, seen))
    for (const alert of raised) logger.warn(logged(alert), alert.title)
    this.counters.raised += raised.length
    await this.#route(route)
    this.view = { facts, open: await alerts.counts(), atMs: clock.monotonicMs() }
    if (this.#looks % forgetEvery === 0) await alerts.forgetOld()
    this.#looks += 1
  }

  async #route(route: () => Promise<readonly AlertCondition[]>): Promise<void> {
    const { alerts, logger } = this.#options
    const broken = await alerts.report(['NX-ALERT-ROUTE-BROKEN'], await route())
    for (const alert of broken) logger.warn(logged(alert), alert.title)
    this.counters.raised += broken.length
  }

  async #measure(): Promise<DaemonHealth> {
    const { health, clock, disk, repaired, refused } = this.#options
    const before = clock.now().getTime()
    const database = Date.parse(await health.databaseNow())
    const after = clock.now().getTime()
    // Where between question and answer the database looked at its clock is not known.
    const uncertainMs = Math.abs(after - before) / 2
    const skewMs = (before + after) / 2 - database
    const events = repaired()
    if (events > this.#repaired.events) this.#repaired = { events, lastAt: new Date(database).toISOString() }
    return {
      skewMs: Math.abs(skewMs) <= uncertainMs ? 0 : Math.round(skewMs),
      disk: await disk(),
      repaired: this.#repaired,
      refused: refused(),
    }
  }

  #unowned(owned: readonly number[]): ReadonlyMap<number, number> {
    const nowMs = this.#options.clock.monotonicMs()
    for (let shard = 0; shard < shardCount; shard += 1) {
      if (owned.includes(shard)) this.#unownedSinceMs.delete(shard)
      else if (!this.#unownedSinceMs.has(shard)) this.#unownedSinceMs.set(shard, nowMs)
    }
    return new Map([...this.#unownedSinceMs].map(([shard, sinceMs]) => [shard, nowMs - sinceMs]))
  }

  async #consumersAhead(): Promise<readonly number[] | null> {
    let timer: NodeJS.Timeout | undefined
    try {
      const deadline = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('The bus did not answer in time')), busTimeoutMs)
      })
      return (await Promise.race([this.#options.bus.busFacts(), deadline])).consumersAhead
    } catch (error) {
      this.#options.logger.warn({ error: errorText(error) }, 'The bus could not be looked at')
      return null
    } finally {
      clearTimeout(timer)
    }
  }
}

function logged({ id, code, subject, severity, tenantId, fix }: Alert): object {
  return { alert: id, code, subject, severity, tenant: tenantId, fix }
}
