import type { StoredDocument } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import type { DocumentLayer } from './resolve-documents.ts'
import { resolveDocuments } from './resolve-documents.ts'

/**
 * The merged documents that no revision holds and that instances in flight may be pinned to by digest: those made of two layers or
 * more, once per digest. `workspaces`: the layers, from global down, of every workspace of one tenant (and of the tenant without a
 * workspace); what comes out belongs to that tenant. Pure.
 */
export function documentsToKeep(
  workspaces: readonly (readonly DocumentLayer[])[],
  kinds: readonly DocumentKind[],
): readonly StoredDocument[] {
  const kept = new Map<string, StoredDocument>()
  for (const layers of workspaces) {
    for (const { kind, name, digest, body, layers: parts } of resolveDocuments(layers, kinds).documents) {
      if (parts.length > 1 && !kept.has(digest)) kept.set(digest, { kind, name, digest, body })
    }
  }
  return [...kept.values()]
}
