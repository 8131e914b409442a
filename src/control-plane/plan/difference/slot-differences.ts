import type { SourceDocument } from '../../documents/document.ts'
import { scopeName } from '../../documents/document.ts'
import type { DocumentKind } from '../../documents/document-kind.ts'
import type { DocumentLayer } from '../../resolution/resolve-documents.ts'
import { resolveDocuments } from '../../resolution/resolve-documents.ts'
import type { ResolvedDocument } from '../../resolution/resolved-document.ts'
import { slotKey } from '../../resolution/slot-key.ts'
import type { Workspace, World } from '../world/configuration-world.ts'
import type { LeafChange } from './leaf-changes.ts'
import { leafChanges } from './leaf-changes.ts'

/** How one document's effect differs in some workspaces: in all of them in the same way, out of the same layers. */
export interface SlotDifference {
  readonly slot: string
  readonly before: ResolvedDocument | null
  readonly after: ResolvedDocument | null
  /** Of a document that is there on both sides. */
  readonly leaves: readonly LeafChange[]
  readonly workspaces: Workspace[]
  /** The scopes whose own part in it changed, from global down. */
  readonly changedIn: readonly string[]
}

type Slots = ReadonlyMap<string, readonly SourceDocument[]>

interface ScopeSlots {
  readonly before: Slots
  readonly after: Slots
  /** Slots that do not hold the same on both sides. */
  readonly changed: ReadonlySet<string>
}

/**
 * Compares what is effective in each workspace before and after, document by document. Only slots that changed in a layer are
 * resolved, and once for all workspaces that see them through the same layers: the work grows with changes times overrides, not with
 * documents times workspaces. Pure.
 */
export function slotDifferences(
  before: World,
  after: World,
  workspaces: readonly Workspace[],
  kinds: readonly DocumentKind[],
): { readonly differences: readonly SlotDifference[]; readonly scopes: ReadonlyMap<string, ScopeSlots> } {
  const kindByName = new Map(kinds.map((kind) => [kind.kind, kind]))
  const scopes = new Map(
    [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => hasDocuments(before, name) || hasDocuments(after, name))
      .map((name) => [
        name,
        compareScope(slotsOf(before, name, kindByName), slotsOf(after, name, kindByName)),
      ]),
  )
  const found = new Map<string, SlotDifference | null>()
  // Workspaces without documents of their own see what their tenant sees: looked at once.
  const alike = Map.groupBy(workspaces, ({ chain }) =>
    chain.map((scope) => (scopes.has(scopeName(scope)) ? scopeName(scope) : '')).join('|'),
  )
  for (const same of alike.values()) {
    const chain = same[0]?.chain ?? []
    const layers = chain.map((scope) => ({ scope, slots: scopes.get(scopeName(scope)) }))
    const slots = new Set(layers.flatMap(({ slots: one }) => [...(one?.changed ?? [])]))
    for (const slot of slots) {
      const sides = [sideOf(layers, slot, 'before'), sideOf(layers, slot, 'after')] as const
      const key = `${slot}\n${keyOf(sides[0])}\n${keyOf(sides[1])}`
      if (!found.has(key)) {
        const changedIn = layers
          .filter(({ slots: one }) => one?.changed.has(slot))
          .map(({ scope }) => scopeName(scope))
        found.set(key, compareSlot(slot, sides, changedIn, kinds))
      }
      found.get(key)?.workspaces.push(...same)
    }
  }
  return { differences: [...found.values()].filter((one) => one !== null), scopes }
}

function hasDocuments(world: World, name: string): boolean {
  return (world.get(name)?.documents.length ?? 0) > 0
}

function slotsOf(world: World, name: string, kinds: ReadonlyMap<string, DocumentKind>): Slots {
  const slots = new Map<string, SourceDocument[]>()
  for (const document of world.get(name)?.documents ?? []) {
    const slot = slotKey(document, kinds.get(document.kind))
    const same = slots.get(slot)
    if (same === undefined) slots.set(slot, [document])
    else same.push(document)
  }
  return slots
}

function compareScope(before: Slots, after: Slots): ScopeSlots {
  const digests = (documents: readonly SourceDocument[] | undefined): string =>
    (documents ?? [])
      .map(({ kind, name, digest }) => `${kind}/${name}/${digest}`)
      .sort()
      .join()
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (slot) => digests(before.get(slot)) !== digests(after.get(slot)),
  )
  return { before, after, changed: new Set(changed) }
}

function sideOf(
  layers: ReadonlyArray<{ readonly scope: DocumentLayer['scope']; readonly slots: ScopeSlots | undefined }>,
  slot: string,
  side: 'before' | 'after',
): readonly DocumentLayer[] {
  return layers.flatMap(({ scope, slots }) => {
    const documents = slots?.[side].get(slot)
    return documents === undefined ? [] : [{ scope, documents }]
  })
}

function keyOf(layers: readonly DocumentLayer[]): string {
  return layers
    .map(({ scope, documents }) => `${scopeName(scope)} ${documents.map(({ digest }) => digest).join(' ')}`)
    .join('|')
}

function compareSlot(
  slot: string,
  [before, after]: readonly [readonly DocumentLayer[], readonly DocumentLayer[]],
  changedIn: readonly string[],
  kinds: readonly DocumentKind[],
): SlotDifference | null {
  const [was] = resolveDocuments(before, kinds).documents
  const [is] = resolveDocuments(after, kinds).documents
  const leaves = was === undefined || is === undefined ? [] : leafChanges(was.body, is.body)
  if (was !== undefined && is !== undefined && leaves.length === 0) return null
  if (was === undefined && is === undefined) return null
  return { slot, before: was ?? null, after: is ?? null, leaves, workspaces: [], changedIn }
}
