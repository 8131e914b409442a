import type { StoredDocument } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'

/** The slot that a document takes in what a scope sees: a lower one in the same slot merges over it. */
export function slotKey(
  document: Pick<StoredDocument, 'kind' | 'name'>,
  kind: Pick<DocumentKind, 'onePerScope'> | undefined,
): string {
  return kind?.onePerScope === true ? document.kind : nameKey(document)
}

/** Kind and name as one text. */
export function nameKey({ kind, name }: Pick<StoredDocument, 'kind' | 'name'>): string {
  return `${kind}\n${name}`
}
