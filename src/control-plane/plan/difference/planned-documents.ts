import type { JsonValue } from '../../../kernel/json.ts'
import { canonicalJson } from '../../../kernel/json.ts'
import type { SourceDocument } from '../../documents/document.ts'
import type { DocumentKind } from '../../documents/document-kind.ts'
import type { Workspace, World } from '../world/configuration-world.ts'
import { isBelow } from '../world/configuration-world.ts'
import type { DocumentGroup, LeafGroup } from './document-group.ts'
import { hideSecrets } from './hide-secrets.ts'
import type { LeafChange } from './leaf-changes.ts'
import { leafChanges } from './leaf-changes.ts'
import { pairRenames } from './pair-renames.ts'
import { placeIn, valueOrigin } from './place-of.ts'
import type { FanOut, PlannedDocument } from '../plan-report.ts'
import type { SlotDifference } from './slot-differences.ts'
import { slotDifferences } from './slot-differences.ts'

/** How many workspaces a change names; the figures count all. */
const namedWorkspacesMax = 20
const guards = ['locked', 'bounded', 'unset']

/** A document that is effective otherwise (added, removed and changed ones), and all workspaces in which it is. */
export type EffectiveChange = Pick<SlotDifference, 'before' | 'after' | 'workspaces'>

export interface PlannedChanges {
  /** By scope, kind and name. */
  readonly documents: readonly PlannedDocument[]
  /** In which anything is different. */
  readonly affected: ReadonlySet<Workspace>
  /** The same document by document, one that differs in several ways several times. */
  readonly effects: readonly EffectiveChange[]
}

/**
 * What would be effective otherwise, grouped: equal changes of many workspaces are one, with their fan-out, under the scope whose
 * document was changed. Changes of a layer that have an effect nowhere, because every workspace below overrides them, are there as well.
 * Values are as they may be shown: secrets are hidden. Pure.
 */
export function plannedDocuments(
  before: World,
  after: World,
  workspaces: readonly Workspace[],
  kinds: readonly DocumentKind[],
): PlannedChanges {
  const { differences, scopes } = slotDifferences(before, after, workspaces, kinds)
  const groups = new Map<string, DocumentGroup>()
  for (const difference of differences) gather(groups, difference)
  for (const [scope, { before: was, after: is, changed }] of scopes)
    for (const slot of changed) gatherOwn(groups, scope, was.get(slot)?.[0], is.get(slot)?.[0])
  const below = new Map<string, readonly Workspace[]>()
  const belowOf = (scope: string): readonly Workspace[] => {
    const known = below.get(scope) ?? workspaces.filter((workspace) => isBelow(workspace, scope))
    below.set(scope, known)
    return known
  }
  const documents = pairRenames([...groups.values()]).map((group) => ({
    ...group.head,
    ...fanOut(group.workspaces, belowOf(group.head.scope)),
    leaves: group.leaves.map(({ leaf, workspaces: seen }) => ({
      ...leaf,
      ...fanOut(seen, belowOf(group.head.scope)),
    })),
  }))
  return {
    documents: documents.sort(byScopeKindName),
    affected: new Set(differences.flatMap((difference) => difference.workspaces)),
    effects: differences,
  }
}

function gather(groups: Map<string, DocumentGroup>, difference: SlotDifference): void {
  const { before, after, leaves, workspaces, changedIn } = difference
  const resolved = after ?? before
  if (resolved === null) return
  const lowest = changedIn.at(-1) as string
  if (before === null || after === null) {
    const { place, scope } = valueOrigin(resolved, [])
    const owner = changedIn.includes(scope) ? scope : lowest
    const change = before === null ? 'added' : 'removed'
    const group = groupOf(groups, owner, resolved, change, place)
    for (const workspace of workspaces) group.workspaces.add(workspace)
    return
  }
  for (const leaf of leaves) {
    const side = leaf.after === undefined ? before : after
    const { place, scope } = valueOrigin(side, leaf.after === undefined ? leaf.beforePath : leaf.afterPath)
    const owner = changedIn.includes(scope) ? scope : lowest
    const group = groupOf(groups, owner, after, 'changed', place)
    const one = leafOf(group, leaf, place)
    for (const workspace of workspaces) {
      one.workspaces.add(workspace)
      group.workspaces.add(workspace)
    }
  }
}

