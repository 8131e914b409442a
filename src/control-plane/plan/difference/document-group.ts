import type { FanOut, PlannedLeaf } from '../plan-report.ts'
import type { Workspace } from '../world/configuration-world.ts'

/** A value that differs, and where it does. */
export interface LeafGroup {
  readonly leaf: Omit<PlannedLeaf, keyof FanOut>
  readonly workspaces: Set<Workspace>
}

/** A document while its workspaces and leaves are gathered. */
export interface DocumentGroup {
  readonly scope: string
  readonly kind: string
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly place: string
  /** The content without its name, to recognise a document that was only renamed. */
  readonly content: string
  readonly leaves: Map<string, LeafGroup>
  readonly workspaces: Set<Workspace>
}
