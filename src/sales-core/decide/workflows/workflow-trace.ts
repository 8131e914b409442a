import type { Advance, AdvanceInput } from '../../workflows/interpreter.ts'
import type { InstanceState, WorkflowInstance } from '../../workflows/workflow-instance.ts'
import { waitingSteps } from '../../workflows/workflow-instance.ts'
import type { WorkflowTrace } from '../decision.ts'

/** What an advance did, for the decision's trace. */
export function advanceTrace(before: WorkflowInstance, advance: Advance, input: AdvanceInput): WorkflowTrace {
  const { instance, ran, moved, arms } = advance
  const isNew = input.kind === 'start' || input.kind === 'turn'
  const { state } = instance
  const by = input.kind === 'stop' ? input.by : undefined
  return {
    instanceId: instance.id,
    workflow: instance.workflow,
    from: isNew ? null : (moved[0]?.step ?? stepOf(before.state)),
    to: stepOf(state),
    ran,
    ...(moved.length > 0 ? { moved } : {}),
    ...(arms.length > 0 ? { arms } : {}),
    ...(state.status === 'done' && state.how !== undefined ? { how: state.how } : {}),
    ...(by === undefined ? {} : { by }),
  }
}

/** An enrolment that waits for its turn. */
export function queuedTrace({ id, workflow, state }: WorkflowInstance): WorkflowTrace {
  return { instanceId: id, workflow, from: null, to: stepOf(state), ran: [] }
}

/** A move that ran no step. */
export function movedTrace(
  before: WorkflowInstance,
  { id, workflow, state }: WorkflowInstance,
  by?: string,
): WorkflowTrace {
  const said = by === undefined ? {} : { by }
  return { instanceId: id, workflow, from: stepOf(before.state), to: stepOf(state), ran: [], ...said }
}

/** Where an instance is, for a person: the first of the steps it waits at, `end`, or `failed`. */
export function stepOf(state: InstanceState): string {
  switch (state.status) {
    case 'waiting':
      return waitingSteps(state)[0] ?? state.stepId
    case 'done':
      return 'end'
    case 'failed':
      return 'failed'
  }
}
