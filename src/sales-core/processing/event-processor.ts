import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import { UnsettledEvents } from '../../messaging/consume/unsettled-events.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { TeamBook } from '../people/team-book.ts'
import { TeamHints } from '../people/team-book.ts'
import { appliedOf } from './applied.ts'
import type { Applied } from './applied.ts'
import type { ConfigProvider } from './config-provider.ts'
import type { ApplyReport, DecisionStore, EventOutcome, LoadedEntity } from './decision-store.ts'
import { DefinitionCache } from './definition-cache.ts'
import type { RuleBreakers } from './breakers/rule-breakers.ts'
import { BaselineLatency } from './arms/baseline-latency.ts'
import { decideEntity } from './arms/decide-entity.ts'
import type { Poison } from './arms/decide-entity.ts'
import type { ArmTools } from './arms/decide-with-arms.ts'
import { UnitActions } from './arms/unit-actions.ts'
import { WarmUp } from './arms/warm-up.ts'
import { unconfigured } from './decide-event.ts'
import { decideWithTeams } from './decide-with-teams.ts'
import { asNxError, isNobodysFault, isTemporary } from './failure-kinds.ts'

export interface EventProcessorOptions {
  readonly store: DecisionStore
  readonly configs: ConfigProvider
  readonly clock: Clock
  readonly logger: Logger
  /** Compiled definitions kept for instances pinned to old ones. */
  readonly definitionsMax?: number
  /** How often an event that cannot be stored "now" is tried before it becomes a dead letter. Default 3. */
  readonly triesMax?: number
  /** Counts what rules do, and knows whose breaker is open. Left out: no rule is ever parked. */
  readonly breakers?: Pick<RuleBreakers, 'parkedFor' | 'count'>
  /** Which of a candidate and its baseline is looked at first. Default: Math.random. */
  readonly random?: () => number
  /** Told of every transaction once it is committed; batches may overlap. */
  readonly onApplied?: (done: Applied) => void
}

const triedEventsMax = 10_000

export interface ProcessorCounters {
  applied: number
  duplicates: number
  repaired: number
  commands: number
  emitted: number
  deadLetters: number
  fallbacks: number
  poisoned: number
  /** Decided by a candidate, and by both of a pair; replaced by the baseline's decision. */
  candidates: number
  pairs: number
  fellBack: number
}

/**
 * Applies events to their entities: `decide` for each, in order, and one transaction for the whole batch. When a batch cannot be
 * stored, it is halved until only the events to blame are left: one that can never be stored becomes a dead letter, and its
 * entity moves on; one that cannot be stored now comes again, three times at most while others pass.
 */
export class EventProcessor {
  readonly counters: ProcessorCounters = {
    applied: 0,
    duplicates: 0,
    repaired: 0,
    commands: 0,
    emitted: 0,
    deadLetters: 0,
    fallbacks: 0,
    poisoned: 0,
    candidates: 0,
    pairs: 0,
    fellBack: 0,
  }
  readonly #options: EventProcessorOptions
  readonly #definitions: DefinitionCache
  /** Events that could not be stored "now" -> how often they were tried alone. Oldest first. */
  readonly #tries = new Map<string, number>()
  readonly #latency = new BaselineLatency()
  readonly #actions = new UnitActions()
  readonly #warmUp = new WarmUp()
  readonly #teams = new TeamHints()

  constructor(options: EventProcessorOptions) {
    this.#options = options
    this.#definitions = new DefinitionCache(options.configs, options.definitionsMax)
  }

