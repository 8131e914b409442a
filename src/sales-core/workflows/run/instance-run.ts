import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { withPath } from '../../../kernel/json.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { WaitSpec } from '../../time/wait-spec.ts'
import type { CompiledStep, CompiledWorkflow, StepTarget } from '../compiled-workflow.ts'
import { framesOf, sagaOf, stepById, varName } from '../compiled-workflow.ts'
import { isTooOld, untilAgeEnd } from '../instance-age.ts'
import type {
  EndedState,
  EndReason,
  InstanceMemory,
  InstanceState,
  Position,
  SagaMemory,
  StepFailure,
  WorkflowInstance,
} from '../workflow-instance.ts'
import { positionsOf, waitingState } from '../workflow-instance.ts'
import type { StepServices } from './step-services.ts'

/** Steps that one advance may run: a backstop behind the check for circles. */
export const advanceStepsMax = 200
/** The largest result of a call that is kept in `vars`, characters of its JSON. */
export const resultCharsMax = 16_384

/** What moved a position. */
export interface Moved {
  readonly step: string
  readonly by: 'event' | 'early' | 'timer' | 'result' | 'task' | 'workflow'
}

/** What steps and sagas do in a run. */
export interface RunVerbs {
  /** Runs one step. Where to go on; null: it waits, or the instance has ended. */
  runStep(run: InstanceRun, step: CompiledStep): StepTarget | null
  /** A saga fails. */
  abortSaga(run: InstanceRun, saga: string, failure: StepFailure): void
  /** The instance ends: what is half done is undone. */
  closeSagas(run: InstanceRun, kept: readonly Position[]): void
}

/** One advance of an instance under way: where it is, what it remembers, and what it did. */
export class InstanceRun {
  readonly workflow: CompiledWorkflow
  readonly services: StepServices
  readonly now: Date
  readonly ran: string[] = []
  readonly moved: Moved[] = []
  readonly arms: (readonly [string, string])[] = []
  readonly failures: StepFailure[] = []
  readonly open: Map<string, readonly string[]>
  readonly sagas: Map<string, SagaMemory>
  readonly early: Map<string, JsonValue>
  readonly depth: number
  positions: readonly Position[]
  vars: JsonObject
  closing: EndedState | null
  final: EndedState | null = null
  readonly #instance: WorkflowInstance
  readonly #verbs: RunVerbs
  #ordinal = 0

  constructor(
    workflow: CompiledWorkflow,
    instance: WorkflowInstance,
    services: StepServices,
    now: Date,
    verbs: RunVerbs,
  ) {
    this.#verbs = verbs
    const { state } = instance
    const memory: InstanceMemory = (state.status === 'waiting' ? state.memory : undefined) ?? {}
    this.workflow = workflow
    this.services = services
    this.now = now
    this.#instance = instance
    this.vars = instance.vars
    this.positions = positionsOf(state)
    this.open = new Map(Object.entries(memory.open ?? {}))
    this.sagas = new Map(Object.entries(memory.sagas ?? {}))
    this.early = new Map(Object.entries(memory.early ?? {}))
    this.closing = memory.closing ?? null
    this.depth = memory.depth ?? 0
  }

  /** No step runs any more. */
  get isOver(): boolean {
    return this.final !== null || this.closing !== null
  }

  get nowText(): string {
    return this.now.toISOString()
  }

  values(): VariableValues {
    return { ...this.services.values(), vars: this.vars }
  }

  /** Tells what one advance asks for apart. */
  nextOrdinal(): number {
    this.#ordinal += 1
    return this.#ordinal - 1
  }

  /** Runs steps from there until they wait, the instance ends, or it fails. `frame` is what encloses whoever goes there. */
  go(first: StepTarget, from: string | null): void {
    let target: StepTarget | null = first
    let frame = from
    while (target !== null && !this.isOver) {
      if (target === 'end') {
        const saga = sagaOf(this.workflow, frame)
        if (saga !== null) this.sagas.delete(saga)
        this.end('end')
        return
      }
      if (target === 'join') {
        const left = this.#leave(frame)
        if (left === null) return
        target = left.target
        frame = left.frame
        continue
      }
      const step: CompiledStep | undefined = this.workflow.steps[target]
      if (step === undefined) return this.end('end')
      const over = this.#stepsProblem() ?? this.ageProblem(this.now)
      if (over !== null) return this.fail(step.id, 'NX-WORKFLOW-BUDGET', over)
      if (this.goalHolds(step.id)) return this.end('goal')
      this.ran.push(step.id)
      this.#lookFrom(step.id)
      target = this.#verbs.runStep(this, step)
      frame = step.frame
    }
  }

  put(position: Position): void {
    this.positions = [...this.positions, position]
  }

  /** Takes a position out; false: something has taken it out already. */
  take({ stepId, wait }: Position): boolean {
    const before = this.positions.length
    this.positions = this.positions.filter((other) => other.stepId !== stepId || other.wait !== wait)
    return this.positions.length < before
  }

  keep(name: string, value: JsonValue): void {
    if (this.workflow.keepsVars) this.vars = withPath(this.vars, varName(name), value)
  }

