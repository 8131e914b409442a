import { digestOfParts } from '../../kernel/digest.ts'
import type { Scope, StoredDocument } from '../documents/document.ts'

/**
 * The digest of one scope's documents: sha256 (hex) over their kinds, names and content digests in order of kind and name. The
 * order in which they are given, and the files they came from, make no difference.
 */
export function revisionDigest(
  documents: readonly Pick<StoredDocument, 'kind' | 'name' | 'digest'>[],
): string {
  const entries = documents.map(({ kind, name, digest }) => [kind, name, digest] as const)
  entries.sort((a, b) => compareText(a[0], b[0]) || compareText(a[1], b[1]))
  return digestOfParts(entries.flat())
}

const levels = ['global', 'tenant', 'workspace'] as const

/**
 * The digest of what one (tenant, workspace) is under: sha256 (hex) over the digests of its scopes' active revisions, from global
 * down. A scope without a revision is left out; with none at all it is the sha256 of nothing.
 */
export function bundleDigest(
  revisions: readonly { readonly scope: Scope; readonly digest: string }[],
): string {
  const ordered = revisions.toSorted((a, b) => levels.indexOf(a.scope.level) - levels.indexOf(b.scope.level))
  return digestOfParts(ordered.map(({ digest }) => digest))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
