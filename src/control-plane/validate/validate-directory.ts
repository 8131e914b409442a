import { readDirectory } from '../directory/read-directory.ts'
import type { SourceDocument } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import type { DocumentLimits } from '../documents/document-limits.ts'
import { defaultDocumentLimits } from '../documents/document-limits.ts'
import type { Finding } from '../documents/finding.ts'
import { checkFleetPlace } from '../fleet/check-fleet-place.ts'
import { fleetKind } from '../fleet/fleet-kind.ts'
import { findSecrets } from './secrets/find-secrets.ts'
import { sortFindings } from './sort-findings.ts'
import type { ScopeDocuments } from './validate-documents.ts'
import { validateDocuments } from './validate-documents.ts'

/** What a configuration directory holds and what is wrong with it. */
export interface ValidationReport {
  /** Sorted by file, line and column. The configuration is valid when none has severity `error`. */
  readonly findings: readonly Finding[]
  /** All documents that could be read, valid or not. */
  readonly documents: readonly SourceDocument[]
  /** The files that were read, as findings name them. */
  readonly files: readonly string[]
  /** From global down; folders without documents included. */
  readonly scopes: readonly ScopeDocuments[]
}

/**
 * Validates a configuration directory, offline. All findings at once. The Fleet kind is always known. Throws only when the directory
 * itself cannot be read: NX-CONFIG-DIRECTORY, NX-CONFIG-UNREADABLE.
 */
export async function validateDirectory(
  directory: string,
  kinds: readonly DocumentKind[],
  limits: DocumentLimits = defaultDocumentLimits,
): Promise<ValidationReport> {
  const read = await readDirectory(directory, limits)
  const known = kinds.some(({ kind }) => kind === fleetKind.kind) ? kinds : [...kinds, fleetKind]
  const validated = validateDocuments(read.documents, known, { broken: read.broken, scopes: read.scopes })
  return {
    findings: sortFindings([
      ...read.findings,
      ...validated.findings,
      ...checkFleetPlace(directory, read),
      ...(await findSecrets(read.documents)),
    ]),
    documents: read.documents,
    files: read.files,
    scopes: validated.scopes,
  }
}

/** Does anything speak against applying it? */
export function isValid(report: Pick<ValidationReport, 'findings'>): boolean {
  return report.findings.every(({ severity }) => severity !== 'error')
}
