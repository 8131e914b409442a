import { NxError } from '../../../src/kernel/errors.ts'
import type { Command } from '../../../src/messaging/commands/command.ts'
import type { NewDeadLetter } from '../../../src/messaging/dead-letters/dead-letter.ts'
import { entityKey } from '../../../src/messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import type { EntityState } from '../../../src/sales-core/decide/entity-state.ts'
import { newEntity } from '../../../src/sales-core/decide/entity-state.ts'
import type { RuleWait } from '../../../src/sales-core/decide/rule-wait.ts'
import { withWaitChanges } from '../../../src/sales-core/decide/rule-wait.ts'
import type {
  ApplyReport,
  DecisionStore,
  EventOutcome,
  LoadedEntity,
  TeamReader,
} from '../../../src/sales-core/processing/decision-store.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { keyOf } from './memory-event-log.ts'
import type { MemoryTimers } from './memory-timers.ts'
import { MemoryTeams } from '../memory-teams.ts'
import type { MemoryEventLog } from './memory-event-log.ts'
import { atOnce } from './transaction-steps.ts'
import type { TransactionSteps } from './transaction-steps.ts'

/** What was committed about one event. */
export interface AppliedEvent {
  readonly event: LoggedEvent
  readonly state: EventOutcome['state']
  readonly commands: readonly Command[]
  /** Absent: it became a dead letter. */
  readonly decision?: Decision
}

interface Loading {
  readonly loaded: readonly LoadedEntity[]
  readonly duplicates: number
  readonly repaired: number
}

