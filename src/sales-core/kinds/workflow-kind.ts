import type { DocumentKind, Reference } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { workflowProblems } from '../analysis/analyse-workflow.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import { compileWorkflow } from '../workflows/compile-workflow.ts'
import { actionReferences, eventReferences } from './references.ts'
import { peopleReferences } from '../people/people-references.ts'
import { eachStep } from './workflow/each-step.ts'
import type { PlacedStep } from './workflow/each-step.ts'
import type { WorkflowSpec } from './workflow/workflow-spec.ts'
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
    ...(spec.stop_when ?? []).flatMap(({ on }, index) => eventReferences(on, ['stop_when', index, 'on'])),
    ...(spec.policies ?? []).map((name, index) => ({
      space: 'policy',
      name,
      path: ['policies', index],
      fix: 'Add a Policy of that name.',
    })),
    ...eachStep(spec.steps).flatMap(stepReferences),
  ],
  check: (typed, set) => {
    const { workflow, problems } = compileWorkflow(typed, typeCatalogOf(set), null)
    return [...problems, ...workflowProblems(typed, workflow)]
  },
}

function stepReferences({ step, path }: PlacedStep): readonly Reference[] {
  const references = [...actionReferences(step, path), ...peopleReferences(step, path)]
  const named = (space: string, name: string | undefined, at: DocumentPath, fix: string): void => {
    if (name !== undefined) references.push({ space, name, path: [...path, ...at], fix })
  }
  if (step.wait_for !== undefined)
    references.push(...eventReferences(step.wait_for.event, [...path, 'wait_for', 'event']))
  if (step.emit !== undefined) references.push(...eventReferences(step.emit.type, [...path, 'emit', 'type']))
  if (step.fallback !== undefined)
    named(
      'channel',
      step.fallback.channel,
      ['fallback', 'channel'],
      'Add an Integration that serves the channel.',
    )
  named('operation', step.undo?.call, ['undo', 'call'], 'Add an Integration with that operation.')
  named('workflow', step.start, ['start'], 'Add a Workflow of that name.')
  named('workflow', step.stop, ['stop'], 'Add a Workflow of that name.')
  named('calendar', step.calendar, ['calendar'], 'Add a Calendar of that name.')
  if (step.on_failure?.task !== undefined)
    references.push(...peopleReferences({ task: step.on_failure.task }, [...path, 'on_failure']))
  return references
}
