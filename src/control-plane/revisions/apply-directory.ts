import type { Actor } from '../../platform/access/actor.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { TenantStore } from '../../platform/tenants/tenant-store.ts'
import type { Scope, StoredDocument } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import { ConfigurationInvalid } from '../validate/configuration-invalid.ts'
import type { ValidationReport } from '../validate/validate-directory.ts'
import { isValid, validateDirectory } from '../validate/validate-directory.ts'
import { gitSource } from './git-source.ts'
import { revisionDigest } from './revision-digest.ts'
import type { AppliedScope, NewRevision, RevisionSource, RevisionStore } from './revision-store.ts'

export interface ApplyDirectoryPorts {
  readonly revisions: Pick<RevisionStore, 'apply' | 'active'>
  readonly tenants: Pick<TenantStore, 'bySlug'>
  readonly kinds: readonly DocumentKind[]
}

export interface AppliedDirectory {
  /** In the order global, tenants by slug, each with its workspaces. */
  readonly scopes: readonly AppliedScope[]
  readonly source: RevisionSource
  /** Warnings, and the documents that were applied. */
  readonly report: ValidationReport
}

/**
 * Validates a configuration directory and makes it the active revision of its scopes: all or nothing. The global scope is always
 * written; so is every tenant that has a folder, with its workspaces: one whose folder has gone gets an empty revision. Tenants
 * without a folder are left alone. Needs config.apply on the installation. Throws NX-CONFIG-INVALID (`ConfigurationInvalid`, with all
 * findings), NX-DENIED, NX-CONFIG-DIRECTORY, and the store's NX-TENANT-NOT-FOUND.
 */
export async function applyDirectory(
  { revisions, tenants, kinds }: ApplyDirectoryPorts,
  actor: Actor,
  { directory, reason = null }: { readonly directory: string; readonly reason?: string | null },
): Promise<AppliedDirectory> {
  requirePermission(actor, 'config.apply', null)
  const report = await validateDirectory(directory, kinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  const present = report.scopes.map(({ scope, documents }) => newRevision(scope, documents.map(stored)))
  const gone = await goneWorkspaces({ revisions, tenants }, present)
  const source = await gitSource(directory)
  const all = [...present, ...gone].sort((a, b) => compareText(scopeName(a.scope), scopeName(b.scope)))
  const scopes = await revisions.apply(all, source, actor, reason)
  return { scopes, source, report }
}

/** The revision that a scope's documents make. */
export function newRevision(scope: Scope, documents: readonly StoredDocument[]): NewRevision {
  return { scope, digest: revisionDigest(documents), documents }
}

/** Empty revisions for active workspaces whose folder the directory no longer has. */
async function goneWorkspaces(
  { revisions, tenants }: Pick<ApplyDirectoryPorts, 'revisions' | 'tenants'>,
  present: readonly NewRevision[],
): Promise<readonly NewRevision[]> {
  const names = new Set(present.map(({ scope }) => scopeName(scope)))
  const gone: NewRevision[] = []
  for (const { scope } of present) {
    if (scope.level !== 'tenant') continue
    const tenant = await tenants.bySlug(scope.tenant)
    if (tenant === null) continue
    const active = await revisions.active(tenant.id)
    const missing = active.filter(
      (revision) => revision.scope.level === 'workspace' && !names.has(scopeName(revision.scope)),
    )
    gone.push(...missing.map((revision) => newRevision(revision.scope, [])))
  }
  return gone
}

/** Only what is stored: a source document also knows its file's text. */
function stored({ kind, name, digest, body }: StoredDocument): StoredDocument {
  return { kind, name, digest, body }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
