import type pg from 'pg'
import { bundleDigest } from '../../../control-plane/revisions/revision-digest.ts'
import { newId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Scope, StoredDocument } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type {
  AppliedScope,
  EffectiveDocuments,
  NewRevision,
  Revision,
  RevisionSource,
  RevisionStore,
} from '../../../control-plane/revisions/revision-store.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jsonText } from '../connection/json-text.ts'
import { tenantNotFound } from './postgres-tenant-store.ts'
import {
  activate,
  activeOfScope,
  activeOfTenant,
  documentByDigest,
  documentsOfRevisions,
  insertDocuments,
  insertRevision,
  serialiseApply,
  tenantsBySlug,
} from './revision-statements.ts'
import { inRole, inTenants, run } from '../connection/transaction.ts'
import { writeAudit } from './write-audit.ts'

interface ActiveRow {
  readonly id: string
  readonly tenant_id: string | null
  readonly slug: string | null
  readonly workspace: string | null
  readonly digest: string
  readonly source: RevisionSource
  readonly created_at: string
  readonly created_by: string
}

interface DocumentRow extends StoredDocument {
  readonly revision_id: string
}

/** Revisions of configuration on Postgres. */
export class PostgresRevisionStore implements RevisionStore {
  readonly #control: pg.Pool
  readonly #app: pg.Pool

  constructor(pools: { control: pg.Pool; app: pg.Pool }) {
    this.#control = pools.control
    this.#app = pools.app
  }

  async apply(
    revisions: readonly NewRevision[],
    source: RevisionSource,
    actor: Actor,
    reason: string | null,
  ): Promise<readonly AppliedScope[]> {
    return inRole(this.#control, async (client) => {
      await run(client, serialiseApply, [])
      const tenants = await tenantIds(client, revisions)
      const applied: AppliedScope[] = []
      for (const revision of revisions) {
        applied.push(await applyOne(client, revision, tenants, { source, actor, reason }))
      }
      return applied
    })
  }

  async effective(tenantId: string, workspace: string): Promise<EffectiveDocuments> {
    return inTenants(this.#app, [tenantId], async (client) => {
      const rows = await run<ActiveRow>(client, activeOfTenant, [tenantId])
      const seen = rows.filter((row) => row.workspace === null || row.workspace === workspace)
      const documents = await documentsOf(client, seen)
      return {
        digest: bundleDigest(seen.map((row) => ({ scope: scopeOfRow(row), digest: row.digest }))),
        documents: seen.flatMap((row) => documents.get(row.id) ?? []),
      }
    })
  }

  async document(tenantId: string, digest: string): Promise<StoredDocument | null> {
    return inTenants(this.#app, [tenantId], async (client) => {
      const rows = await run<StoredDocument>(client, documentByDigest, [tenantId, digest])
      return rows[0] ?? null
    })
  }

  async active(tenantId: string | null): Promise<readonly Revision[]> {
    return inTenants(this.#app, tenantId === null ? [] : [tenantId], async (client) => {
      const rows = await run<ActiveRow>(client, activeOfTenant, [tenantId])
      const documents = await documentsOf(client, rows)
      return rows.map((row) => ({
        id: row.id,
        scope: scopeOfRow(row),
        digest: row.digest,
        documents: documents.get(row.id) ?? [],
        source: row.source,
        createdAt: row.created_at,
        createdBy: row.created_by,
      }))
    })
  }
}

interface ApplyContext {
  readonly source: RevisionSource
  readonly actor: Actor
  readonly reason: string | null
}

async function applyOne(
  client: pg.ClientBase,
  revision: NewRevision,
  tenants: ReadonlyMap<string, string>,
  { source, actor, reason }: ApplyContext,
): Promise<AppliedScope> {
  const { scope, digest, documents } = revision
  const tenantId = scope.level === 'global' ? null : (tenants.get(scope.tenant) as string)
  const workspace = scope.level === 'workspace' ? scope.workspace : null
  const [current] = await run<{ digest: string }>(client, activeOfScope, [tenantId, workspace])
  const previousDigest = current?.digest ?? null
  if (previousDigest === digest) return { scope, digest, previousDigest, changed: false }
  const by = actorName(actor)
  await run(client, insertDocuments, [tenantId, jsonText(documents)])
  const digests = documents.map((document) => document.digest)
  const values = [newId(), tenantId, workspace, digest, digests, jsonText(source), by]
  const [stored] = await run<{ id: string }>(client, insertRevision, values)
  await run(client, activate, [tenantId, workspace, stored?.id, by])
  await writeAudit(client, {
    tenantId,
    actor: by,
    action: 'config.apply',
    target: scopeName(scope),
    reason,
    before: previousDigest === null ? null : { digest: previousDigest },
    after: { digest, documents: documents.length, source: source as unknown as JsonObject },
  })
  return { scope, digest, previousDigest, changed: true }
}

async function tenantIds(
  client: pg.ClientBase,
  revisions: readonly NewRevision[],
): Promise<ReadonlyMap<string, string>> {
  const slugs = revisions.flatMap(({ scope }) => (scope.level === 'global' ? [] : [scope.tenant]))
  const rows = await run<{ id: string; slug: string }>(client, tenantsBySlug, [slugs])
  const ids = new Map(rows.map((row) => [row.slug, row.id]))
  for (const slug of slugs) if (!ids.has(slug)) throw tenantNotFound(slug)
  return ids
}

async function documentsOf(
  client: pg.ClientBase,
  revisions: readonly ActiveRow[],
): Promise<ReadonlyMap<string, readonly StoredDocument[]>> {
  const rows = await run<DocumentRow>(client, documentsOfRevisions, [revisions.map((row) => row.id)])
  const found = new Map<string, StoredDocument[]>()
  for (const { revision_id: id, kind, name, digest, body } of rows) {
    found.set(id, [...(found.get(id) ?? []), { kind, name, digest, body }])
  }
  return found
}

function scopeOfRow(row: ActiveRow): Scope {
  if (row.slug === null) return { level: 'global' }
  if (row.workspace === null) return { level: 'tenant', tenant: row.slug }
  return { level: 'workspace', tenant: row.slug, workspace: row.workspace }
}
