import { derivedId } from '../../kernel/ids.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import { timerDueType } from '../processing/decision-store.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { AdvanceInput } from '../workflows/interpreter.ts'
import { advance, claims, enrolled } from '../workflows/interpreter.ts'
import { workflowAsk } from '../workflows/workflow-asks.ts'
import type { Refusal, StartResult } from '../workflows/run/step-services.ts'
import type { EndedState, EndReason, WorkflowInstance } from '../workflows/workflow-instance.ts'
import { endOf, positionsOf } from '../workflows/workflow-instance.ts'
import type { RuleTrace, WorkflowTrace } from './decision.ts'
import type { WorkflowWish } from './rules/act.ts'
import type { AskTools } from './workflows/carry-out-ask.ts'
import { carryOutAsk } from './workflows/carry-out-ask.ts'
import { definitionFor, unknownWorkflow, withoutDefinition } from './workflows/definition-for.ts'
import {
  countEnrolment,
  endedHow,
  enrolProblem,
  freshInstance,
  noSuchWorkflow,
  startProblem,
  startResult,
} from './workflows/enrolment.ts'
import { InstanceBook } from './workflows/instance-book.ts'
import type { StepAsker } from './workflows/step-effects.ts'
import { StepEffects } from './workflows/step-effects.ts'
import { goalReached, stopReason } from './workflows/stop-reason.ts'
import type { WorkflowStage } from './workflows/workflow-stage.ts'
import { WorkflowOutcome } from './workflows/workflow-stage.ts'
import { advanceTrace, movedTrace, queuedTrace } from './workflows/workflow-trace.ts'

export interface WorkflowState {
  /** Instances of the entity that are waiting. */
  readonly instances: readonly WorkflowInstance[]
  /** Definitions by digest, for instances that are pinned to one that is not active any more. */
  readonly definitions: ReadonlyMap<string, CompiledWorkflow>
}

/**
 * The workflows of one entity under one event: waiting instances first (each may claim the event or be woken by its timer; what it does
 * not claim may stop it), then new ones: those that start with it before those that rules start.
 */
export class WorkflowPhase {
  readonly traces: WorkflowTrace[] = []
  readonly failed: RuleTrace[] = []
  readonly #stage: WorkflowStage
  readonly #state: WorkflowState
  readonly #book: InstanceBook
  readonly #outcome: WorkflowOutcome
  /** Instances whose steps are running: their workflows, by id. */
  readonly #running = new Map<string, string>()
  /** Of those, the ones that are to be stopped when they have come to a wait. */
  readonly #stopLater = new Map<string, readonly [EndReason, string]>()

  constructor(stage: WorkflowStage, state: WorkflowState) {
    this.#stage = stage
    this.#state = state
    this.#book = new InstanceBook(state.instances)
    this.#outcome = new WorkflowOutcome(stage)
  }

  get instances(): readonly WorkflowInstance[] {
    return this.#book.changed()
  }

  /** What steps asked for, and the entity with what they changed. */
  get outcome(): Readonly<Pick<WorkflowOutcome, 'commands' | 'emitted' | 'notes' | 'draft'>> {
    return this.#outcome
  }

