import type { EffectiveChange } from '../../control-plane/plan/difference/planned-documents.ts'
import type { Workspace } from '../../control-plane/plan/world/configuration-world.ts'
import { calendarKind } from '../../sales-core/kinds/people/calendar-kind.ts'
import { workflowShape } from '../../sales-core/kinds/workflow-shape.ts'

/** A workspace in which instances in flight may fare otherwise. */
export interface ChangedPlace {
  readonly workspace: Workspace
  /** Workflows with another definition, or none any more. `all`: a calendar changed, whatever waits may be reckoned anew. */
  readonly workflows: ReadonlySet<string> | 'all'
}

/** Where workflows change, by the name of the workspace: everywhere else nobody needs to ask who waits. */
export function changedWorkflows(effects: readonly EffectiveChange[]): readonly ChangedPlace[] {
  const found = new Map<Workspace, Set<string> | 'all'>()
  for (const { before, after, workspaces } of effects) {
    const { kind, name } = after ?? before ?? {}
    if (name === undefined || (kind !== workflowShape.kind && kind !== calendarKind.kind)) continue
    for (const workspace of workspaces) {
      const known = found.get(workspace) ?? new Set()
      found.set(workspace, kind === calendarKind.kind || known === 'all' ? 'all' : known.add(name))
    }
  }
  return [...found]
    .map(([workspace, workflows]) => ({ workspace, workflows }))
    .sort((a, b) => (a.workspace.name < b.workspace.name ? -1 : 1))
}
