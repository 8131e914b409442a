import { z } from 'zod'
import { documentHead, documentName } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../control-plane/documents/document-kind.ts'
import { durationText, entityKindName, eventTypeName } from './schema-parts.ts'
import { eachStep } from './workflow/each-step.ts'
import { stepShape, stepsInWorkflowMax } from './workflow/step-shape.ts'
import type { WorkflowSpec } from './workflow/workflow-spec.ts'

export type { StepSpec, WorkflowSpec } from './workflow/workflow-spec.ts'

/** Enrolments of one entity that a workflow may be limited to. */
const enrolmentsMax = 1_000

const schema = z
  .strictObject({
    ...documentHead('Workflow', documentName),
    for: entityKindName,
    start: z.strictObject({ on: eventTypeName, when: z.string().optional() }).optional(),
    enroll: z
      .strictObject({
        while_running: z.enum(['ignore', 'restart', 'queue', 'parallel']).optional(),
        again: z
          .strictObject({ after: durationText.optional(), max: z.int().min(1).max(enrolmentsMax).optional() })
          .optional(),
      })
      .optional(),
    on_change: z
      .strictObject({
        text: z.enum(['follow', 'pin']).optional(),
        timing: z.enum(['follow', 'pin']).optional(),
        structure: z.enum(['pin', 'migrate']).optional(),
        map: z.record(documentName, documentName).optional(),
      })
      .optional(),
    stop_when: z
      .array(
        z.strictObject({
          on: eventTypeName,
          when: z.string().optional(),
          except: z.array(documentName).min(1).max(100).optional(),
        }),
      )
      .min(1)
      .max(50)
      .optional(),
    goal: z.string().optional(),
    policies: z.array(documentName).min(1).max(50).optional(),
    budget: z
      .strictObject({ steps: z.int().min(1).max(10_000).optional(), age: durationText.optional() })
      .optional(),
    steps: z.array(stepShape).min(1).max(stepsInWorkflowMax),
  })
  .superRefine((value, context) => {
    const count = eachStep(value.steps).length
    if (count > stepsInWorkflowMax)
      context.addIssue({
        code: 'custom',
        path: ['steps'],
        message: `has ${count} steps, nested ones included: at most ${stepsInWorkflowMax}`,
      })
  }) as unknown as z.ZodType<WorkflowSpec>

/** The shape of a Workflow, without its checks. */
export const workflowShape: DocumentKind<WorkflowSpec> = {
  kind: 'Workflow',
  summary: 'what is done for an entity step by step, over hours and weeks',
  schema,
  merge: [
    { path: 'steps', policy: { by: 'id' } },
    { path: 'steps.*.wait', policy: 'replace' },
    { path: 'steps.*.split', policy: 'replace' },
    { path: 'steps.*.parallel', policy: 'replace' },
  ],
}
