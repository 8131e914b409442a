import type { Reference } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { AssignSpec, TaskSpec, WhomSpec } from './people-shape.ts'

/** What the `assign` and the `task` of a rule's action or a workflow's step need: Teams and Calendars. */
export function peopleReferences(
  spec: { readonly assign?: AssignSpec | undefined; readonly task?: TaskSpec | undefined },
  path: DocumentPath,
): readonly Reference[] {
  const references: Reference[] = []
  if (spec.assign?.team !== undefined)
    references.push(teamReference(spec.assign.team, [...path, 'assign', 'team']))
  if (spec.task === undefined) return references
  const at = [...path, 'task']
  references.push(...whomReferences(spec.task.to, [...at, 'to']))
  for (const [index, rung] of (spec.task.escalate ?? []).entries()) {
    const place = [...at, 'escalate', index]
    if (rung.to !== undefined) references.push(...whomReferences(rung.to, [...place, 'to']))
    if (rung.reassign !== undefined) references.push(teamReference(rung.reassign, [...place, 'reassign']))
  }
  if (spec.task.calendar !== undefined) {
    references.push({
      space: 'calendar',
      name: spec.task.calendar,
      path: [...at, 'calendar'],
      fix: 'Add a Calendar of that name.',
    })
  }
  return references
}

function whomReferences(whom: WhomSpec, path: DocumentPath): readonly Reference[] {
  return typeof whom === 'string' ? [] : [teamReference(whom.team, [...path, 'team'])]
}

function teamReference(name: string, path: DocumentPath): Reference {
  return { space: 'team', name, path, fix: 'Add a Team of that name.' }
}
