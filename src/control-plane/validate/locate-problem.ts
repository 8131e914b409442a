import type { SourceDocument, StoredDocument } from '../documents/document.ts'
import { pathText } from '../documents/document.ts'
import type { Problem } from '../documents/document-kind.ts'
import type { Finding } from '../documents/finding.ts'

/** A problem of a document, with the file, line and column it stands at. */
export function locateProblem(document: SourceDocument, problem: Problem): Finding {
  const { path, offset, key } = problem
  const position =
    offset === undefined ? document.locate(path, { key: key ?? false }) : document.locateInside(path, offset)
  const related = (problem.related ?? []).flatMap((place) =>
    isSourceDocument(place.document)
      ? [{ ...place.document.locate(place.path), message: place.message }]
      : [],
  )
  return {
    severity: problem.severity ?? 'error',
    code: problem.code,
    message: problem.message,
    fix: problem.fix,
    ...position,
    path: pathText(document.sourcePath?.(path) ?? path),
    ...(problem.replace === undefined ? {} : { replace: problem.replace }),
    ...(related.length === 0 ? {} : { related }),
  }
}

/** Does it know where its parts stand? */
export function isSourceDocument(document: StoredDocument): document is SourceDocument {
  return 'locate' in document
}
