import { derivedId } from '../../kernel/ids.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import { entityKey, parseEntityKey, shardOf } from '../../messaging/events/entity-key.ts'
import { depthMax } from '../../messaging/events/event.ts'
import type { EntityRef, LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { decide } from '../decide/decide.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { newEntity } from '../decide/entity-state.ts'
import type { RuleWait } from '../decide/rule-wait.ts'
import { withWaitChanges } from '../decide/rule-wait.ts'
import { withAvailability } from '../people/known-availability.ts'
import { repKind } from '../people/task-types.ts'
import type { TeamStates } from '../people/team-state.ts'
import { afterMoves, noTeams } from '../people/team-state.ts'
import { timerDueType } from '../processing/decision-store.ts'
import { nextTimer, nextWake } from '../processing/next-timer.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import { TestGate } from './world/test-gate.ts'
import type { GateOutcome, StoppedSend } from './world/test-gate.ts'
import { lastInbound } from './world/last-inbound.ts'
import { TestSchedules } from './world/test-schedules.ts'
import type { DueSchedule } from './world/test-schedules.ts'

/** Events that one case may lead to: a chain that feeds itself is a failure, not an endless test. */
export const testEventsMax = 5_000

const tenantId = '00000000-0000-8000-8000-000000000000'
const workspace = 'default'
const place = { tenantId, workspace }

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
  /** Of its rules. */
  readonly waits: readonly RuleWait[]
}

/**
 * A world in memory with a clock that only a test moves: the same `decide` as the daemon, emitted events and timers included.
 * Commands pass the policy gate and are collected, never carried out.
 */
export class TestWorld {
  readonly happened: Happening[] = []
  /** Those that went out. */
  readonly commands: Command[] = []
  /** What policies stopped, in the order of time: one that was put off twice is there twice. */
  readonly stopped: StoppedSend[] = []
  /** Schedules that ran, as `Schedule/x`. */
  readonly ranSchedules = new Set<string>()
  /** The test's step that is carried out. */
  step = 0
  /** What could not be handled: data that does not fit, chains without end. */
  readonly troubles: string[] = []
  readonly #config: SalesConfig
  readonly #known = new Map<string, Known>()
  readonly #answered = new Set<Command>()
  readonly #gate: TestGate
  readonly #schedules: TestSchedules
  #teams: TeamStates = noTeams
  /** The teams with what is known of their members; null: that may have changed. */
  #staffed: TeamStates | null = null
  #nowMs: number
  #events = 0

