import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import type { CommandStep, CompiledStep } from '../compiled-workflow.ts'
import { sagaOf, stepById, stepIndex } from '../compiled-workflow.ts'
import type { InstanceWait, Position } from '../workflow-instance.ts'
import { dueMs } from '../workflow-instance.ts'
import type { InstanceRun } from './instance-run.ts'
import { resultCharsMax } from './instance-run.ts'
import { afterOther, ask, sendFallback } from './run-step.ts'
import { callDone, undoFailed, undoNext } from './saga-run.ts'

type WaitOf<K extends InstanceWait['kind']> = Extract<InstanceWait, { kind: K }>

/** The event that a position waits for has come. */
export function moveByEvent(
  run: InstanceRun,
  position: Position,
  event: Pick<NxEvent, 'type' | 'data'>,
): void {
  const step = stepById(run.workflow, position.stepId)
  if (step === undefined || !run.take(position)) return
  const { wait } = position
  // Sent another way: what becomes of that is what counts.
  const instead = event.data['insteadCommandId']
  if (typeof instead === 'string' && (wait.kind === 'result' || wait.kind === 'fallback'))
    return run.put({ stepId: step.id, wait: { ...wait, commandId: instead } })
  switch (wait.kind) {
    case 'event':
      run.moved.push({ step: step.id, by: 'event' })
      run.early.delete(step.id)
      run.keep(step.id, event.data)
      if (step.verb === 'wait_for') run.go(step.next, step.frame)
      return
    case 'result':
      run.moved.push({ step: step.id, by: 'result' })
      if (step.verb === 'command') resultCame(run, step, wait, event)
      return
    case 'fallback':
      if (step.verb === 'command' && failureIn(event) !== null && run.closing?.status !== 'failed')
        sendFallback(run, step)
      return run.settle()
    case 'undo': {
      const failure = failureIn(event)
      if (failure !== null) undoFailed(run, wait.saga, step.id, `${failure.code}: ${failure.message}`)
      return undoNext(run, wait.saga)
    }
    case 'task':
      run.moved.push({ step: step.id, by: 'task' })
      if (step.verb === 'task') taskClosed(run, step, event.data)
      return
    default:
  }
}

function taskClosed(run: InstanceRun, step: Extract<CompiledStep, { verb: 'task' }>, data: JsonObject): void {
  const { status = null, to = null, outcome = null } = data
  run.keep(step.id, { status, to, outcome })
  run.go(status === 'cancelled' ? step.late : step.next, step.frame)
}

/** A position's time is over. */
export function moveByTimer(run: InstanceRun, position: Position): void {
  const step = stepById(run.workflow, position.stepId)
  if (step === undefined || !run.take(position)) return
  if (position.wait.kind === 'fallback') return run.settle()
  // One that was over in time goes on, however late its timer is: what it comes to looks at the age itself.
  const over = run.ageProblem(new Date(dueMs(position)))
  if (over !== null) return timeOver(run, step, position, 'NX-WORKFLOW-BUDGET', over)
  if (position.wait.kind === 'enter') return run.go(stepIndex(run.workflow, step.id) ?? 'end', step.frame)
  if (position.wait.kind === 'retry') {
    const next = step.verb === 'command' ? ask(run, step, position.wait.attempt) : null
    if (next !== null) run.go(next, step.frame)
    return
  }
  run.moved.push({ step: step.id, by: 'timer' })
  switch (step.verb) {
    case 'wait':
      return run.go(step.next, step.frame)
    case 'wait_for':
      run.early.delete(step.id)
      return run.go(step.late, step.frame)
    case 'task':
      return run.go(step.late, step.frame)
    case 'start':
      return run.go(step.late ?? step.next, step.frame)
    case 'command':
      return resultLate(run, step, position)
    default:
  }
}

/** The workflow that a position waits for has ended. */
export function moveByEnd(run: InstanceRun, position: Position, how: string, isFailed: boolean): void {
  const step = stepById(run.workflow, position.stepId)
  if (step?.verb !== 'start' || !run.take(position)) return
  run.moved.push({ step: step.id, by: 'workflow' })
  const next = afterOther(run, step, how, isFailed)
  if (next !== null) run.go(next, step.frame)
}

function resultCame(
  run: InstanceRun,
  step: CommandStep,
  wait: WaitOf<'result'>,
  event: Pick<NxEvent, 'type' | 'data'>,
): void {
  const saga = sagaOf(run.workflow, step.frame)
  const failure = failureIn(event)
  const isAborted = saga !== null && run.sagas.get(saga)?.failed !== undefined
  if (failure === null && saga !== null)
    callDone(run, saga, { stepId: step.id, ...(wait.input === undefined ? {} : { input: wait.input }) })
  if (isAborted) return undoNext(run, saga)
  if (failure === null) {
    run.keep(step.id, {
      status: 'succeeded',
      result: kept(run, step.id, event.data['result'] ?? null),
      error: null,
    })
    return run.go(step.next, step.frame)
  }
  run.keep(step.id, {
    status: 'failed',
    result: null,
    error: { code: failure.code, message: failure.message },
  })
  const { retry } = step
  if (retry !== null && wait.attempt <= retry.max) {
    const delayMs = Math.min(retry.maxMs, retry.minMs * 2 ** (wait.attempt - 1))
    const until = new Date(run.now.getTime() + delayMs).toISOString()
    run.put({ stepId: step.id, wait: { kind: 'retry', attempt: wait.attempt + 1, until } })
    return
  }
  if (step.late !== null) run.go(step.late, step.frame)
  else run.fail(step.id, failure.code, failure.message)
}

/** Nobody knows whether the call took effect. In a saga its end is waited for before anything is undone. */
function resultLate(run: InstanceRun, step: CommandStep, position: Position): void {
  const saga = sagaOf(run.workflow, step.frame)
  if (step.late !== null && saga === null) return run.go(step.late, step.frame)
  timeOver(run, step, position, 'NX-STEP-LATE', 'No result came in the time that up_to gives')
}

/** Fails the step. In a saga its position is put back: failing that takes out what needs no undoing. */
function timeOver(run: InstanceRun, step: CompiledStep, position: Position, code: string, why: string): void {
  if (sagaOf(run.workflow, step.frame) !== null) run.put(position)
  run.fail(step.id, code, why)
}

function kept(run: InstanceRun, stepId: string, result: JsonValue): JsonValue {
  if (!run.workflow.keepsVars || JSON.stringify(result).length <= resultCharsMax) return result
  run.services.note(
    `The result of ${stepId} is larger than ${resultCharsMax} characters: vars does not hold it`,
  )
  return null
}

/** Why a command came to nothing; null: it did what it should. */
function failureIn({
  type,
  data,
}: Pick<NxEvent, 'type' | 'data'>): { readonly code: string; readonly message: string } | null {
  if (type === 'command.succeeded' || type === 'message.sent') return null
  const error = data['error']
  const { code, message } = isJsonObject(error) ? error : {}
  if (type === 'command.failed')
    return {
      code: typeof code === 'string' ? code : 'NX-COMMAND-FAILED',
      message: typeof message === 'string' ? message : 'The command failed',
    }
  const reason = data['reason']
  return {
    code: type === 'command.cancelled' ? 'NX-COMMAND-CANCELLED' : 'NX-MESSAGE-SUPPRESSED',
    message: typeof reason === 'string' ? reason : 'It was not carried out',
  }
}