/** What a layer's own document changed, as far as no workspace shows it. */
function gatherOwn(
  groups: Map<string, DocumentGroup>,
  scope: string,
  before: SourceDocument | undefined,
  after: SourceDocument | undefined,
): void {
  const document = after ?? before
  if (document === undefined) return
  const known = ['added', 'removed', 'changed'].flatMap(
    (change) => groups.get(groupKey(scope, document, change)) ?? [],
  )
  if (before === undefined || after === undefined) {
    if (known.length === 0)
      groupOf(groups, scope, document, before === undefined ? 'added' : 'removed', placeIn(document, []))
    return
  }
  const shown = [...(known.find(({ change }) => change === 'changed')?.leaves.values() ?? [])]
  for (const leaf of leafChanges(before.body, after.body)) {
    const guard = guards.includes(leaf.path.split(/[.[]/)[0] ?? '')
    const place = leaf.after === undefined ? placeIn(before, leaf.beforePath) : placeIn(after, leaf.afterPath)
    if (!guard && shown.some((one) => overlap(one.leaf.path, leaf.path))) continue
    leafOf(groupOf(groups, scope, after, 'changed', place), leaf, place, guard)
  }
}

function groupKey(
  scope: string,
  { kind, name }: Pick<SourceDocument, 'kind' | 'name'>,
  change: string,
): string {
  return `${scope}\n${kind}\n${name}\n${change}`
}

function groupOf(
  groups: Map<string, DocumentGroup>,
  scope: string,
  document: Pick<SourceDocument, 'kind' | 'name' | 'body'>,
  change: DocumentGroup['change'],
  place: string,
): DocumentGroup {
  const key = groupKey(scope, document, change)
  const known = groups.get(key)
  if (known !== undefined) return known
  const { kind, name, body } = document
  const content = change === 'changed' ? '' : canonicalJson({ ...body, name: null })
  const made: DocumentGroup = {
    ...{ scope, kind, name, change, place, content },
    leaves: new Map(),
    workspaces: new Set(),
  }
  groups.set(key, made)
  return made
}

function leafOf(group: DocumentGroup, leaf: LeafChange, place: string, guard = false): LeafGroup {
  const key = [
    leaf.path,
    leaf.kind,
    canonicalJson(leaf.before ?? null),
    canonicalJson(leaf.after ?? null),
  ].join('\n')
  const known = group.leaves.get(key)
  if (known !== undefined) return known
  const shown = (value: JsonValue): JsonValue => hideSecrets(value, leaf.path.split(/[.[\]]+/))
  const made: LeafGroup = {
    leaf: {
      path: leaf.path,
      change: leaf.kind,
      ...(leaf.before === undefined ? {} : { before: shown(leaf.before) }),
      ...(leaf.after === undefined ? {} : { after: shown(leaf.after) }),
      place,
      ...(guard ? { guard: true as const } : {}),
    },
    workspaces: new Set(),
  }
  group.leaves.set(key, made)
  return made
}

/** `below`: all workspaces that could be affected, by name. */
function fanOut(workspaces: ReadonlySet<Workspace>, below: readonly Workspace[]): FanOut {
  const named = workspaces.size === below.length ? below : below.filter((one) => workspaces.has(one))
  return {
    effective: workspaces.size,
    total: below.length,
    workspaces: named.slice(0, namedWorkspacesMax).map(({ name }) => name),
  }
}

/** Is one path the other, or inside it? */
function overlap(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return long === short || long.startsWith(`${short}.`) || long.startsWith(`${short}[`)
}

function byScopeKindName(a: PlannedDocument, b: PlannedDocument): number {
  return compareText(a.scope, b.scope) || compareText(a.kind, b.kind) || compareText(a.name, b.name)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
