import { scopeName } from '../../documents/document.ts'
import type { DocumentKind } from '../../documents/document-kind.ts'
import { documentsToKeep } from '../../resolution/documents-to-keep.ts'
import type { DocumentLayer } from '../../resolution/resolve-documents.ts'
import { slotKey } from '../../resolution/slot-key.ts'
import type { KeptDocuments } from '../../revisions/revision-store.ts'
import type { Workspace, World } from './configuration-world.ts'

/** The documents that are merged from several layers, by tenant: instances in flight find them by their digest. Pure. */
export function keptDocuments(
  world: World,
  workspaces: readonly Workspace[],
  kinds: readonly DocumentKind[],
): readonly KeptDocuments[] {
  const kindByName = new Map(kinds.map((kind) => [kind.kind, kind]))
  const slots = new Map(
    [...world].map(([name, { documents }]) => [
      name,
      new Set(documents.map((document) => slotKey(document, kindByName.get(document.kind)))),
    ]),
  )
  const byTenant = Map.groupBy(workspaces, ({ tenant }) => tenant)
  return [...byTenant].flatMap(([tenant, own]) => {
    const merged = own.flatMap((workspace): (readonly DocumentLayer[])[] => {
      const chain = workspace.chain.flatMap((scope) => world.get(scopeName(scope)) ?? [])
      const shared = sharedSlots(chain.map(({ scope }) => slots.get(scopeName(scope)) ?? new Set()))
      if (shared.size === 0) return []
      return [
        chain.map(({ scope, documents }) => ({
          scope,
          documents: documents.filter((document) =>
            shared.has(slotKey(document, kindByName.get(document.kind))),
          ),
        })),
      ]
    })
    const documents = documentsToKeep(merged, kinds)
    return documents.length === 0 ? [] : [{ tenant, documents }]
  })
}

/** Those that more than one layer has: nothing else is merged. */
function sharedSlots(layers: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const shared = new Set<string>()
  for (const [index, layer] of layers.entries())
    for (const lower of layers.slice(index + 1))
      for (const slot of lower) if (layer.has(slot)) shared.add(slot)
  return shared
}