  /** `schedules`: names of those that run; null: all. */
  constructor(config: SalesConfig, startMs: number, schedules: readonly string[] | null = null) {
    this.#config = config
    this.#nowMs = startMs
    this.#schedules = new TestSchedules(config, place, startMs, schedules)
    this.#gate = new TestGate(config, {
      fields: (key) => this.#known.get(key)?.entity.fields ?? {},
      lastInboundMs: (key, sinceMs) => lastInbound(this.happened, key, sinceMs),
    })
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** States what is known of an entity before the first event. */
  given(ref: EntityRef, fields: JsonObject): void {
    this.#known.set(entityKey(workspace, ref), {
      entity: { ...newEntity(workspace, ref), fields },
      instances: [],
      waits: [],
    })
    this.#staffed = null
  }

  entity(ref: EntityRef): EntityState {
    return this.#of(ref).entity
  }

  /** Turns and loads of the teams. */
  get teams(): TeamStates {
    return this.#teams
  }

  /** Policies that were asked about something, as `Policy/x`. */
  get askedPolicies(): ReadonlySet<string> {
    return this.#gate.asked
  }

  /** Waiting instances of all entities. */
  waiting(): readonly WorkflowInstance[] {
    return [...this.#known.values()].flatMap(({ instances }) => instances)
  }

  /** Moves the clock, firing what falls due on the way at its own time. It never moves back. */
  advanceTo(targetMs: number): void {
    while (this.troubles.length === 0 && this.#fireNext(targetMs));
    this.#nowMs = Math.max(this.#nowMs, targetMs)
  }

  /** Fires what falls due first, by then; of one instant timers before messages before schedules before workflows. False: nothing does. */
  #fireNext(untilMs: number): boolean {
    const known = [...this.#known.values()]
    const timer = nextTimer(known, untilMs, place)
    const sendMs = this.#gate.nextDueMs(untilMs)
    const run = this.#schedules.next(untilMs)
    const wake = nextWake(known, untilMs)
    const first = Math.min(...[timer?.dueMs, sendMs, run?.dueMs, wake?.dueMs].map((ms) => ms ?? Infinity))
    if (first === Infinity) return false
    this.#nowMs = Math.max(this.#nowMs, first)
    if (timer?.dueMs === first) this.#handle(timer.eventAt(new Date(this.#nowMs).toISOString()))
    else if (sendMs === first) this.#handle(...this.#passed(this.#gate.again(this.#nowMs)))
    else if (run?.dueMs === first) this.#runSchedule(run)
    else if (wake !== null) {
      const { id: instanceId, seq } = wake.instance
      this.#handle({ ...this.#event(timerDueType, wake.ref, { instanceId, seq }), origin: 'timer' })
    }
    return true
  }

  #runSchedule(run: DueSchedule): void {
    const entities = [...this.#known.values()].map(({ entity }) => entity)
    const { events, trouble } = this.#schedules.run(run, entities)
    this.ranSchedules.add(`Schedule/${run.schedule.name}`)
    if (trouble !== null) this.troubles.push(trouble)
    for (const event of events) this.#handle(event)
  }

  /** Takes note of what came of commands; returns the events that are about it. */
  #passed({ sent, stopped, events }: GateOutcome): readonly NxEvent[] {
    this.commands.push(...sent)
    this.stopped.push(...stopped)
    return events
      .filter(({ command }) => command.depth < depthMax)
      .map(({ command, type, data }) => this.#result(command, type, data))
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
    this.#handle(this.#result(command, type, outcome), ...this.#told(command, type))
    return true
  }

  /** What a message's result is called for those who listen to messages. */
  #told(command: Command, type: CommandAnswer['type']): readonly NxEvent[] {
    const { channel } = command.input
    const outcome = type === 'command.succeeded' ? 'sent' : type === 'command.failed' ? 'failed' : null
    if (typeof channel !== 'string' || outcome === null) return []
    const name = `message.${outcome}`
    if (!this.#config.listensTo(name) || command.depth >= depthMax) return []
    const why = { code: 'NX-TEST', reason: 'As the test says' }
    return [this.#result(command, name, { channel, ...(outcome === 'failed' ? why : {}) })]
  }

  #result(command: Command, type: string, outcome: JsonObject): NxEvent {
    const { id: commandId, integration, operation, cause, instanceId } = command
    const { subject } = parseEntityKey(command.entityKey)
    return {
      ...this.#event(type, subject, { commandId, integration, operation, cause, instanceId, ...outcome }),
      source: 'neuronx/commands',
      origin: 'result',
      causationId: commandId,
      correlationId: command.correlationId,
      rootId: command.rootId,
      depth: command.depth + 1,
    }
  }

  #handle(...first: readonly NxEvent[]): void {
    const pending = [...first]
    for (let event = pending.shift(); event !== undefined; event = pending.shift()) {
      if (this.#events > testEventsMax) {
        this.troubles.push(
          `The case led to more than ${testEventsMax} events; \`schedules: []\` in a case keeps schedules still`,
        )
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
    const { entity, instances, waits } = this.#of(event.subject)
    const time = new Date(this.#nowMs)
    const logged = {
      ...event,
      shard: shardOf(tenantId, key),
      entitySeq: entity.appliedSeq + 1,
      acceptedAt: time.toISOString(),
    }
    const teams = this.#teamsNow()
    const state = { entity, instances, waits, teams, definitions: new Map() }
    const decision = decide(logged, state, this.#config, time)
    const moves = decision.teams?.moves ?? []
    if (moves.length > 0 || event.subject.kind === repKind) this.#staffed = null
    this.#teams = afterMoves(this.#teams, moves)
    const byId = new Map([...instances, ...decision.instances].map((instance) => [instance.id, instance]))
    const waiting = [...byId.values()].filter(({ state }) => state.status === 'waiting')
    this.#known.set(key, {
      entity: decision.entity,
      instances: waiting,
      waits: withWaitChanges(waits, decision.waits),
    })
    this.happened.push({ step: this.step, event: logged, before: entity, decision })
    return [...decision.emitted, ...this.#passed(this.#gate.post(decision.commands, this.#nowMs))]
  }

  #teamsNow(): TeamStates {
    this.#staffed ??= withAvailability(
      this.#teams,
      this.#config,
      (rep) => this.#known.get(entityKey(workspace, { kind: repKind, id: rep }))?.entity.fields,
    )
    return this.#staffed
  }

  #of(ref: EntityRef): Known {
    return (
      this.#known.get(entityKey(workspace, ref)) ?? {
        entity: newEntity(workspace, ref),
        instances: [],
        waits: [],
      }
    )
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
