import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { eachStep } from '../../kinds/workflow/each-step.ts'
import { awaits } from '../../kinds/workflow/step-rules.ts'
import type { StepSpec, WorkflowSpec } from '../../kinds/workflow/workflow-spec.ts'
import type { FieldType, StructType } from '../../types/field-type.ts'
import { jsonType, nullable, scalar, structOf } from '../../types/field-type.ts'
import { varName } from '../compiled-workflow.ts'

const ended = structOf({ status: scalar('string') })
const callEnd = structOf({
  status: scalar('string'),
  result: jsonType,
  error: nullable(
    structOf({ code: scalar('string'), message: scalar('string'), status: scalar('int', true) }),
  ),
})
const taskEnd = structOf({
  status: scalar('string'),
  to: scalar('string', true),
  outcome: scalar('string', true),
})

/**
 * `vars.start` and `vars.<step>`: the data of the event that started it or that a wait_for went on with, what came of calls, tasks
 * and workflows that were waited for, the arm of a split. Any of them may not have come (yet).
 */
export function varsOf(spec: WorkflowSpec, types: TypeCatalog): StructType {
  const fields = new Map<string, FieldType>()
  const event = (name: string, eventType: string): void => {
    const data = types.events.get(eventType)?.data
    if (data !== undefined) fields.set(name, { ...data, nullable: true })
  }
  if (spec.start !== undefined) event('start', spec.start.on)
  const inSaga = new Set(
    eachStep(spec.steps).flatMap(({ step }) =>
      step.saga === undefined ? [] : eachStep(step.saga).map((it) => it.step.id),
    ),
  )
  for (const { step } of eachStep(spec.steps)) {
    if (step.wait_for !== undefined) event(varName(step.id), step.wait_for.event)
    const type = endOf(step, inSaga.has(step.id))
    if (type !== null) fields.set(varName(step.id), { ...type, nullable: true })
  }
  return { kind: 'struct', nullable: false, fields }
}

function endOf(step: StepSpec, inSaga: boolean): FieldType | null {
  if (step.split !== undefined) return scalar('string')
  if (step.call !== undefined || step.send !== undefined) return awaits(step) || inSaga ? callEnd : null
  if (step.wait !== 'done') return null
  return step.task === undefined ? ended : taskEnd
}
