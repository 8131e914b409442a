import type { DueResult } from '../../time/due-at.ts'
import type { WaitSpec } from '../../time/wait-spec.ts'
import type { CompiledStep, CompiledWorkflow } from '../compiled-workflow.ts'
import { stepById } from '../compiled-workflow.ts'
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
  const after = before.map((position) => retimed(workflow, position, dueOf))
  if (after.every((position, at) => position === before[at])) return instance
  return { ...instance, seq: instance.seq + 1, state: waitingState(after, state.memory ?? {}) }
}

function retimed(workflow: CompiledWorkflow, position: Position, dueOf: DueOf): Position {
  const wait = retimedWait(stepById(workflow, position.stepId), position, dueOf)
  return wait === null || wait.until === position.wait.until ? position : { ...position, wait }
}

/** null: there is nothing to reckon. */
function retimedWait(
  step: CompiledStep | undefined,
  { stepId, wait }: Position,
  dueOf: DueOf,
): InstanceWait | null {
  if (!('from' in wait) || wait.from === undefined || step === undefined) return null
  const length = lengthOf(step, wait)
  if (length === null) return null
  const due = dueOf(length, new Date(wait.from), stepId)
  return due.state === 'due' ? { ...wait, until: due.at.toISOString() } : null
}

function lengthOf(step: CompiledStep, { kind }: InstanceWait): WaitSpec | null {
  if (kind === 'timer') return step.verb === 'wait' ? step.wait : null
  return 'upTo' in step ? step.upTo : null
}