/** Entities over the log in memory: one transaction per call, checked again at its commit, all or nothing. */
export class MemoryEntityStore implements DecisionStore {
  readonly applied: AppliedEvent[] = []
  readonly letters: NewDeadLetter[] = []
  /** Teams of all workspaces; checked again at the commit. */
  readonly teams = new MemoryTeams((tenantId, key) => this.#entities.get(`${tenantId}/${key}`))
  readonly #log: MemoryEventLog
  readonly #epochOf: (shard: number) => string | null
  readonly #enqueue: (commands: readonly Command[]) => void
  readonly #timers: MemoryTimers | null
  readonly #entities = new Map<string, EntityState>()
  readonly #instances = new Map<string, WorkflowInstance>()
  readonly #waits = new Map<string, readonly RuleWait[]>()

  constructor(options: {
    log: MemoryEventLog
    epochOf: (shard: number) => string | null
    enqueue: (commands: readonly Command[]) => void
    /** Where the ends of waits are kept. Default: nobody fires them. */
    timers?: MemoryTimers
  }) {
    this.#log = options.log
    this.#epochOf = options.epochOf
    this.#enqueue = options.enqueue
    this.#timers = options.timers ?? null
  }

  get entities(): readonly EntityState[] {
    return [...this.#entities.values()]
  }

  get instances(): readonly WorkflowInstance[] {
    return [...this.#instances.values()]
  }

  /** Of the rules of all entities. */
  get waits(): readonly RuleWait[] {
    return [...this.#waits.values()].flat()
  }

  /** How far an entity's order is applied; 0: not at all. */
  appliedSeq(tenantId: string, key: string): number {
    return this.#entities.get(`${tenantId}/${key}`)?.appliedSeq ?? 0
  }

  async apply(
    events: readonly LoggedEvent[],
    leases: readonly ShardLease[],
    decideAll: (loaded: readonly LoadedEntity[], teams: TeamReader) => Promise<readonly EventOutcome[]>,
    steps: TransactionSteps = atOnce,
  ): Promise<ApplyReport> {
    this.#checkLeases(events, leases)
    const { loaded, duplicates, repaired } = this.#load(events)
    await steps.between()
    const outcomes =
      loaded.length === 0 ? [] : await decideAll(loaded, async (wanted) => this.teams.read(wanted))
    if (outcomes.length !== loaded.flatMap((entity) => entity.events).length)
      throw new NxError('bug', 'NX-DECISION-INCOMPLETE', 'An event has no outcome')
    await steps.between()
    const emitted = outcomes.flatMap((one) => (one.state === 'decided' ? one.decision.emitted : []))
    let begun = this.#log.begin(emitted.map(keyOf))
    // Somebody else holds the order of one of these entities.
    for (; begun === null; begun = this.#log.begin(emitted.map(keyOf))) await steps.between()
    const transaction = begun
    steps.opened(transaction)
    try {
      for (const event of emitted) transaction.append(event)
      await steps.between()
      steps.reach('consumer.mid_transaction')
      this.#checkLeases(events, leases)
      this.#checkUnmoved(loaded)
      this.teams.write(outcomes)
      transaction.commit()
    } catch (error) {
      transaction.abort()
      throw error
    }
    const commands = outcomes.flatMap((outcome) => this.#write(outcome))
    this.#enqueue(commands)
    return {
      applied: outcomes.length,
      duplicates,
      repaired,
      commands: commands.length,
      emitted: emitted.length,
    }
  }

  #checkLeases(events: readonly LoggedEvent[], leases: readonly ShardLease[]): void {
    const epochs = new Map(leases.map(({ shard, epoch }) => [shard, epoch]))
    const lost = events.some(({ shard }) => epochs.get(shard) !== this.#epochOf(shard))
    if (!lost) return
    throw new NxError('unavailable', 'NX-LEASE-LOST', 'Another daemon works on this shard now', {
      retryable: true,
    })
  }

  #checkUnmoved(loaded: readonly LoadedEntity[]): void {
    const moved = loaded.some(
      ({ tenantId, entityKey: key, entity }) => this.appliedSeq(tenantId, key) !== entity.appliedSeq,
    )
    if (moved) throw conflict()
  }

  #load(events: readonly LoggedEvent[]): Loading {
    let duplicates = 0
    let repaired = 0
    const loaded = [...Map.groupBy(events, keyOf)].flatMap(([key, given]) => {
      const [first] = given
      if (first === undefined) return []
      const entity = this.#entities.get(key) ?? newEntity(first.workspace, first.subject)
      const bySeq = new Map(given.map((event) => [event.entitySeq, event]))
      duplicates += given.length - [...bySeq.keys()].filter((seq) => seq > entity.appliedSeq).length
      const applicable: LoggedEvent[] = []
      for (let seq = entity.appliedSeq + 1; seq <= Math.max(...bySeq.keys()); seq += 1) {
        const event = bySeq.get(seq) ?? this.#logged(key, seq)
        if (!bySeq.has(seq)) repaired += 1
        applicable.push(event)
      }
      if (applicable.length === 0) return []
      const waiting = [...this.#instances.values()].filter(
        (instance) =>
          instance.state.status === 'waiting' &&
          instance.entityKey === entityKey(first.workspace, first.subject),
      )
      return [
        {
          tenantId: first.tenantId,
          entityKey: entityKey(first.workspace, first.subject),
          entity,
          instances: waiting,
          waits: this.#waits.get(key) ?? [],
          events: applicable,
        },
      ]
    })
    return { loaded, duplicates, repaired }
  }

  #logged(key: string, seq: number): LoggedEvent {
    const row = this.#log.rows.find(({ event }) => keyOf(event) === key && event.entitySeq === seq)
    if (row !== undefined) return row.event
    throw new NxError('bug', 'NX-LOG-GAP', 'An event is missing from the log', { detail: `${key} ${seq}` })
  }

  #write(outcome: EventOutcome): readonly Command[] {
    const { event } = outcome
    const key = keyOf(event)
    if (outcome.state === 'dead') {
      const entity = this.#entities.get(key) ?? newEntity(event.workspace, event.subject)
      this.#entities.set(key, { ...entity, appliedSeq: event.entitySeq })
      this.letters.push(outcome.deadLetter)
      this.applied.push({ event, state: 'dead', commands: [] })
      return []
    }
    const { decision, deadLetters } = outcome
    this.#entities.set(key, decision.entity)
    for (const instance of decision.instances) this.#instances.set(instance.id, instance)
    this.#waits.set(key, withWaitChanges(this.#waits.get(key) ?? [], decision.waits))
    this.#timers?.written(event, decision)
    this.letters.push(...deadLetters)
    this.applied.push({ event, state: 'decided', commands: decision.commands, decision })
    return decision.commands
  }
}

function conflict(): NxError {
  return new NxError('unavailable', 'NX-DB-RETRY', 'The database asks to try the transaction again', {
    retryable: true,
  })
}
