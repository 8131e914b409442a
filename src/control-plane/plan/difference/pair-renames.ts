import type { Workspace } from '../world/configuration-world.ts'
import type { DocumentGroup } from './document-group.ts'
import type { FanOut, PlannedDocument, PlannedLeaf } from '../plan-report.ts'

/** A document as the plan shows it, before its workspaces are counted. */
export interface PairedGroup {
  readonly head: Omit<PlannedDocument, 'leaves' | keyof FanOut>
  readonly leaves: ReadonlyArray<{
    readonly leaf: Omit<PlannedLeaf, keyof FanOut>
    readonly workspaces: ReadonlySet<Workspace>
  }>
  readonly workspaces: ReadonlySet<Workspace>
}

/** A document that went and one that came in the same scope with the same content but for its name are one that was renamed. */
export function pairRenames(groups: readonly DocumentGroup[]): readonly PairedGroup[] {
  const key = ({ scope, kind, content }: DocumentGroup): string => `${scope}\n${kind}\n${content}`
  const came = Map.groupBy(
    groups.filter(({ change }) => change === 'added'),
    key,
  )
  const paired = new Map<DocumentGroup, DocumentGroup>()
  for (const group of groups) {
    const now = group.change === 'removed' ? came.get(key(group))?.shift() : undefined
    if (now !== undefined) paired.set(now, group)
  }
  const gone = new Set(paired.values())
  return groups
    .filter((group) => !gone.has(group))
    .map((group) => {
      const { scope, kind, name, change, place, leaves, workspaces } = group
      const from = paired.get(group)
      return {
        head:
          from === undefined
            ? { scope, kind, name, change, place }
            : { scope, kind, name, change: 'renamed', previousName: from.name, place },
        leaves: [...leaves.values()],
        workspaces,
      }
    })
}