  run(starts: readonly WorkflowWish[], stops: readonly WorkflowWish[] = []): void {
    const { event, config } = this.#stage
    if (event.only === undefined) {
      this.#wake()
      for (const workflow of config.startsFor(event.type)) {
        if (workflow.entityKind === event.subject.kind && this.#startHolds(workflow))
          this.#enroll(workflow, 'its start')
      }
    }
    for (const { workflow, cause } of stops) this.#stopAll(workflow, 'stopped', cause)
    for (const { workflow: name, cause } of starts) {
      const workflow = config.workflow(name)
      if (workflow === null) this.failed.push(unknownWorkflow(cause, name))
      else if (workflow.entityKind === event.subject.kind) this.#enroll(workflow, cause)
    }
  }

  #wake(): void {
    const { event } = this.#stage
    const ask = workflowAsk(event)
    if (ask !== null) carryOutAsk(ask, this.#askTools())
    else if (event.type === timerDueType && event.origin === 'timer') {
      if (event.data['wait'] === undefined) this.#fireTimer()
    } else for (const { id } of this.#book.waiting()) this.#offer(id)
  }

  #askTools(): AskTools {
    return {
      ...{ stage: this.#stage, outcome: this.#outcome, book: this.#book, traces: this.traces },
      definitionOf: (instance) => this.#definitionOf(instance),
      advance: (...given) => this.#advance(...given),
      stop: (...given) => this.#stop(...given),
      fail: (...given) => this.#fail(...given),
      isRunning: (workflow) => this.#runningOf(workflow).length > 0,
      dueOf: (instance) => {
        const services = this.#services(instance)
        return (wait, from, stepId) => services.dueAt(wait, from, stepId)
      },
    }
  }

  #fireTimer(): void {
    const { instanceId, seq } = this.#stage.event.data
    const instance = typeof instanceId === 'string' ? this.#book.get(instanceId) : undefined
    const definition = instance?.state.status === 'waiting' ? this.#definitionOf(instance) : undefined
    if (definition === null) return
    const moved =
      instance !== undefined &&
      definition !== undefined &&
      typeof seq === 'number' &&
      this.#advance(definition, instance, { kind: 'timer', seq })
    if (!moved) this.#outcome.notes.push('The timer is stale: its workflow went on without it')
  }

  #offer(id: string): void {
    const instance = this.#book.get(id)
    if (instance?.state.status !== 'waiting') return
    const { event } = this.#stage
    const isAwaited = positionsOf(instance.state).some(
      ({ wait }) => wait.kind === 'event' && wait.eventType === event.type,
    )
    const definition = this.#definitionOf(instance, isAwaited)
    if (definition === null) return
    const { positions, remembers, failures } = claims(definition, instance, event, this.#outcome.values())
    for (const { stepId, code, message } of failures) this.#fail(definition.name, stepId, code, message)
    if (remembers !== null) {
      this.#book.put(remembers)
      this.traces.push(movedTrace(instance, remembers, 'early'))
    }
    if (positions.length > 0)
      this.#advance(definition, remembers ?? instance, { kind: 'event', event, positions })
    else this.#stopBy(definition, id)
    this.#endByGoal(definition, id)
  }

  /** Ends the instance when one of its stop_when holds, unless it is where that one does not count. */
  #stopBy(definition: CompiledWorkflow, id: string): void {
    const instance = this.#book.get(id)
    if (instance?.state.status !== 'waiting' || definition.stopWhen.length === 0) return
    const by = stopReason(definition, instance, this.#stage.event, this.#outcome.values(), (...why) =>
      this.#fail(definition.name, 'stop_when', ...why),
    )
    if (by !== null) this.#advance(definition, instance, { kind: 'stop', how: 'stopped', by })
  }

