import type { CompiledWorkflow } from './compiled-workflow.ts'
import type { WorkflowInstance } from './workflow-instance.ts'

type Aged = Pick<WorkflowInstance, 'startedAt'>

/** Is the instance older at that time than its `budget.age` allows? */
export function isTooOld(workflow: Pick<CompiledWorkflow, 'ageMsMax'>, instance: Aged, at: Date): boolean {
  const endMs = ageEndMs(workflow, instance)
  return endMs !== null && at.getTime() >= endMs
}

/** The end of a wait, or the end of the instance's life if that comes first. RFC 3339; null: neither has one. */
export function untilAgeEnd(
  workflow: Pick<CompiledWorkflow, 'ageMsMax'>,
  instance: Aged,
  until: string | null,
): string | null {
  const endMs = ageEndMs(workflow, instance)
  if (endMs === null || (until !== null && Date.parse(until) <= endMs)) return until
  return new Date(endMs).toISOString()
}

/** The first instant at which it is too old; null: it may get any age. */
function ageEndMs({ ageMsMax }: Pick<CompiledWorkflow, 'ageMsMax'>, { startedAt }: Aged): number | null {
  return ageMsMax === null ? null : Date.parse(startedAt) + ageMsMax + 1
}
