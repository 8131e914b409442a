import { entityKey } from '../../src/messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import type { ShardLease } from '../../src/messaging/ownership/shard-leases.ts'
import type { EntityState } from '../../src/sales-core/decide/entity-state.ts'
import { newEntity } from '../../src/sales-core/decide/entity-state.ts'
import type { RuleWait } from '../../src/sales-core/decide/rule-wait.ts'
import { withWaitChanges } from '../../src/sales-core/decide/rule-wait.ts'
import type {
  ApplyReport,
  DecisionStore,
  EventOutcome,
  LoadedEntity,
  TeamReader,
} from '../../src/sales-core/processing/decision-store.ts'
import { workflowAsk } from '../../src/sales-core/workflows/workflow-asks.ts'
import type { WorkflowInstance } from '../../src/sales-core/workflows/workflow-instance.ts'
import { MemoryTeams } from './memory-teams.ts'

/** Entities in memory: all or nothing per call, repeats left out, order within an entity kept. */
export class MemoryDecisionStore implements DecisionStore {
  readonly outcomes: EventOutcome[] = []
  /** Teams of all workspaces. */
  readonly teams = new MemoryTeams((_tenantId, key) => this.#entities.get(key))
  readonly #entities = new Map<string, EntityState>()
  readonly #instances = new Map<string, WorkflowInstance>()
  readonly #waits = new Map<string, readonly RuleWait[]>()
  /** Events that were accepted; what is missing between the last applied one and one that is given is taken from here. */
  readonly log: LoggedEvent[] = []
  /** Throws what a database would: called before anything is written, with what would be. */
  refuse: (outcomes: readonly EventOutcome[]) => void = () => {}

  entity(key: string): EntityState | undefined {
    return this.#entities.get(key)
  }

  instances(): readonly WorkflowInstance[] {
    return [...this.#instances.values()]
  }

  async apply(
    events: readonly LoggedEvent[],
    _leases: readonly ShardLease[],
    decideAll: (loaded: readonly LoadedEntity[], teams: TeamReader) => Promise<readonly EventOutcome[]>,
  ): Promise<ApplyReport> {
    const fresh = [...this.#missing(events), ...events].filter(
      (event) => event.entitySeq > (this.#entities.get(keyOf(event))?.appliedSeq ?? 0),
    )
    const loaded = [...Map.groupBy(fresh, keyOf)].map(([key, own]) => this.#load(key, own))
    const outcomes = await decideAll(loaded, async (wanted) => this.teams.read(wanted))
    this.refuse(outcomes)
    this.teams.write(outcomes)
    for (const outcome of outcomes) this.#write(outcome)
    const decided = outcomes.flatMap((outcome) => (outcome.state === 'decided' ? [outcome.decision] : []))
    return {
      applied: outcomes.length,
      duplicates: events.length - fresh.length,
      repaired: 0,
      commands: decided.flatMap(({ commands }) => commands).length,
      emitted: decided.flatMap(({ emitted }) => emitted).length,
    }
  }

  #missing(events: readonly LoggedEvent[]): readonly LoggedEvent[] {
    return this.log.filter(
      (logged) =>
        !events.some(({ id }) => id === logged.id) &&
        events.some((event) => keyOf(event) === keyOf(logged) && event.entitySeq > logged.entitySeq),
    )
  }

  #load(key: string, events: readonly LoggedEvent[]): LoadedEntity {
    const [first] = events
    if (first === undefined) throw new Error('An entity without events')
    const asked = new Set(events.flatMap((event) => workflowAsk(event)?.instanceId ?? []))
    const waiting = [...this.#instances.values()].filter(
      ({ id, entityKey: own, state }) => own === key && (state.status === 'waiting' || asked.has(id)),
    )
    const entity = this.#entities.get(key) ?? newEntity(first.workspace, first.subject)
    return {
      tenantId: first.tenantId,
      entityKey: entityKey(first.workspace, first.subject),
      entity,
      instances: waiting,
      waits: this.#waits.get(key) ?? [],
      events,
    }
  }

  #write(outcome: EventOutcome): void {
    this.outcomes.push(outcome)
    const key = keyOf(outcome.event)
    if (outcome.state === 'decided') {
      this.#entities.set(key, outcome.decision.entity)
      for (const instance of outcome.decision.instances) this.#instances.set(instance.id, instance)
      this.#waits.set(key, withWaitChanges(this.#waits.get(key) ?? [], outcome.decision.waits))
      return
    }
    const entity = this.#entities.get(key) ?? newEntity(outcome.event.workspace, outcome.event.subject)
    this.#entities.set(key, { ...entity, appliedSeq: outcome.event.entitySeq })
  }
}

function keyOf(event: LoggedEvent): string {
  return entityKey(event.workspace, event.subject)
}