  #endByGoal(definition: CompiledWorkflow, id: string): void {
    const instance = this.#book.get(id)
    if (instance?.state.status !== 'waiting') return
    const fail = (...why: readonly [string, string]) => this.#fail(definition.name, 'goal', ...why)
    if (goalReached(definition, instance, this.#outcome.values(), fail))
      this.#advance(definition, instance, { kind: 'stop', how: 'goal', by: 'goal' })
  }

  /** The definition that an instance runs by; null: it is gone, and with `isNeeded` the instance fails, visibly. */
  #definitionOf(instance: WorkflowInstance, isNeeded = true): CompiledWorkflow | null {
    const found = definitionFor(instance, this.#stage.config, this.#state.definitions)
    if (found !== null || !isNeeded) return found
    const gone = withoutDefinition(instance, this.#stage.now)
    this.#book.put(gone.instance)
    this.traces.push(gone.trace)
    this.#fail(instance.workflow, gone.trace.from ?? '', gone.code, gone.message)
    return null
  }

  #startHolds(workflow: CompiledWorkflow): boolean {
    const result = workflow.start?.when?.evaluate(this.#outcome.values())
    if (result?.state !== 'error') return result === undefined || result.value === true
    this.#fail(workflow.name, 'start', result.code, result.message)
    return false
  }

  /** Enrols the entity as the workflow says; `by` asks. */
  #enroll(workflow: CompiledWorkflow, by: string, asker: readonly string[] = []): StartResult {
    const { event, marks, now } = this.#stage
    const refuse = (why: string): StartResult => {
      this.#outcome.notes.push(`${by} did not start ${workflow.name}: ${why}`)
      return { state: 'not_started', why }
    }
    const running = this.#runningOf(workflow.name)
    const queued = this.#book.queued(workflow.name).length
    const problem = enrolProblem(workflow, { running, queued, marks, now })
    if (problem !== null) return refuse(problem)
    const key = entityKey(event.workspace, event.subject)
    const id = derivedId('instance', event.tenantId, workflow.name, key, event.id, ...asker)
    if (this.#book.get(id) !== undefined || this.#running.has(id))
      return refuse('this event has started it already')
    countEnrolment(workflow, marks, now)
    const { whileRunning } = workflow.enroll
    if (whileRunning === 'restart') this.#stopAll(workflow.name, 'restarted', by)
    const fresh = freshInstance(workflow, id, key, event, now)
    if (whileRunning !== 'queue' || running.length + queued === 0)
      this.#advance(workflow, fresh, { kind: 'start', event })
    else {
      const waiting = enrolled(workflow, { ...fresh, seq: 1 }, event)
      this.#book.put(waiting)
      this.traces.push(queuedTrace(waiting))
      if (running[0] === undefined) this.#nextTurn(workflow.name)
      else this.#outcome.notes.push(`${workflow.name} waits for its turn: ${running[0]} is running`)
    }
    return startResult(this.#book.get(id) ?? fresh)
  }

  /** Ids of the instances of a workflow that are on their way. */
  #runningOf(workflow: string): readonly string[] {
    const underWay = [...this.#running].flatMap(([id, name]) => (name === workflow ? [id] : []))
    const others = this.#book.running(workflow).map(({ id }) => id)
    return [...underWay, ...others.filter((id) => !this.#running.has(id))]
  }

  #stopAll(workflow: string, how: EndReason, by: string): void {
    // The newest first: nobody's turn comes while all are stopped.
    for (const { id, workflow: name } of this.#book.waiting().toReversed())
      if (name === workflow && !this.#running.has(id)) this.#stop(id, how, by)
    for (const [id, name] of this.#running) if (name === workflow) this.#stopLater.set(id, [how, by])
  }

  #stop(id: string, how: EndReason, by: string): void {
    const instance = this.#book.get(id)
    if (instance?.state.status !== 'waiting') return
    const definition = this.#definitionOf(instance)
    if (definition !== null) this.#advance(definition, instance, { kind: 'stop', how, by })
  }

  #startFromStep(asker: StepAsker, stepId: string, name: string, ordinal: number): StartResult | Refusal {
    const workflow = this.#stage.config.workflow(name)
    const problem = startProblem(name, workflow, this.#stage.event.subject.kind, this.#running.size)
    if (workflow === null || problem !== null) return problem ?? noSuchWorkflow(name)
    const by = `Workflow/${asker.workflow}#${stepId}`
    return this.#enroll(workflow, by, [asker.instanceId, String(asker.seq), stepId, String(ordinal)])
  }

  #services({ workflow, id: instanceId, seq }: WorkflowInstance): StepEffects {
    return new StepEffects(
      this.#stage,
      this.#outcome,
      { workflow, instanceId, seq: seq + 1 },
      {
        start: (...wanted) => this.#startFromStep(...wanted),
        stop: (name, cause) => this.#stopAll(name, 'stopped', cause),
      },
    )
  }

  #advance(workflow: CompiledWorkflow, instance: WorkflowInstance, input: AdvanceInput): boolean {
    this.#running.set(instance.id, workflow.name)
    const moved = advance(workflow, instance, input, this.#services(instance), this.#stage.now)
    this.#running.delete(instance.id)
    if (moved === null) return false
    this.#book.put(moved.instance)
    this.traces.push(advanceTrace(instance, moved, input))
    for (const { stepId, code, message } of moved.failures) this.#fail(workflow.name, stepId, code, message)
    const stop = this.#stopLater.get(instance.id)
    this.#stopLater.delete(instance.id)
    const ended = endOf(moved.instance.state)
    if (ended !== null) this.#afterEnd(moved.instance, ended)
    else if (stop !== undefined) this.#stop(instance.id, ...stop)
    return true
  }

  /** Wakes who waited for this instance, and lets the next enrolment begin. Once more, it finds neither. */
  #afterEnd({ id, workflow }: WorkflowInstance, ended: EndedState): void {
    // Each may have been moved by the one before it.
    for (const { id: otherId } of this.#book.waiting()) {
      const other = this.#book.get(otherId)
      if (other === undefined || this.#running.has(otherId)) continue
      const waits = positionsOf(other.state).some(
        ({ wait }) => wait.kind === 'workflow' && wait.instanceId === id,
      )
      const definition = waits ? this.#definitionOf(other) : null
      if (definition !== null)
        this.#advance(definition, other, { kind: 'ended', instanceId: id, ...endedHow(ended) })
    }
    this.#nextTurn(workflow)
  }

  /** The oldest enrolment that can begins when no other is running. */
  #nextTurn(workflow: string): void {
    while (this.#runningOf(workflow).length === 0) {
      const [next] = this.#book.queued(workflow)
      if (next === undefined) return
      const definition = this.#definitionOf(next)
      if (definition !== null && !this.#advance(definition, next, { kind: 'turn' })) return
    }
  }

  #fail(workflow: string, stepId: string, code: string, error: string): void {
    this.failed.push({ rule: `Workflow/${workflow}#${stepId}`, outcome: 'failed', code, error })
  }
}
