import type { DocumentKind, Reference } from '../../control-plane/documents/document-kind.ts'
import { workflowProblems } from '../analysis/analyse-workflow.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import { compileWorkflow } from '../workflows/compile-workflow.ts'
import { actionReferences, eventReferences } from './references.ts'
import type { StepSpec, WorkflowSpec } from './workflow-shape.ts'
import { workflowShape } from './workflow-shape.ts'
import { workflowFieldHelp } from './field-help/workflow-field-help.ts'

/** Declares a workflow: when it starts for an entity, and its steps. */
export const workflowKind: DocumentKind<WorkflowSpec> = {
  ...workflowShape,
  fieldHelp: workflowFieldHelp,
  provides: ({ spec }) => [
    { space: 'document', name: spec.name },
    { space: 'workflow', name: spec.name },
  ],
  requires: ({ spec }) => [
    { space: 'entity', name: spec.for, path: ['for'], fix: 'Declare an EntityType of that name.' },
    ...(spec.start === undefined ? [] : eventReferences(spec.start.on, ['start', 'on'])),
    ...spec.steps.flatMap(stepReferences),
  ],
  check: (typed, set) => [
    ...compileWorkflow(typed, typeCatalogOf(set), null).problems,
    ...workflowProblems(typed),
  ],
}

function stepReferences(step: StepSpec, index: number): readonly Reference[] {
  const path = ['steps', index]
  const waited =
    step.wait_for === undefined ? [] : eventReferences(step.wait_for.event, [...path, 'wait_for', 'event'])
  return [...actionReferences(step, path), ...waited]
}
