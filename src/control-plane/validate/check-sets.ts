import { errorText, NxError } from '../../kernel/errors.ts'
import type { DocumentKind, DocumentSet, TypedDocument } from '../documents/document-kind.ts'
import type { StoredDocument } from '../documents/document.ts'
import type { Finding } from '../documents/finding.ts'
import { isSourceDocument, locateProblem } from './locate-problem.ts'
import type { ScopeView } from './scope-view.ts'

/**
 * What the kinds find wrong across the documents that a scope sees. Findings belong to the scope's own documents. Throws
 * NX-CONFIG-CHECK-FAILED (bug) when a kind's check throws.
 */
export function checkSets(view: Pick<ScopeView, 'own'>, set: DocumentSet): readonly Finding[] {
  const own = new Set<StoredDocument>(view.own.map(({ document }) => document))
  const kinds = new Set(view.own.flatMap(({ kind }) => kind ?? []))
  return [...kinds].flatMap((kind) => {
    if (kind.checkSet === undefined) return []
    const documents = set.ofKind(kind).filter(({ document }) => own.has(document))
    if (documents.length === 0) return []
    return problemsOf(kind, documents, set).flatMap(({ document, problem }) =>
      isSourceDocument(document) ? [locateProblem(document, problem)] : [],
    )
  })
}

function problemsOf(kind: DocumentKind, own: readonly TypedDocument[], set: DocumentSet) {
  try {
    return kind.checkSet?.(own, set) ?? []
  } catch (error) {
    throw new NxError('bug', 'NX-CONFIG-CHECK-FAILED', `The check of all ${kind.kind} documents failed`, {
      detail: errorText(error),
      cause: error,
    })
  }
}