  /**
   * Resolves when every event is settled: applied, known already, or a dead letter, and committed. Throws UnsettledEvents when that
   * is so for all but some, and when nothing more can be said than "later" what says so: a retryable NxError or a lost lease. What
   * was committed until then is skipped when it comes again.
   */
  async process(events: readonly LoggedEvent[], leases: readonly ShardLease[]): Promise<void> {
    try {
      await this.#apply(events, leases, null)
    } catch (error) {
      if (isNobodysFault(error)) throw error
      this.counters.fallbacks += 1
      this.#options.logger.warn(
        { events: events.length, error: errorText(error) },
        'A batch cannot be stored; it is halved until the events to blame are found',
      )
      const unsettled = await this.#applyHalves(events, leases, error)
      if (unsettled.length > 0) throw new UnsettledEvents(unsettled, error)
    }
  }

  /** Makes an event a dead letter of class poison without deciding it: deciding it is what goes wrong. Throws as `process` does. */
  async putAside(event: LoggedEvent, leases: readonly ShardLease[], error: NxError): Promise<void> {
    this.counters.poisoned += 1
    this.#options.logger.error(
      { eventId: event.id, type: event.type, error: errorText(error) },
      'An event cannot be applied; it becomes a dead letter',
    )
    await this.#apply([event], leases, { id: event.id, error, ofCandidate: false })
  }

  /**
   * Applies an event without the candidate of a rollout, because something went wrong for which it may be to blame; it is, if this
   * works. Throws as `process` does.
   */
  async processCarefully(event: LoggedEvent, leases: readonly ShardLease[], error: NxError): Promise<void> {
    try {
      await this.#apply([event], leases, { id: event.id, error, ofCandidate: true })
    } catch (failure) {
      if (isTemporary(failure)) throw failure
      await this.putAside(event, leases, asNxError(failure))
    }
  }

  /** Applies what failed together in two parts, in order, down to single events. Returns those that have to come again. */
  async #applyHalves(
    events: readonly LoggedEvent[],
    leases: readonly ShardLease[],
    error: unknown,
  ): Promise<readonly LoggedEvent[]> {
    const [event] = events
    if (event === undefined) return []
    if (events.length === 1) {
      if (!isTemporary(error)) await this.#applyAlone(event, leases)
      else if (!(await this.#givenUp(event, leases, error))) return [event]
      return []
    }
    const middle = events.length >> 1
    const unsettled: LoggedEvent[] = []
    for (const half of [events.slice(0, middle), events.slice(middle)]) {
      try {
        await this.#apply(half, leases, null)
      } catch (failure) {
        if (isNobodysFault(failure)) throw failure
        unsettled.push(...(await this.#applyHalves(half, leases, failure)))
      }
    }
    return unsettled
  }

  /**
   * Counts a try of an event that could not be stored "now". After the last one it becomes a dead letter: if the database can
   * write that, it is not the database. Until then it comes again.
   */
  async #givenUp(event: LoggedEvent, leases: readonly ShardLease[], error: unknown): Promise<boolean> {
    const tries = (this.#tries.get(event.id) ?? 0) + 1
    if (tries < (this.#options.triesMax ?? 3)) {
      this.#tries.delete(event.id)
      this.#tries.set(event.id, tries)
      const [oldest] = this.#tries.keys()
      if (this.#tries.size > triedEventsMax && oldest !== undefined) this.#tries.delete(oldest)
      return false
    }
    try {
      await this.putAside(event, leases, asNxError(error))
    } catch (failure) {
      if (isNobodysFault(failure) || !isTemporary(failure)) throw failure
      return false
    }
    this.#tries.delete(event.id)
    return true
  }

  /** An event before it may be missing on the bus and is loaded with it: then those are applied first, each alone. */
  async #applyAlone(event: LoggedEvent, leases: readonly ShardLease[]): Promise<void> {
    const decided: EventOutcome[] = []
    try {
      await this.#apply([event], leases, null, decided)
    } catch (error) {
      if (isTemporary(error)) throw error
      const before = decided.filter((outcome) => outcome.event.entitySeq < event.entitySeq)
      if (before.length > 0) {
        for (const earlier of before) await this.#applyAlone(earlier.event, leases)
        return await this.#applyAlone(event, leases)
      }
      const ofCandidate = decided.some(({ observation }) => observation?.arm === 'candidate')
      if (ofCandidate && (await this.#storedByBaseline(event, leases, error))) return
      await this.putAside(event, leases, asNxError(error))
    }
  }

  /** A candidate may make what no database takes: its event is decided by the baseline, and is none the worse for it. */
  async #storedByBaseline(
    event: LoggedEvent,
    leases: readonly ShardLease[],
    error: unknown,
  ): Promise<boolean> {
    try {
      await this.#apply([event], leases, { id: event.id, error, ofCandidate: true })
      return true
    } catch (failure) {
      if (isTemporary(failure)) throw failure
      return false
    }
  }

  async #apply(
    events: readonly LoggedEvent[],
    leases: readonly ShardLease[],
    poison: Poison | null,
    /** Filled with what the events that the store found to be applied led to. */
    decided: EventOutcome[] = [],
  ): Promise<void> {
    const { clock, random = Math.random } = this.#options
    const actions = this.#actions.batch()
    const timeMs = (): number => clock.monotonicMs()
    const tools = { random, timeMs, latency: this.#latency, warmUp: this.#warmUp, actions }
    const report = await this.#options.store.apply(events, leases, async (loaded, teams) => {
      const outcomes = await decideWithTeams(loaded, teams, this.#teams, this.#configDigest, async (book) => {
        // A transaction or a look that is tried again starts its counts anew.
        actions.reset()
        const looked: EventOutcome[] = []
        for (const entity of loaded) looked.push(...(await this.#decideEntity(entity, poison, tools, book)))
        return looked
      })
      decided.splice(0, decided.length, ...outcomes)
      return outcomes
    })
    actions.commit()
    this.#options.breakers?.count(decided)
    this.#count(report, decided)
  }

  async #decideEntity(
    loaded: LoadedEntity,
    poison: Poison | null,
    tools: ArmTools,
    book: TeamBook,
  ): Promise<readonly EventOutcome[]> {
    const { configs, clock } = this.#options
    const tenant = await configs
      .configFor(loaded.tenantId, loaded.entity.workspace)
      .catch((error: unknown) => {
        if (isTemporary(error)) throw error
        return { error }
      })
    // Only this entity's events are put aside, to be replayed when it is mended; the rest of the batch goes on together.
    if ('error' in tenant) return unconfigured(loaded.events, tenant.error)
    const { config } = tenant
    const definitions = await this.#definitions.definitionsOf(loaded.tenantId, loaded.instances, config)
    const parked = this.#options.breakers?.parkedFor(loaded.tenantId) ?? null
    const known = parked === null ? loaded : { ...loaded, parked }
    return decideEntity(known, tenant, definitions, clock.now(), poison, tools, book)
  }

  /** Empty when it cannot be told: only a hint depends on it. */
  readonly #configDigest = async ({ tenantId, entity }: LoadedEntity): Promise<string> => {
    const tenant = await this.#options.configs.configFor(tenantId, entity.workspace).catch(() => null)
    return tenant?.config.digest ?? ''
  }

  #count(report: ApplyReport, decided: readonly EventOutcome[]): void {
    this.counters.applied += report.applied
    this.counters.duplicates += report.duplicates
    this.counters.repaired += report.repaired
    this.counters.commands += report.commands
    this.counters.emitted += report.emitted
    for (const outcome of decided) {
      this.counters.deadLetters += outcome.state === 'dead' ? 1 : outcome.deadLetters.length
      const { observation } = outcome
      if (observation?.arm === 'candidate') this.counters.candidates += 1
      if (observation?.arm === 'pair') this.counters.pairs += 1
      if (observation?.fellBack === true) this.counters.fellBack += 1
    }
    this.#options.onApplied?.(appliedOf(report, decided))
  }
}
