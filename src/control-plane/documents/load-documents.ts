import { NxError } from '../../kernel/errors.ts'
import type { StoredDocument } from './document.ts'
import { pathText } from './document.ts'
import type { DocumentKind, DocumentSet, TypedDocument } from './document-kind.ts'
import { documentSet } from './document-set.ts'
import { fleetKind } from '../fleet/fleet-kind.ts'
import { contentOf } from '../resolution/merge/head-fields.ts'

/**
 * Reads stored documents back as typed ones: what the daemon compiles from. They were validated when they were applied, by a
 * version that may be older or newer than this one. The Fleet kind is always known; what a document
 * unsets, locks and bounds is left out, its effect is `resolveDocuments`. Throws NX-CONFIG-STORED-INVALID (configuration) naming the first document
 * that this version does not understand.
 */
export function loadDocuments(
  documents: readonly StoredDocument[],
  kinds: readonly DocumentKind[],
): DocumentSet {
  const kindByName = new Map<string, DocumentKind>([fleetKind, ...kinds].map((kind) => [kind.kind, kind]))
  return documentSet(documents.map((document) => loadDocument(document, kindByName.get(document.kind))))
}

function loadDocument(document: StoredDocument, kind: DocumentKind | undefined): TypedDocument {
  if (kind === undefined) throw storedInvalid(document, `This version has no kind '${document.kind}'.`)
  const parsed = kind.schema.safeParse(contentOf(document.body))
  if (parsed.success) return { document, spec: parsed.data }
  const issue = parsed.error.issues[0]
  const path = pathText((issue?.path ?? []).map((part) => (typeof part === 'symbol' ? String(part) : part)))
  throw storedInvalid(
    document,
    `${path === '' ? 'The document' : path}: ${issue?.message ?? 'it does not fit its schema'}.`,
    path,
  )
}

function storedInvalid(document: StoredDocument, detail: string, path = ''): NxError {
  const name = `${document.kind}/${document.name}`
  return new NxError(
    'configuration',
    'NX-CONFIG-STORED-INVALID',
    `The stored document ${name} does not fit this version`,
    {
      detail: `${detail} (digest ${document.digest})`,
      where: { path: path === '' ? name : `${name}: ${path}` },
      fix: 'Validate the repository with this version (`neuronx config validate DIR`), correct the document and apply it again.',
    },
  )
}
