import type { DocumentKind, DocumentSet, TypedDocument } from './document-kind.ts'

/**
 * The documents of one view, by kind. Order within a kind is that of names, so that what is compiled from a set does not
 * depend on the order of files or rows. The documents' specs must come from the kinds' own schemas.
 */
export function documentSet(documents: readonly TypedDocument[]): DocumentSet {
  const byKind = new Map<string, TypedDocument[]>()
  for (const typed of documents) {
    const sameKind = byKind.get(typed.document.kind)
    if (sameKind === undefined) byKind.set(typed.document.kind, [typed])
    else sameKind.push(typed)
  }
  for (const sameKind of byKind.values()) sameKind.sort(byName)
  return {
    ofKind: <Spec>(kind: DocumentKind<Spec>) =>
      (byKind.get(kind.kind) ?? []) as readonly TypedDocument<Spec>[],
  }
}

function byName(a: TypedDocument, b: TypedDocument): number {
  return a.document.name < b.document.name ? -1 : a.document.name > b.document.name ? 1 : 0
}
