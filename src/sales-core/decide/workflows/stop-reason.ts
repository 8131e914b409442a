import type { NxEvent } from '../../../messaging/events/event.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import { isExcepted } from '../../workflows/interpreter.ts'
import type { WorkflowInstance } from '../../workflows/workflow-instance.ts'

/** The first stop_when that holds, as a text, unless the instance is where it does not count; null: none does. */
export function stopReason(
  definition: CompiledWorkflow,
  instance: WorkflowInstance,
  event: Pick<NxEvent, 'type'>,
  values: VariableValues,
  onFailure: (code: string, message: string) => void,
): string | null {
  for (const { on, when, except } of definition.stopWhen) {
    if (on !== event.type || isExcepted(definition, instance, except)) continue
    const result = when?.evaluate({ ...values, vars: instance.vars })
    if (result?.state === 'error') onFailure(result.code, result.message)
    else if (result === undefined || result.value === true) return `stop_when ${on}`
  }
  return null
}

/** Does its goal hold? Not asked while a saga is half done. */
export function goalReached(
  { goal }: CompiledWorkflow,
  { state, vars }: WorkflowInstance,
  values: VariableValues,
  onFailure: (code: string, message: string) => void,
): boolean {
  if (goal === null || (state.status === 'waiting' && state.memory?.sagas !== undefined)) return false
  const result = goal.evaluate({ ...values, vars })
  if (result.state === 'error') onFailure(result.code, result.message)
  return result.state === 'value' && result.value === true
}
