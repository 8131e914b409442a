import type pg from 'pg'
import type { Scope } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type {
  AppliedScope,
  ApplyOptions,
  NewRevision,
  RevisionSource,
} from '../../../control-plane/revisions/revision-store.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { actorName } from '../../../platform/access/actor.ts'
import { endRolloutsOf } from '../rollout/end-rollouts.ts'
import {
  activateRevision,
  describeActivations,
  keepDocuments,
  readHeads,
  requireBase,
  requireUnquarantined,
  storeRevision,
} from './activate-revisions.ts'
import type { ActivationContext } from './activate-revisions.ts'
import type { RefusedPlan } from './close-plan.ts'
import { applySavedPlan } from './close-plan.ts'
import { tenantIds } from './revision-rows.ts'

export interface WantedRevisions {
  readonly revisions: readonly NewRevision[]
  readonly source: RevisionSource
  readonly actor: Actor
  readonly reason: string | null
  readonly options: ApplyOptions
}

export type AppliedRevisions =
  | { readonly applied: readonly AppliedScope[]; readonly refused?: undefined }
  /** The plan cannot be applied; nothing was changed. */
  | { readonly refused: RefusedPlan; readonly applied?: undefined }

/** Makes revisions the active ones within a transaction that holds the lock of applies. Throws as RevisionStore.apply does. */
export async function applyRevisions(
  client: pg.ClientBase,
  { revisions, source, actor, reason, options }: WantedRevisions,
): Promise<AppliedRevisions> {
  const { kind = 'apply', planId = null, immediate = false } = options
  const scopes = [...revisions, ...(options.base ?? [])].map(({ scope }) => scope)
  const tenants = await tenantIds(client, scopes)
  const active = await readHeads(client, tenants.values())
  if (planId !== null) {
    const refused = await applySavedPlan(client, planId, { actor, active, revisions })
    if (refused !== null) return { refused }
  }
  requireBase(options.base ?? [], revisions, active)
  const changes = revisions.filter(({ scope, digest }) => active.get(scopeName(scope))?.digest !== digest)
  const override = options.overrideQuarantine ?? false
  await requireUnquarantined(client, changes, tenants, { override, reason })
  await keepDocuments(client, options.keep ?? [], await tenantIds(client, keptScopes(options.keep)))
  await endRolloutsOf(client, changes, { kind, actor, reason })
  await describeActivations(client, { kind, reason, planId })
  const context = {
    ...{ tenants, heads: active, actor, reason, kind, planId, immediate },
    action: 'config.apply',
  }
  const applied: AppliedScope[] = []
  for (const revision of revisions) applied.push(await applyOne(client, revision, source, context))
  return { applied }
}

async function applyOne(
  client: pg.ClientBase,
  revision: NewRevision,
  source: RevisionSource,
  context: ActivationContext,
): Promise<AppliedScope> {
  const { scope, digest, documents } = revision
  if (context.heads.get(scopeName(scope))?.digest === digest) return unchanged(revision)
  const stored = { tenants: context.tenants, by: actorName(context.actor) }
  const id = await storeRevision(client, revision, source, stored)
  const note = { documents: documents.length, source: source as unknown as JsonObject }
  return await activateRevision(client, { id, scope, digest, note }, context)
}

/** A scope whose content is active already. */
export function unchanged({ scope, digest }: Pick<NewRevision, 'scope' | 'digest'>): AppliedScope {
  return { scope, digest, previousDigest: digest, changed: false }
}

/** The tenants whose documents are kept beside. */
export function keptScopes(keep: ApplyOptions['keep']): readonly Scope[] {
  return (keep ?? []).map(({ tenant }) => ({ level: 'tenant', tenant }))
}
