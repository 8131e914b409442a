import { derivedId } from '../../kernel/ids.ts'
import type { LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { decide } from '../decide/decide.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { RuleWait } from '../decide/rule-wait.ts'
import { withWaitChanges } from '../decide/rule-wait.ts'
import { nextRuleWait, ruleTimerEvent } from '../decide/rules/rule-timer.ts'
import { nextTaskTimer, taskTimerEvent } from '../people/task-timer.ts'
import { taskKind } from '../people/task-types.ts'
import type { TeamStates } from '../people/team-state.ts'
import { afterMoves, noTeams } from '../people/team-state.ts'
import { timerDueType } from '../processing/decision-store.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import type { RecordedEvent } from './recorded-events.ts'

/** An entity in one arm. */
export interface ArmState {
  readonly entity: EntityState
  /** Waiting ones. */
  readonly instances: readonly WorkflowInstance[]
  /** Waits of its rules. */
  readonly waits: readonly RuleWait[]
  /** Ids of commands whose results are yet to come. */
  readonly asked: ReadonlySet<string>
}

/** One decision of a replay with all that it was made from. */
export interface ReplayedDecision {
  readonly event: LoggedEvent
  readonly now: Date
  readonly before: ArmState
  readonly decision: Decision
}

/** What one recorded event led to in an arm: timers that fell due before it, itself, and what it emitted about its entity. */
export interface Turn {
  readonly before: ArmState
  readonly decided: readonly ReplayedDecision[]
  readonly after: ArmState
  /** Why the arm did not apply the event itself; null: it did. */
  readonly refused: 'data_unfit' | 'result_of_other_command' | 'chain_too_long' | null
}

/** Decisions that one recorded event may lead to: a chain that feeds itself must not hang a backtest. */
export const turnDecisionsMax = 500
/** Commands of one entity whose results are awaited at once. */
const askedMax = 1_000
const noneAsked: ReadonlySet<string> = new Set()

/** The state of an entity at the beginning. */
export function armState(entity: EntityState, instances: readonly WorkflowInstance[]): ArmState {
  return { entity, instances, waits: [], asked: noneAsked }
}

/**
 * One configuration under replay: the daemon's `decide` on a virtual clock. There is nothing here that could send: commands are data
 * and stay data. What a decision emits about its own entity follows at once; events about other entities are those of the recording.
 */
export class Arm {
  readonly config: SalesConfig
  /** Of workflows that instances were started with before the recording and that are not in `config`, by digest. */
  readonly definitions = new Map<string, CompiledWorkflow>()
  /** As the arm's own decisions leave them, nobody being picked before; members count as signed on. */
  teams: TeamStates = noTeams
  readonly #awaitsResults: boolean

  constructor(config: SalesConfig) {
    this.config = config
    this.#awaitsResults = ['command.succeeded', 'command.failed', 'command.cancelled'].some((type) =>
      config.listensTo(type),
    )
  }

  /** Applies a recorded event at `nowMs`. `own: false` only lets due timers fire: the event is one that the arm makes itself. */
  play(state: ArmState, event: RecordedEvent, nowMs: number, own: boolean): Turn {
    const turn = new RunningTurn(this, state, this.#awaitsResults)
    if (state.instances.length > 0 || state.waits.length > 0 || state.entity.ref.kind === taskKind)
      turn.fireUntil(nowMs, event.tenantId)
    if (!own) return turn.end(null)
    if (event.origin === 'result') {
      const id = event.data['commandId']
      if (typeof id !== 'string' || !turn.takeResult(id)) return turn.end('result_of_other_command')
    }
    if (this.config.dataProblems(event.type, event.data).length > 0) return turn.end('data_unfit')
    turn.apply(event, nowMs)
    return turn.end(turn.isTooLong ? 'chain_too_long' : null)
  }

  /** Lets the timers fire that fall due until the recording ends. */
  finish(state: ArmState, tenantId: string, untilMs: number): Turn {
    const turn = new RunningTurn(this, state, this.#awaitsResults)
    turn.fireUntil(untilMs, tenantId)
    return turn.end(null)
  }
}

class RunningTurn {
  readonly #arm: Pick<Arm, 'config' | 'definitions' | 'teams'>
  readonly #awaitsResults: boolean
  readonly #before: ArmState
  readonly #decided: ReplayedDecision[] = []
  #state: ArmState

  constructor(arm: Pick<Arm, 'config' | 'definitions' | 'teams'>, state: ArmState, awaitsResults: boolean) {
    this.#arm = arm
    this.#before = state
    this.#state = state
    this.#awaitsResults = awaitsResults
  }

  get isTooLong(): boolean {
    return this.#decided.length >= turnDecisionsMax
  }

  end(refused: Turn['refused']): Turn {
    return { before: this.#before, decided: this.#decided, after: this.#state, refused }
  }

  takeResult(commandId: string): boolean {
    if (!this.#awaitsResults) return true
    if (!this.#state.asked.has(commandId)) return false
    const asked = new Set(this.#state.asked)
    asked.delete(commandId)
    this.#state = { ...this.#state, asked }
    return true
  }

  fireUntil(untilMs: number, tenantId: string): void {
    for (
      let due = nextDue(this.#state.instances, untilMs);
      due !== null && !this.isTooLong;
      due = nextDue(this.#state.instances, untilMs)
    ) {
      const { instance, dueMs } = due
      this.#fireRules(dueMs, tenantId)
      const before = this.#state
      this.apply(timerEvent(instance, before.entity, tenantId, dueMs), dueMs)
      // A timer that moves nothing would be due for ever.
      if (this.#state.instances.includes(instance)) return
    }
    this.#fireTask(untilMs, tenantId)
    this.#fireRules(untilMs, tenantId)
  }

  #fireTask(untilMs: number, tenantId: string): void {
    const first = () => nextTaskTimer([this.#state.entity], untilMs)
    for (let due = first(); due !== null && !this.isTooLong; due = first()) {
      const { workspace, ref } = due.entity
      const timer = { tenantId, workspace, ref, rung: due.rung, correlationId: ref.id, openedBy: null }
      this.apply(taskTimerEvent(timer, new Date(due.dueMs).toISOString()), due.dueMs)
    }
  }

  #fireRules(untilMs: number, tenantId: string): void {
    for (
      let due = nextRuleWait(this.#state.waits, untilMs);
      due !== null && !this.isTooLong;
      due = nextRuleWait(this.#state.waits, untilMs)
    ) {
      const time = new Date(due.dueMs).toISOString()
      this.apply(ruleTimerEvent(due.wait, this.#state.entity, tenantId, time), due.dueMs)
    }
  }

  apply(first: NxEvent, nowMs: number): void {
    const now = new Date(nowMs)
    const pending = [first]
    for (let at = 0; at < pending.length && !this.isTooLong; at += 1) {
      const event = pending[at] as NxEvent
      const before = this.#state
      const logged: LoggedEvent = {
        ...event,
        // Where an event travels has no part in what it leads to.
        shard: 0,
        entitySeq: before.entity.appliedSeq + 1,
        acceptedAt: at === 0 && 'acceptedAt' in event ? String(event.acceptedAt) : now.toISOString(),
      }
      const { config, definitions, teams } = this.#arm
      const { entity, instances, waits } = before
      const decision = decide(logged, { entity, instances, waits, teams, definitions }, config, now)
      this.#arm.teams = afterMoves(teams, decision.teams?.moves ?? [])
      this.#decided.push({ event: logged, now, before, decision })
      this.#state = this.#afterwards(before, decision)
      for (const emitted of decision.emitted) if (isAbout(emitted, before.entity)) pending.push(emitted)
    }
  }

  #afterwards(before: ArmState, { entity, instances, commands, waits: changes }: Decision): ArmState {
    const waits = withWaitChanges(before.waits, changes)
    let { asked } = before
    if (this.#awaitsResults && commands.length > 0) {
      const grown = new Set(asked)
      for (const { id } of commands) if (grown.size < askedMax) grown.add(id)
      asked = grown
    }
    if (instances.length === 0) return { entity, instances: before.instances, waits, asked }
    const byId = new Map([...before.instances, ...instances].map((instance) => [instance.id, instance]))
    const waiting = [...byId.values()].filter(({ state }) => state.status === 'waiting')
    return { entity, asked, waits, instances: waiting }
  }
}

function isAbout({ subject, workspace }: NxEvent, entity: EntityState): boolean {
  return subject.id === entity.ref.id && subject.kind === entity.ref.kind && workspace === entity.workspace
}

function nextDue(
  instances: readonly WorkflowInstance[],
  untilMs: number,
): { readonly instance: WorkflowInstance; readonly dueMs: number } | null {
  let first: { instance: WorkflowInstance; dueMs: number } | null = null
  for (const instance of instances) {
    const until = instance.state.status === 'waiting' ? instance.state.wait.until : null
    const dueMs = until === null ? Number.POSITIVE_INFINITY : Date.parse(until)
    if (dueMs > untilMs) continue
    if (first === null || dueMs < first.dueMs || (dueMs === first.dueMs && instance.id < first.instance.id))
      first = { instance, dueMs }
  }
  return first
}

/** The same event, id included, that the daemon makes of this wait: what it leads to gets the ids of the recording. */
function timerEvent(
  { id: instanceId, seq, startedByEventId }: WorkflowInstance,
  { workspace, ref }: EntityState,
  tenantId: string,
  dueMs: number,
): NxEvent {
  const id = derivedId('timer', instanceId, String(seq))
  return {
    id,
    tenantId,
    workspace,
    type: timerDueType,
    subject: ref,
    source: 'neuronx/workflows',
    externalId: `${instanceId}#${seq}`,
    time: new Date(dueMs).toISOString(),
    data: { instanceId, seq },
    origin: 'timer',
    correlationId: id,
    causationId: startedByEventId,
    rootId: id,
    depth: 0,
  }
}
