import type pg from 'pg'
import type { Scope, StoredDocument } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type {
  Activation,
  ActiveHead,
  Revision,
  RevisionSource,
} from '../../../control-plane/revisions/revision-store.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { tenantNotFound } from '../platform/postgres-tenant-store.ts'
import { documentsOfRevisions, tenantsBySlug } from '../platform/revision-statements.ts'
import { run } from '../connection/transaction.ts'

/** Where a row belongs; slug null: the global scope. */
export interface ScopeRow {
  readonly slug: string | null
  readonly workspace: string | null
}

export interface RevisionRow extends ScopeRow {
  readonly id: string
  readonly digest: string
  readonly source: RevisionSource
  readonly places: JsonObject
  readonly created_at: string
  readonly created_by: string
}

export interface HeadRow extends ScopeRow {
  readonly revision_id: string
  readonly digest: string
  readonly source: RevisionSource
  readonly activated_at: string
  readonly activated_by: string
}

export interface ActivationRow extends ScopeRow {
  readonly id: string
  readonly revision_id: string
  readonly digest: string
  readonly previous: string | null
  readonly kind: Activation['kind']
  readonly at: string
  readonly by: string
  readonly reason: string | null
  readonly plan_id: string | null
  readonly source: RevisionSource
}

interface DocumentRow extends StoredDocument {
  readonly revision_id: string
}

export function scopeOfRow(row: ScopeRow): Scope {
  if (row.slug === null) return { level: 'global' }
  if (row.workspace === null) return { level: 'tenant', tenant: row.slug }
  return { level: 'workspace', tenant: row.slug, workspace: row.workspace }
}

export function headOf(row: HeadRow): ActiveHead {
  const { digest, source, activated_at: activatedAt, activated_by: activatedBy } = row
  return { scope: scopeOfRow(row), digest, source, activatedAt, activatedBy }
}

export function activationOf(row: ActivationRow): Activation {
  const { id, digest, kind, at, by, reason, source } = row
  return {
    id,
    scope: scopeOfRow(row),
    digest,
    previousDigest: row.previous,
    kind,
    at,
    by,
    reason,
    planId: row.plan_id,
    source,
  }
}

/** The revisions of these rows, with their documents. */
export async function revisionsOf(
  client: pg.ClientBase,
  rows: readonly RevisionRow[],
): Promise<readonly Revision[]> {
  const documents = await documentsOf(client, rows)
  return rows.map((row) => ({
    id: row.id,
    scope: scopeOfRow(row),
    digest: row.digest,
    documents: documents.get(row.id) ?? [],
    source: row.source,
    places: row.places,
    createdAt: row.created_at,
    createdBy: row.created_by,
  }))
}

/** Documents by revision id, in the revision's order. */
export async function documentsOf(
  client: pg.ClientBase,
  revisions: readonly { readonly id: string }[],
): Promise<ReadonlyMap<string, readonly StoredDocument[]>> {
  const rows = await run<DocumentRow>(client, documentsOfRevisions, [revisions.map((row) => row.id)])
  const found = new Map<string, StoredDocument[]>()
  for (const { revision_id: id, kind, name, digest, body } of rows) {
    const documents = found.get(id)
    if (documents === undefined) found.set(id, [{ kind, name, digest, body }])
    else documents.push({ kind, name, digest, body })
  }
  return found
}

/** Tenant ids by slug, of all scopes. Throws NX-TENANT-NOT-FOUND. */
export async function tenantIds(
  client: pg.ClientBase | pg.Pool,
  scopes: readonly Scope[],
): Promise<ReadonlyMap<string, string>> {
  const slugs = [...new Set(scopes.flatMap((scope) => (scope.level === 'global' ? [] : [scope.tenant])))]
  if (slugs.length === 0) return new Map()
  const rows = await run<{ id: string; slug: string }>(client, tenantsBySlug, [slugs])
  const known = new Map(rows.map((row) => [row.slug, row.id]))
  for (const slug of slugs) if (!known.has(slug)) throw tenantNotFound(slug)
  return known
}

/** A scope as the columns `tenant_id` and `workspace` hold it. */
export function columnsOf(
  scope: Scope,
  tenants: ReadonlyMap<string, string>,
): [string | null, string | null] {
  if (scope.level === 'global') return [null, null]
  const tenantId = tenants.get(scope.tenant)
  if (tenantId === undefined) throw tenantNotFound(scopeName(scope))
  return [tenantId, scope.level === 'workspace' ? scope.workspace : null]
}
