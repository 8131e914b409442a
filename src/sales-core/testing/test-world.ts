import { derivedId } from '../../kernel/ids.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import { entityKey, shardOf } from '../../messaging/events/entity-key.ts'
import type { EntityRef, LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { decide } from '../decide/decide.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { newEntity } from '../decide/entity-state.ts'
import { timerDueType } from '../processing/decision-store.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'

/** Events that one case may lead to: a chain that feeds itself is a failure, not an endless test. */
export const testEventsMax = 5_000

const tenantId = '00000000-0000-8000-8000-000000000000'
const workspace = 'default'

/** How an integration answered a command, as its result event says it. */
export interface CommandAnswer {
  readonly type: 'command.succeeded' | 'command.failed' | 'command.cancelled'
  readonly outcome: JsonObject
}

/** One event that was decided, with what was known before. */
export interface Happening {
  /** Index of the test's step that led to it. */
  readonly step: number
  readonly event: LoggedEvent
  readonly before: EntityState
  readonly decision: Decision
}

interface Known {
  readonly entity: EntityState
  readonly instances: readonly WorkflowInstance[]
}

/**
 * A world in memory with a clock that only a test moves: the same `decide` as the daemon, emitted events and timers included.
 * Commands are collected, never carried out.
 */
export class TestWorld {
  readonly happened: Happening[] = []
  readonly commands: Command[] = []
  /** The test's step that is carried out. */
  step = 0
  /** What could not be handled: data that does not fit, chains without end. */
  readonly troubles: string[] = []
  readonly #config: SalesConfig
  readonly #known = new Map<string, Known>()
  readonly #answered = new Set<Command>()
  #nowMs: number
  #events = 0

  constructor(config: SalesConfig, startMs: number) {
    this.#config = config
    this.#nowMs = startMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** States what is known of an entity before the first event. */
  given(ref: EntityRef, fields: JsonObject): void {
    this.#known.set(entityKey(workspace, ref), {
      entity: { ...newEntity(workspace, ref), fields },
      instances: [],
    })
  }

  entity(ref: EntityRef): EntityState {
    return this.#of(ref).entity
  }

  /** Waiting instances of all entities. */
  waiting(): readonly WorkflowInstance[] {
    return [...this.#known.values()].flatMap(({ instances }) => instances)
  }

  /** Moves the clock, firing what falls due on the way at its own time. It never moves back. */
  advanceTo(targetMs: number): void {
    for (
      let next = this.#nextTimer(targetMs);
      next !== null && this.troubles.length === 0;
      next = this.#nextTimer(targetMs)
    ) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      const { id: instanceId, seq } = next.instance
      this.#handle({ ...this.#event(timerDueType, next.ref, { instanceId, seq }), origin: 'timer' })
    }
    this.#nowMs = Math.max(this.#nowMs, targetMs)
  }

  /** Lets an event happen now, and everything it leads to. */
  happen(type: string, subject: EntityRef, data: JsonObject): void {
    this.#handle(this.#event(type, subject, data))
  }

  /** The oldest command without an answer that fits gets one. False: there is none. */
  answer(isMeant: (command: Command) => boolean, { type, outcome }: CommandAnswer): boolean {
    const command = this.commands.find((candidate) => !this.#answered.has(candidate) && isMeant(candidate))
    if (command === undefined) return false
    this.#answered.add(command)
    const { id: commandId, integration, operation, cause, instanceId } = command
    const data = { commandId, integration, operation, cause, instanceId, ...outcome }
    const { subject } = parseEntityKey(command.entityKey)
    this.#handle({
      ...this.#event(type, subject, data),
      source: 'neuronx/commands',
      origin: 'result',
      causationId: commandId,
      correlationId: command.correlationId,
      rootId: command.rootId,
      depth: command.depth + 1,
    })
    return true
  }

  #handle(first: NxEvent): void {
    const pending = [first]
    for (let event = pending.shift(); event !== undefined; event = pending.shift()) {
      if (this.#events > testEventsMax) {
        this.troubles.push(`The case led to more than ${testEventsMax} events`)
        return
      }
      const problems = this.#config.dataProblems(event.type, event.data)
      if (problems.length > 0) {
        this.troubles.push(`${event.type} does not fit its EventType: ${problems.join('; ')}`)
        continue
      }
      pending.push(...this.#apply(event))
    }
  }

  #apply(event: NxEvent): readonly NxEvent[] {
    this.#events += 1
    const key = entityKey(workspace, event.subject)
    const { entity, instances } = this.#of(event.subject)
    const time = new Date(this.#nowMs)
    const logged = {
      ...event,
      shard: shardOf(tenantId, key),
      entitySeq: entity.appliedSeq + 1,
      acceptedAt: time.toISOString(),
    }
    const decision = decide(logged, { entity, instances, definitions: new Map() }, this.#config, time)
    const byId = new Map([...instances, ...decision.instances].map((instance) => [instance.id, instance]))
    const waiting = [...byId.values()].filter(({ state }) => state.status === 'waiting')
    this.#known.set(key, { entity: decision.entity, instances: waiting })
    this.happened.push({ step: this.step, event: logged, before: entity, decision })
    this.commands.push(...decision.commands)
    return decision.emitted
  }

  #of(ref: EntityRef): Known {
    return this.#known.get(entityKey(workspace, ref)) ?? { entity: newEntity(workspace, ref), instances: [] }
  }

  #nextTimer(
    untilMs: number,
  ): { readonly instance: WorkflowInstance; readonly ref: EntityRef; readonly dueMs: number } | null {
    const due = [...this.#known.values()].flatMap(({ entity, instances }) =>
      instances.flatMap((instance) => {
        const until = instance.state.status === 'waiting' ? instance.state.wait.until : null
        const dueMs = until === null ? Number.POSITIVE_INFINITY : Date.parse(until)
        return dueMs <= untilMs ? [{ instance, ref: entity.ref, dueMs }] : []
      }),
    )
    return due.sort((a, b) => a.dueMs - b.dueMs || (a.instance.id < b.instance.id ? -1 : 1))[0] ?? null
  }

  #event(type: string, subject: EntityRef, data: JsonObject): NxEvent {
    this.#events += 1
    const id = derivedId('test', String(this.#events))
    return {
      id,
      tenantId,
      workspace,
      type,
      subject,
      source: 'test',
      externalId: id,
      time: new Date(this.#nowMs).toISOString(),
      data: isJsonObject(data) ? data : {},
      origin: 'external',
      correlationId: id,
      causationId: null,
      rootId: id,
      depth: 0,
    }
  }
}
