import type { JsonObject } from '../../../kernel/json.ts'
import type { SagaStep } from '../compiled-workflow.ts'
import { sagaOf, stepById } from '../compiled-workflow.ts'
import type { Position, SagaCall, StepFailure } from '../workflow-instance.ts'
import type { InstanceRun } from './instance-run.ts'

/** Says that the undoing of a call was given up: somebody has to look. Data: workflow, instance's saga and step, why. */
export const undoFailedType = 'saga.undo_failed'

/** A call of a saga took effect: should the saga fail, it is undone. */
export function callDone(run: InstanceRun, saga: string, call: SagaCall): void {
  const memory = run.sagas.get(saga)
  if (memory !== undefined) run.sagas.set(saga, { ...memory, done: [...memory.done, call] })
}

/**
 * A saga fails. A call whose end nobody knows yet is waited for: it may have to be undone as well. Then the calls that took effect
 * are undone, newest first, one after another.
 */
export function abortSaga(run: InstanceRun, saga: string, failure: StepFailure): void {
  const memory = run.sagas.get(saga) ?? { done: [] }
  run.sagas.set(saga, { ...memory, failed: failure })
  const { step, code, message } = { ...failure, step: failure.stepId }
  run.services.note(
    `Workflow/${run.workflow.name}#${saga} is undone: ${step} failed with ${code} (${message})`,
  )
  const inside = (position: Position): boolean => isIn(run, saga, position)
  const settling = run.positions.filter((position) => inside(position) && mayNeedUndo(run, position))
  run.positions = [...run.positions.filter((position) => !inside(position)), ...settling.map(withoutEnd)]
  if (settling.length === 0) undoNext(run, saga)
}

/** The instance ends: every saga that is half done is undone first. `kept` are positions that are waited for all the same. */
export function closeSagas(run: InstanceRun, kept: readonly Position[]): void {
  const underway = run.positions.filter(
    (position) => position.wait.kind === 'undo' || (inAnySaga(run, position) && mayNeedUndo(run, position)),
  )
  run.positions = [...kept, ...underway.map(withoutEnd)]
  for (const [saga, memory] of run.sagas) {
    const failed = { stepId: saga, code: 'NX-WORKFLOW-ENDED', message: 'The workflow ended' }
    if (memory.failed === undefined) run.sagas.set(saga, { ...memory, failed })
    const isBusy = run.positions.some(
      (position) =>
        isIn(run, saga, position) || (position.wait.kind === 'undo' && position.wait.saga === saga),
    )
    if (!isBusy) undoNext(run, saga)
  }
}

/** Undoes the newest call that has not been undone; when there is none left, the saga's failure is dealt with. */
export function undoNext(run: InstanceRun, saga: string): void {
  const memory = run.sagas.get(saga)
  if (memory === undefined) return
  const done = [...memory.done]
  for (let call = done.pop(); call !== undefined; call = done.pop()) {
    run.sagas.set(saga, { ...memory, done: [...done] })
    if (startUndo(run, saga, call)) return
  }
  run.sagas.set(saga, { ...memory, done: [] })
  undone(run, saga)
}

/** Asks for the undo of a call. False: there is nothing to wait for. */
function startUndo(run: InstanceRun, saga: string, call: SagaCall): boolean {
  const step = stepById(run.workflow, call.stepId)
  if (step?.verb !== 'command' || step.undo === null) return false
  const { command, plain } = step.undo
  const rendered = plain
    ? ({ state: 'value', value: call.input ?? {} } as const)
    : command.input.render(run.values())
  const asked =
    rendered.state === 'error'
      ? rendered
      : run.services.command({
          stepId: step.id,
          command,
          input: rendered.value as JsonObject,
          ordinal: run.nextOrdinal(),
          awaitedFrom: run.depth,
        })
  if (asked.state !== 'asked') {
    undoFailed(run, saga, step.id, `${asked.code}: ${asked.message}`)
    return false
  }
  run.put({ stepId: step.id, wait: { kind: 'undo', commandId: asked.id, saga, until: null } })
  return true
}

/** An undo came to nothing though the command queue tried as often as it may. The other calls are undone all the same. */
export function undoFailed(run: InstanceRun, saga: string, stepId: string, why: string): void {
  const data = { workflow: run.workflow.name, saga, step: stepId, error: why }
  const refusal = run.services.report(undoFailedType, stepId, data, run.nextOrdinal())
  run.services.note(`Workflow/${run.workflow.name}#${stepId} was not undone: ${why}`)
  if (refusal !== null)
    run.services.note(`${undoFailedType} was not emitted: ${refusal.code}: ${refusal.message}`)
}

function undone(run: InstanceRun, saga: string): void {
  const failure = run.sagas.get(saga)?.failed
  run.sagas.delete(saga)
  if (run.closing !== null) {
    run.settle()
    return
  }
  const step = stepById(run.workflow, saga)
  const { stepId = saga, code = 'NX-SAGA', message = 'The saga failed' } = failure ?? {}
  if (step?.verb !== 'saga' || step.onFailure === null) {
    run.failures.push({ stepId, code, message })
    run.finish({ status: 'failed', endedAt: run.nowText, stepId, error: `${code}: ${message}` })
    return
  }
  onFailure(run, step, step.onFailure)
}

function onFailure(run: InstanceRun, step: SagaStep, { task, go }: NonNullable<SagaStep['onFailure']>): void {
  if (task !== null) {
    const made = run.services.task(step.id, task, run.vars, run.nextOrdinal())
    if (made.state === 'refused') return run.fail(step.id, made.code, made.message)
  }
  if (go === 'end') run.end('undone', step.id)
  else run.go(go, step.frame)
}

function isIn(run: InstanceRun, saga: string, { stepId }: Position): boolean {
  return sagaOf(run.workflow, stepById(run.workflow, stepId)?.frame ?? null) === saga
}

function inAnySaga(run: InstanceRun, { stepId }: Position): boolean {
  return sagaOf(run.workflow, stepById(run.workflow, stepId)?.frame ?? null) !== null
}

function mayNeedUndo(run: InstanceRun, { stepId, wait }: Position): boolean {
  const step = stepById(run.workflow, stepId)
  return wait.kind === 'undo' || (wait.kind === 'result' && step?.verb === 'command' && step.undo !== null)
}

function withoutEnd(position: Position): Position {
  return position.wait.kind === 'result' ? { ...position, wait: { ...position.wait, until: null } } : position
}
