import { sha256Hex, shareOf } from '../../../kernel/digest.ts'
import type { Position, WorkflowInstance } from '../workflow-instance.ts'
import { dueMs, positionsOf, waitingState } from '../workflow-instance.ts'

/** Over how long the waits are spread that a change has shortened into the past. */
export const overdueSpreadMs = 60_000

/**
 * The instance with what has come due by being shortened spread over a minute: a thousand waits that a change ends at one moment must
 * not all go on in it. The same instance is always put to the same place. Pure.
 */
export function spreadOverdue(
  before: WorkflowInstance,
  after: WorkflowInstance,
  now: Date,
): WorkflowInstance {
  const { state } = after
  if (state.status !== 'waiting') return after
  const was = new Map(positionsOf(before.state).map((position) => [position.stepId, dueMs(position)]))
  const nowMs = now.getTime()
  let moved = false
  const positions = positionsOf(state).map((position): Position => {
    const earlier = was.get(position.stepId) ?? Number.NEGATIVE_INFINITY
    if (position.wait.kind !== 'timer' && position.wait.kind !== 'event') return position
    if (dueMs(position) > nowMs || earlier <= nowMs) return position
    moved = true
    const until = new Date(
      nowMs + shareOf(sha256Hex(`${after.id} ${position.stepId}`)) * overdueSpreadMs,
    ).toISOString()
    return { ...position, wait: { ...position.wait, until } }
  })
  return moved ? { ...after, state: waitingState(positions, state.memory ?? {}) } : after
}
