import type pg from 'pg'
import type { Scope } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type { QuarantinedRevision } from '../../../control-plane/revisions/quarantine.ts'
import {
  movedScopes,
  planStale,
  revisionQuarantined,
} from '../../../control-plane/revisions/revision-errors.ts'
import type {
  ActivationKind,
  ActiveHead,
  AppliedScope,
  KeptDocuments,
  NewRevision,
  RevisionSource,
  ScopeDigest,
} from '../../../control-plane/revisions/revision-store.ts'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { activate, insertDocuments, insertRevision } from '../platform/revision-statements.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { describeActivation, heads, quarantinedOfTenants } from './history-statements.ts'
import { columnsOf, headOf, scopeOfRow } from './revision-rows.ts'
import type { HeadRow, ScopeRow } from './revision-rows.ts'

/** An apply under way: what is active does not change under it, for it holds the lock. */
export interface ActivationContext {
  readonly tenants: ReadonlyMap<string, string>
  readonly heads: ReadonlyMap<string, ActiveHead>
  readonly actor: Actor
  readonly reason: string | null
  readonly kind: ActivationKind
  readonly planId: string | null
  /** A rollout policy was passed over. */
  readonly immediate?: boolean
  /** `config.apply`, `config.rollback`. */
  readonly action: string
}

/** What is active, by scope's name, in the global scope and in those tenants. */
export async function readHeads(
  client: pg.ClientBase,
  tenantIds: Iterable<string>,
): Promise<ReadonlyMap<string, ActiveHead>> {
  const rows = await run<HeadRow>(client, heads, [[...tenantIds]])
  return new Map(rows.map(headOf).map((head) => [scopeName(head.scope), head]))
}

/** Throws NX-PLAN-STALE unless what is active is the base, or the candidate already. */
export function requireBase(
  base: readonly ScopeDigest[],
  candidate: readonly ScopeDigest[],
  active: ReadonlyMap<string, ActiveHead>,
): void {
  const moved = movedScopes(base, candidate, active)
  if (moved.length > 0) throw planStale(moved)
}

/** Throws NX-REVISION-QUARANTINED for the first of these that is quarantined, unless that is overridden with a reason. */
export async function requireUnquarantined(
  client: pg.ClientBase,
  changes: readonly ScopeDigest[],
  tenants: ReadonlyMap<string, string>,
  { override, reason }: { readonly override: boolean; readonly reason: string | null },
): Promise<void> {
  type Row = ScopeRow & QuarantinedRevision
  const rows = await run<Row>(client, quarantinedOfTenants, [[...new Set(tenants.values())]])
  const quarantined = new Map(rows.map((row) => [`${scopeName(scopeOfRow(row))} ${row.digest}`, row]))
  for (const { scope, digest } of changes) {
    const row = quarantined.get(`${scopeName(scope)} ${digest}`)
    if (row === undefined) continue
    if (!override) throw revisionQuarantined(scope, row)
    if (reason === null || reason.trim() === '') throw overrideNeedsReason(scope)
  }
}

function overrideNeedsReason(scope: Scope): NxError {
  return new NxError('usage', 'NX-REASON-REQUIRED', 'Overriding a quarantine needs a reason', {
    detail: scopeName(scope),
    fix: 'Add --reason TEXT: it is kept in the audit log.',
  })
}

/** Stores a revision without making it active; the id under which it is stored. */
export async function storeRevision(
  client: pg.ClientBase,
  { scope, digest, documents, places = {} }: NewRevision,
  source: RevisionSource,
  { tenants, by }: { readonly tenants: ReadonlyMap<string, string>; readonly by: string },
): Promise<string> {
  const [tenantId, workspace] = columnsOf(scope, tenants)
  await run(client, insertDocuments, [tenantId, jsonText(documents)])
  const digests = documents.map((document) => document.digest)
  const id = newId()
  const values = [id, tenantId, workspace, digest, digests, jsonText(source), by, jsonText(places)]
  const [stored] = await run<{ id: string }>(client, insertRevision, values)
  return stored?.id ?? id
}

/** Stores documents that are part of no revision. */
export async function keepDocuments(
  client: pg.ClientBase,
  kept: readonly KeptDocuments[],
  tenants: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { tenant, documents } of kept) {
    if (documents.length === 0) continue
    const [tenantId] = columnsOf({ level: 'tenant', tenant }, tenants)
    await run(client, insertDocuments, [tenantId, jsonText(documents)])
  }
}

/** Says of the activations that follow in this transaction what they are. */
export async function describeActivations(
  client: pg.ClientBase,
  { kind, reason, planId }: Pick<ActivationContext, 'kind' | 'reason' | 'planId'>,
): Promise<void> {
  await run(client, describeActivation, [JSON.stringify({ kind, reason, planId })])
}

/** Makes a stored revision the active one, with its audit row. */
export async function activateRevision(
  client: pg.ClientBase,
  revision: {
    readonly id: string
    readonly scope: Scope
    readonly digest: string
    readonly note: JsonObject
  },
  context: ActivationContext,
): Promise<AppliedScope> {
  const { id, scope, digest } = revision
  const [tenantId, workspace] = columnsOf(scope, context.tenants)
  const previousDigest = context.heads.get(scopeName(scope))?.digest ?? null
  const by = actorName(context.actor)
  await run(client, activate, [tenantId, workspace, id, by])
  await writeAudit(client, {
    tenantId,
    actor: by,
    action: context.action,
    target: scopeName(scope),
    reason: context.reason,
    before: previousDigest === null ? null : { digest: previousDigest },
    after: {
      ...{ digest, ...revision.note },
      ...(context.planId === null ? {} : { plan: context.planId }),
      ...(context.immediate === true ? { immediate: true } : {}),
    },
  })
  return { scope, digest, previousDigest, changed: true }
}
