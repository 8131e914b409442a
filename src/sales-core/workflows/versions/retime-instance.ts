import type { DueResult } from '../../time/due-at.ts'
import type { WaitSpec } from '../../time/wait-spec.ts'
import type { CompiledStep, CompiledWorkflow } from '../compiled-workflow.ts'
import { stepById } from '../compiled-workflow.ts'
import { untilAgeEnd } from '../instance-age.ts'
import type { InstanceWait, Position, WorkflowInstance } from '../workflow-instance.ts'
import { positionsOf, waitingState } from '../workflow-instance.ts'

/** When a wait that began at `from` is over, for the entity of the instance. */
export type DueOf = (wait: WaitSpec, from: Date, stepId: string) => DueResult

/**
 * The instance with the ends of its waits reckoned anew from when they began: after their times, a calendar or a zone changed. The
 * same instance when nothing moves; a wait that cannot be reckoned stays as it is. What is over by then is woken by its timer at
 * once. Pure.
 */
export function retimeInstance(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  dueOf: DueOf,
): WorkflowInstance {
  const { state } = instance
  if (state.status !== 'waiting') return instance
  const before = positionsOf(state)
  const ends = (until: string | null) => untilAgeEnd(workflow, instance, until)
  const after = before.map((position) => retimed(workflow, position, dueOf, ends))
  if (after.every((position, at) => position === before[at])) return instance
  return { ...instance, seq: instance.seq + 1, state: waitingState(after, state.memory ?? {}) }
}

/** A wait's end with the instance's own. */
type EndOf = (until: string | null) => string | null

function retimed(workflow: CompiledWorkflow, position: Position, dueOf: DueOf, endOf: EndOf): Position {
  const wait = retimedWait(stepById(workflow, position.stepId), position, dueOf, endOf)
  return wait === null || wait.until === position.wait.until ? position : { ...position, wait }
}

/** null: there is nothing to reckon. */
function retimedWait(
  step: CompiledStep | undefined,
  { stepId, wait }: Position,
  dueOf: DueOf,
  endOf: EndOf,
): InstanceWait | null {
  if (!('from' in wait) || wait.from === undefined || step === undefined) return null
  const length = lengthOf(step, wait)
  if (length === null) return isEndless(wait) ? { ...wait, until: endOf(null) } : null
  const due = dueOf(length, new Date(wait.from), stepId)
  if (due.state !== 'due') return null
  const at = due.at.toISOString()
  return { ...wait, until: endOf(at) ?? at }
}

function lengthOf(step: CompiledStep, { kind }: InstanceWait): WaitSpec | null {
  if (kind === 'timer') return step.verb === 'wait' ? step.wait : null
  return 'upTo' in step ? step.upTo : null
}

/** A wait that only the instance's age ends. The result of a call may be waited for without end, so that it can be undone. */
function isEndless(
  wait: InstanceWait,
): wait is Extract<InstanceWait, { kind: 'event' | 'task' | 'workflow' }> {
  return wait.kind === 'event' || wait.kind === 'task' || wait.kind === 'workflow'
}
