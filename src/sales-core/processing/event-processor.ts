import type { Clock } from '../../kernel/clock.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import { decide } from '../decide/decide.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import type { ConfigProvider, TenantConfig } from './config-provider.ts'
import type { ApplyReport, DecisionStore, EventOutcome, LoadedEntity } from './decision-store.ts'
import { DefinitionCache } from './definition-cache.ts'
import { deadEvent, failedParts } from './dead-letters-of.ts'

export interface EventProcessorOptions {
  readonly store: DecisionStore
  readonly configs: ConfigProvider
  readonly clock: Clock
  readonly logger: Logger
  /** Compiled definitions kept for instances pinned to old ones. */
  readonly definitionsMax?: number
}

export interface ProcessorCounters {
  applied: number
  duplicates: number
  repaired: number
  commands: number
  emitted: number
  deadLetters: number
  fallbacks: number
  poisoned: number
}

/**
 * Applies events to their entities: `decide` for each, in order, and one transaction for the whole batch. When a batch cannot be
 * stored for a reason that trying again does not mend, its events are applied one by one; the one to blame becomes a dead letter,
 * and its entity moves on.
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
  }
  readonly #options: EventProcessorOptions
  readonly #definitions: DefinitionCache

  constructor(options: EventProcessorOptions) {
    this.#options = options
    this.#definitions = new DefinitionCache(options.configs, options.definitionsMax)
  }

  /**
   * Resolves when every event is settled: applied, known already, or a dead letter, and committed. Throws when nothing more can be
   * said than "later": a retryable NxError or a lost lease. What was committed until then is skipped when it comes again.
   */
  async process(events: readonly LoggedEvent[], leases: readonly ShardLease[]): Promise<void> {
    try {
      await this.#apply(events, leases, null)
    } catch (error) {
      if (isTemporary(error)) throw error
      this.counters.fallbacks += 1
      this.#options.logger.warn(
        { events: events.length, error: errorText(error) },
        'A batch cannot be stored; its events are applied one by one',
      )
      for (const event of events) await this.#applyAlone(event, leases)
    }
  }

  /** An event before it may be missing on the bus and is loaded with it: then those are applied first, each alone. */
  async #applyAlone(event: LoggedEvent, leases: readonly ShardLease[]): Promise<void> {
    const loaded: LoggedEvent[] = []
    try {
      await this.#apply([event], leases, null, loaded)
    } catch (error) {
      if (isTemporary(error)) throw error
      const before = loaded.filter(({ entitySeq }) => entitySeq < event.entitySeq)
      if (before.length > 0) {
        for (const earlier of before) await this.#applyAlone(earlier, leases)
        return await this.#applyAlone(event, leases)
      }
      this.counters.poisoned += 1
      this.#options.logger.error(
        { eventId: event.id, type: event.type, error: errorText(error) },
        'An event cannot be applied; it becomes a dead letter',
      )
      await this.#apply([event], leases, { id: event.id, error })
    }
  }

  async #apply(
    events: readonly LoggedEvent[],
    leases: readonly ShardLease[],
    poison: { readonly id: string; readonly error: unknown } | null,
    /** Filled with the events that the store found to be applied. */
    seen: LoggedEvent[] = [],
  ): Promise<void> {
    const tally = { deadLetters: 0 }
    const report = await this.#options.store.apply(events, leases, async (loaded) => {
      // A transaction that is tried again starts its count anew.
      tally.deadLetters = 0
      seen.splice(0, seen.length, ...loaded.flatMap((entity) => entity.events))
      const outcomes: EventOutcome[] = []
      for (const entity of loaded) outcomes.push(...(await this.#decideEntity(entity, poison)))
      for (const outcome of outcomes)
        tally.deadLetters += outcome.state === 'dead' ? 1 : outcome.deadLetters.length
      return outcomes
    })
    this.#count(report, tally.deadLetters)
  }

  async #decideEntity(
    loaded: LoadedEntity,
    poison: { readonly id: string; readonly error: unknown } | null,
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
    const definitions = await this.#definitions.definitionsOf(
      loaded.tenantId,
      loaded.instances,
      tenant.config,
    )
    const now = clock.now()
    const outcomes: EventOutcome[] = []
    let current: Current = { entity: loaded.entity, instances: loaded.instances, definitions }
    for (const event of loaded.events) {
      const outcome =
        poison?.id === event.id
          ? ({
              event,
              state: 'dead',
              deadLetter: deadEvent(event, 'poison', codeOf(poison.error), errorText(poison.error)),
            } as const)
          : decideEvent(event, current, tenant, now)
      outcomes.push(outcome)
      if (outcome.state === 'decided') current = afterwards(current, outcome.decision)
    }
    return outcomes
  }

  #count(report: ApplyReport, deadLetters: number): void {
    this.counters.applied += report.applied
    this.counters.duplicates += report.duplicates
    this.counters.repaired += report.repaired
    this.counters.commands += report.commands
    this.counters.emitted += report.emitted
    this.counters.deadLetters += deadLetters
  }
}

/** The configuration that these events need cannot be used by this version. */
function unconfigured(events: readonly LoggedEvent[], error: unknown): readonly EventOutcome[] {
  const detail = error instanceof NxError && error.detail !== undefined ? `: ${error.detail}` : ''
  const reason = `${errorText(error)}${detail}`
  return events.map((event) => ({
    event,
    state: 'dead',
    deadLetter: deadEvent(event, 'invalid', codeOf(error), reason),
  }))
}

interface Current {
  readonly entity: EntityState
  readonly instances: readonly WorkflowInstance[]
  readonly definitions: ReadonlyMap<string, CompiledWorkflow>
}

/** The state that the next event of the same entity meets. */
function afterwards(
  current: Current,
  decision: { entity: EntityState; instances: readonly WorkflowInstance[] },
): Current {
  if (decision.instances.length === 0) return { ...current, entity: decision.entity }
  const byId = new Map(
    [...current.instances, ...decision.instances].map((instance) => [instance.id, instance]),
  )
  const waiting = [...byId.values()].filter(({ state }) => state.status === 'waiting')
  return { ...current, entity: decision.entity, instances: waiting }
}

function decideEvent(
  event: LoggedEvent,
  current: Current,
  { config, unknownEvents }: TenantConfig,
  now: Date,
): EventOutcome {
  if (config.eventType(event.type) === null && unknownEvents === 'dead_letter') {
    const reason = `No EventType declares ${event.type}, and this tenant puts such events aside`
    return { event, state: 'dead', deadLetter: deadEvent(event, 'invalid', 'NX-EVENT-UNKNOWN', reason) }
  }
  const problems = config.dataProblems(event.type, event.data)
  if (problems.length > 0) {
    return {
      event,
      state: 'dead',
      deadLetter: deadEvent(event, 'invalid', 'NX-EVENT-DATA', problems.join('; ')),
    }
  }
  try {
    const decision = decide(event, current, config, now)
    return { event, state: 'decided', decision, deadLetters: failedParts(event, decision.trace.rules) }
  } catch (error) {
    // decide itself never throws for data; when it does all the same, one event must not hold up its entity.
    return { event, state: 'dead', deadLetter: deadEvent(event, 'poison', codeOf(error), errorText(error)) }
  }
}

function codeOf(error: unknown): string {
  return error instanceof NxError ? error.code : 'NX-EVENT-POISON'
}

/** Would the same batch work later, or under another owner? Then it is not an event's fault. */
function isTemporary(error: unknown): boolean {
  return error instanceof NxError && (error.retryable || error.code === 'NX-LEASE-LOST')
}