  /**
   * When a wait that begins now is over, at the latest when the instance is too old; null: it has no end; `failed`: the step has
   * failed.
   */
  until(wait: WaitSpec | null, stepId: string): { readonly at: string | null } | 'failed' {
    const due = wait === null ? null : this.services.dueAt(wait, this.now, stepId)
    if (due?.state === 'error') {
      this.fail(stepId, due.code, due.message)
      return 'failed'
    }
    return { at: untilAgeEnd(this.workflow, this.#instance, due?.at.toISOString() ?? null) }
  }

  /** Has it nothing left to do? Not asked while a saga is half done: that comes to its end first. */
  goalHolds(stepId: string): boolean {
    const { goal } = this.workflow
    if (goal === null || this.sagas.size > 0) return false
    const result = goal.evaluate(this.values())
    if (result.state === 'value') return result.value === true
    this.failures.push({ stepId, code: result.code, message: `goal: ${result.message}` })
    return false
  }

  /** A step cannot be done: its saga is undone, or the instance fails. */
  fail(stepId: string, code: string, message: string): void {
    const saga = sagaOf(this.workflow, stepById(this.workflow, stepId)?.frame ?? null)
    if (saga !== null && this.sagas.has(saga) && this.sagas.get(saga)?.failed === undefined) {
      this.#verbs.abortSaga(this, saga, { stepId, code, message })
      return
    }
    this.failures.push({ stepId, code, message })
    this.finish({ status: 'failed', endedAt: this.nowText, stepId, error: `${code}: ${message}` })
  }

  end(how: EndReason, by?: string): void {
    // The plain end is what a row without a reason means.
    const reason = how === 'end' ? {} : { how, ...(by === undefined ? {} : { by }) }
    this.finish({ status: 'done', endedAt: this.nowText, ...reason })
  }

  /** Ends, once the sagas that are half done are undone. A send that may still need its fallback is waited for after a plain end. */
  finish(final: EndedState): void {
    if (this.isOver) return
    this.closing = final
    const waits = final.status === 'done' && final.how === undefined
    const fallbacks = waits ? this.positions.filter(({ wait }) => wait.kind === 'fallback') : []
    this.#verbs.closeSagas(this, fallbacks)
    this.settle()
  }

  /** The end has come when nothing is left to be undone. */
  settle(): void {
    if (this.closing === null || this.positions.length > 0) return
    this.final = this.closing
  }

  /** The instance afterwards. */
  result(): WorkflowInstance {
    const { seq, steps } = this.#instance
    return {
      ...this.#instance,
      vars: this.vars,
      state: this.#state(),
      seq: seq + 1,
      steps: steps + this.ran.length,
    }
  }

  #state(): InstanceState {
    if (this.final !== null) return this.final
    if (this.positions.length === 0)
      // Nothing waits and nothing ended: only a row that was changed by hand leads here.
      return { status: 'done', endedAt: this.nowText }
    return waitingState(this.positions, {
      ...(this.open.size > 0 ? { open: Object.fromEntries(this.open) } : {}),
      ...(this.sagas.size > 0 ? { sagas: Object.fromEntries(this.sagas) } : {}),
      ...(this.early.size > 0 ? { early: Object.fromEntries(this.early) } : {}),
      ...(this.closing === null ? {} : { closing: this.closing }),
      ...(this.depth > 0 ? { depth: this.depth } : {}),
    })
  }

  /** Why it may not live on at that time; null: it may. */
  ageProblem(at: Date): string | null {
    return isTooOld(this.workflow, this.#instance, at) ? 'It is older than its budget allows' : null
  }

  #stepsProblem(): string | null {
    const { stepsMax } = this.workflow
    if (this.ran.length >= advanceStepsMax) return `It ran ${advanceStepsMax} steps without waiting`
    return this.#instance.steps + this.ran.length >= stepsMax
      ? `It has run ${stepsMax} steps, its budget`
      : null
  }

  /** From now on, what the waits that look back to this step wait for is kept for them. */
  #lookFrom(stepId: string): void {
    for (const wait of this.workflow.lookbacks.get(stepId) ?? []) this.early.set(wait, null)
  }

  /** The end of a branch or a saga: where the enclosing step goes on; null when other branches are on their way. */
  #leave(frame: string | null): { readonly target: StepTarget; readonly frame: string | null } | null {
    const left = frame === null ? undefined : this.workflow.frames.get(frame)
    if (left === undefined) return { target: 'end', frame: null }
    if (left.kind === 'saga') {
      this.sagas.delete(left.saga)
      const step = stepById(this.workflow, left.saga)
      return step?.verb === 'saga' ? { target: step.next, frame: step.frame } : { target: 'end', frame: null }
    }
    const step = stepById(this.workflow, left.parallel)
    const others = (this.open.get(left.parallel) ?? []).filter((name) => name !== left.name)
    if (step?.verb !== 'parallel') return { target: 'end', frame: null }
    if (step.join === 'all' && others.length > 0) {
      this.open.set(left.parallel, others)
      return null
    }
    this.open.delete(left.parallel)
    if (others.length > 0) this.#drop(left.parallel)
    return { target: step.next, frame: step.frame }
  }

  /** Leaves the other branches of a parallel where they are: the first has come to its end. */
  #drop(parallel: string): void {
    const dropped = this.workflow.steps.filter(({ frame }) =>
      framesOf(this.workflow, frame).some(
        (around) => around.kind === 'branch' && around.parallel === parallel,
      ),
    )
    const ids = new Set(dropped.map(({ id }) => id))
    this.positions = this.positions.filter(({ stepId, wait }) => wait.kind === 'fallback' || !ids.has(stepId))
    for (const id of ids) {
      this.open.delete(id)
      this.early.delete(id)
    }
  }
}
