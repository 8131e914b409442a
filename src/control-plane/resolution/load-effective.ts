import type { DocumentKind, DocumentSet } from '../documents/document-kind.ts'
import { loadDocuments } from '../documents/load-documents.ts'
import type { DocumentLayer } from './resolve-documents.ts'
import { resolveDocuments } from './resolve-documents.ts'

/**
 * What the daemon compiles from: the layers of a workspace's active revisions, from global down, resolved and read as typed documents.
 * Scopes are applied one by one, so an overlay may have become illegal after it was checked; what is locked or bounded above holds
 * then, and the overlay's part is left out. Throws NX-CONFIG-STORED-INVALID as `loadDocuments` does.
 */
export function loadEffective(
  { layers }: { readonly layers: readonly DocumentLayer[] },
  kinds: readonly DocumentKind[],
): DocumentSet {
  return loadDocuments(resolveDocuments(layers, kinds).documents, kinds)
}
