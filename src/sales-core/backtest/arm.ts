import type { LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { decide } from '../decide/decide.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState, ScoreState } from '../decide/entity-state.ts'
import type { RuleWait } from '../decide/rule-wait.ts'
import { withWaitChanges } from '../decide/rule-wait.ts'
import { taskKind } from '../people/task-types.ts'
import type { TeamStates } from '../people/team-state.ts'
import { afterMoves, noTeams } from '../people/team-state.ts'
import { nextTimer, nextWake } from '../processing/next-timer.ts'
import { nextScoreTimer } from '../scoring/next-score-timer.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import { workflowTimerEvent } from '../workflows/workflow-timer.ts'
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
  /** The arm's teams before it: those that the same turn must find to be the same again. */
  readonly teamsBefore: TeamStates
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
    if (mayBeDue(state, nowMs)) turn.fireUntil(nowMs, event.tenantId)
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
    if (mayBeDue(state, untilMs)) turn.fireUntil(untilMs, tenantId)
    return turn.end(null)
  }

  /** Lets a turn be played once more with the teams as they were before it. What that does to teams is forgotten. */
  again(turn: Turn, play: () => Turn): Turn {
    const { teams } = this
    this.teams = turn.teamsBefore
    try {
      return play()
    } finally {
      this.teams = teams
    }
  }
}

/** Most entities wait for nothing: they must not pay for a look at everything that can be due. */
function mayBeDue({ entity, instances, waits }: ArmState, untilMs: number): boolean {
  return (
    instances.length > 0 ||
    waits.length > 0 ||
    entity.ref.kind === taskKind ||
    nextScoreTimer([entity], untilMs) !== null
  )
}

class RunningTurn {
  readonly #arm: Pick<Arm, 'config' | 'definitions' | 'teams'>
  readonly #awaitsResults: boolean
  readonly #before: ArmState
  readonly #teamsBefore: TeamStates
  readonly #decided: ReplayedDecision[] = []
  #state: ArmState

  constructor(arm: Pick<Arm, 'config' | 'definitions' | 'teams'>, state: ArmState, awaitsResults: boolean) {
    this.#arm = arm
    this.#before = state
    this.#teamsBefore = arm.teams
    this.#state = state
    this.#awaitsResults = awaitsResults
  }

  get isTooLong(): boolean {
    return this.#decided.length >= turnDecisionsMax
  }

  end(refused: Turn['refused']): Turn {
    const [before, teamsBefore] = [this.#before, this.#teamsBefore]
    return { before, teamsBefore, decided: this.#decided, after: this.#state, refused }
  }

  takeResult(commandId: string): boolean {
    if (!this.#awaitsResults) return true
    if (!this.#state.asked.has(commandId)) return false
    const asked = new Set(this.#state.asked)
    asked.delete(commandId)
    this.#state = { ...this.#state, asked }
    return true
  }

  /** Lets everything fire that falls due by then, in the order of time; of one instant timers before workflows. */
  fireUntil(untilMs: number, tenantId: string): void {
    const place = { tenantId, workspace: this.#before.entity.workspace }
    while (!this.isTooLong) {
      const known = [this.#state]
      const timer = nextTimer(known, untilMs, place)
      const wake = nextWake(known, untilMs)
      if (timer !== null && (wake === null || timer.dueMs <= wake.dueMs)) {
        const event = timer.eventAt(new Date(timer.dueMs).toISOString())
        if (timer.model !== null) this.#state = withoutCrossing(this.#state, timer.model)
        this.apply(event, timer.dueMs)
        // A timer that moves nothing would be due for ever.
        if (nextTimer([this.#state], untilMs, place)?.eventAt(event.time).id === event.id) return
      } else if (wake !== null) {
        this.apply(timerEvent(wake.instance, this.#state.entity, tenantId, wake.dueMs), wake.dueMs)
        if (this.#state.instances.includes(wake.instance)) return
      } else return
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

/** A score's timer fires once, whatever comes of it: the model may be gone, or a guard drop the event. */
function withoutCrossing(state: ArmState, model: string): ArmState {
  const { entity } = state
  const { crossesAt: _, ...score } = entity.scores[model] as ScoreState
  return { ...state, entity: { ...entity, scores: { ...entity.scores, [model]: score } } }
}

function isAbout({ subject, workspace }: NxEvent, entity: EntityState): boolean {
  return subject.id === entity.ref.id && subject.kind === entity.ref.kind && workspace === entity.workspace
}

/**
 * The event, id included, that the daemon makes of this wait: what it leads to gets the ids of the recording. What the instance was
 * started for is not recorded with it; unless its producer said so, it is the event that started it.
 */
function timerEvent(
  instance: WorkflowInstance,
  { workspace, ref }: EntityState,
  tenantId: string,
  dueMs: number,
): NxEvent {
  const timer = { instance, tenantId, workspace, ref, correlationId: instance.startedByEventId }
  return workflowTimerEvent(timer, new Date(dueMs).toISOString())
}
