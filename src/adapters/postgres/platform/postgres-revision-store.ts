import type pg from 'pg'
import { findBundle } from '../../../control-plane/revisions/find-bundle.ts'
import { bundleDigest } from '../../../control-plane/revisions/revision-digest.ts'
import {
  isDigestPrefix,
  revisionAmbiguous,
  revisionNotFound,
} from '../../../control-plane/revisions/revision-errors.ts'
import type { Scope, StoredDocument } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type {
  Activation,
  ActivationQuery,
  ActiveHead,
  AppliedScope,
  ApplyOptions,
  EffectiveDocuments,
  NewRevision,
  Revision,
  RevisionSource,
  RevisionStore,
  RollbackTarget,
} from '../../../control-plane/revisions/revision-store.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { actorName } from '../../../platform/access/actor.ts'
import { inReadOnlyRole, inReadOnlyTenants, inRole, inTenants, run } from '../connection/transaction.ts'
import {
  activateRevision,
  describeActivations,
  keepDocuments,
  readHeads,
  requireBase,
  requireUnquarantined,
} from '../plans/activate-revisions.ts'
import { applyRevisions, keptScopes, unchanged } from '../plans/apply-revisions.ts'
import { endPlan } from '../plans/close-plan.ts'
import {
  activationsOfAll,
  activationsOfScope,
  activationsOfTenant,
  heads,
  previousOfActive,
  revisionsByIds,
  revisionsByPrefix,
} from '../plans/history-statements.ts'
import type { ActivationRow, HeadRow, RevisionRow } from '../plans/revision-rows.ts'
import {
  activationOf,
  columnsOf,
  documentsOf,
  headOf,
  revisionsOf,
  scopeOfRow,
  tenantIds,
} from '../plans/revision-rows.ts'
import { endRolloutsOf } from '../rollout/end-rollouts.ts'
import { activeOfTenant, documentByDigest, serialiseApply } from './revision-statements.ts'

/** As far back as a decision's configuration is looked for. */
const historyMax = 100_000
const latest = '9223372036854775807'

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
    options: ApplyOptions = {},
  ): Promise<readonly AppliedScope[]> {
    const wanted = { revisions, source, actor, reason, options }
    const result = await inRole(this.#control, async (client) => {
      await run(client, serialiseApply, [])
      return await applyRevisions(client, wanted)
    })
    if (result.applied !== undefined) return result.applied
    // The refusal undid nothing but itself: that the plan can never be applied is worth keeping.
    await inRole(this.#control, async (client) => endPlan(client, result.refused, actorName(actor)))
    throw result.refused.error
  }

  async rollback(
    targets: readonly RollbackTarget[],
    actor: Actor,
    reason: string,
    options: Pick<ApplyOptions, 'overrideQuarantine' | 'keep' | 'base'> = {},
  ): Promise<readonly AppliedScope[]> {
    return inRole(this.#control, async (client) => {
      await run(client, serialiseApply, [])
      const tenants = await tenantIds(
        client,
        targets.map(({ scope }) => scope),
      )
      const active = await readHeads(client, tenants.values())
      const found: RevisionRow[] = []
      for (const target of targets) found.push(await revisionToReturnTo(client, target, tenants))
      const wanted = found.map((row) => ({ scope: scopeOfRow(row), digest: row.digest, id: row.id }))
      requireBase(options.base ?? [], wanted, active)
      const changes = wanted.filter(({ scope, digest }) => active.get(scopeName(scope))?.digest !== digest)
      const override = options.overrideQuarantine ?? false
      await requireUnquarantined(client, changes, tenants, { override, reason })
      await keepDocuments(client, options.keep ?? [], await tenantIds(client, keptScopes(options.keep)))
      const described = { kind: 'rollback', planId: null, reason } as const
      await endRolloutsOf(client, changes, { actor, ...described })
      await describeActivations(client, described)
      const context = { tenants, heads: active, actor, action: 'config.rollback', ...described }
      const applied: AppliedScope[] = []
      for (const revision of wanted) {
        applied.push(
          changes.includes(revision)
            ? await activateRevision(client, { ...revision, note: {} }, context)
            : unchanged(revision),
        )
      }
      return applied
    })
  }

  async previous(scope: Scope): Promise<string | null> {
    const tenants = await this.#tenantsOf(scope)
    return inReadOnlyTenants(this.#app, tenants.values(), async (client) => {
      const [row] = await run<{ digest: string }>(client, previousOfActive, columnsOf(scope, tenants))
      return row?.digest ?? null
    })
  }

  async effective(tenantId: string, workspace: string): Promise<EffectiveDocuments> {
    return inTenants(this.#app, [tenantId], async (client) => {
      const rows = await run<RevisionRow>(client, activeOfTenant, [tenantId])
      const seen = rows.filter((row) => row.workspace === null || row.workspace === workspace)
      const documents = await documentsOf(client, seen)
      const layers = seen.map((row) => ({ scope: scopeOfRow(row), documents: documents.get(row.id) ?? [] }))
      return {
        digest: bundleDigest(seen.map((row) => ({ scope: scopeOfRow(row), digest: row.digest }))),
        layers,
        documents: layers.flatMap((layer) => layer.documents),
      }
    })
  }

  async effectiveByDigest(tenantId: string, digest: string): Promise<readonly Revision[] | null> {
    return inReadOnlyTenants(this.#app, [tenantId], async (client) => {
      const newestFirst = await run<ActivationRow>(client, activationsOfTenant, [
        tenantId,
        latest,
        historyMax,
      ])
      const chosen = findBundle(newestFirst.toReversed().map(activationOf), digest)
      if (chosen === null) return null
      const idOf = new Map(
        newestFirst.map((row) => [`${scopeName(scopeOfRow(row))} ${row.digest}`, row.revision_id]),
      )
      const ids = chosen.map(({ scope, digest: one }) => idOf.get(`${scopeName(scope)} ${one}`) ?? null)
      if (ids.includes(null)) return null
      const rows = await run<RevisionRow>(client, revisionsByIds, [ids])
      return await revisionsOf(
        client,
        ids.flatMap((id) => rows.find((row) => row.id === id) ?? []),
      )
    })
  }

  async document(tenantId: string, digest: string): Promise<StoredDocument | null> {
    return inTenants(this.#app, [tenantId], async (client) => {
      const rows = await run<StoredDocument>(client, documentByDigest, [tenantId, digest])
      return rows[0] ?? null
    })
  }

  async active(tenantId: string | null): Promise<readonly Revision[]> {
    return inTenants(this.#app, tenantId === null ? [] : [tenantId], async (client) =>
      revisionsOf(client, await run<RevisionRow>(client, activeOfTenant, [tenantId])),
    )
  }

  async heads(tenants: readonly string[]): Promise<readonly ActiveHead[]> {
    return inReadOnlyTenants(this.#app, tenants, async (client) =>
      (await run<HeadRow>(client, heads, [tenants])).map(headOf),
    )
  }

  async revision(scope: Scope, digest: string): Promise<Revision | null> {
    if (!isDigestPrefix(digest)) throw revisionAmbiguous(scope, digest)
    const tenants = await this.#tenantsOf(scope)
    return inReadOnlyTenants(this.#app, tenants.values(), async (client) => {
      const rows = await run<RevisionRow>(client, revisionsByPrefix, [...columnsOf(scope, tenants), digest])
      if (rows.length > 1) throw revisionAmbiguous(scope, digest)
      return (await revisionsOf(client, rows))[0] ?? null
    })
  }

  async activations({ tenantId, scope, beforeId, limit }: ActivationQuery): Promise<readonly Activation[]> {
    const before = beforeId ?? latest
    if (scope !== undefined) {
      const tenants = await this.#tenantsOf(scope)
      return inReadOnlyTenants(this.#app, tenants.values(), async (client) => {
        const values = [...columnsOf(scope, tenants), before, limit]
        return (await run<ActivationRow>(client, activationsOfScope, values)).map(activationOf)
      })
    }
    if (tenantId !== undefined) {
      return inReadOnlyTenants(this.#app, tenantId === null ? [] : [tenantId], async (client) =>
        (await run<ActivationRow>(client, activationsOfTenant, [tenantId, before, limit])).map(activationOf),
      )
    }
    return inReadOnlyRole(this.#control, async (client) =>
      (await run<ActivationRow>(client, activationsOfAll, [before, limit])).map(activationOf),
    )
  }

  async #tenantsOf(scope: Scope): Promise<ReadonlyMap<string, string>> {
    return inReadOnlyRole(this.#control, async (client) => tenantIds(client, [scope]))
  }
}

async function revisionToReturnTo(
  client: pg.ClientBase,
  { scope, to }: RollbackTarget,
  tenants: ReadonlyMap<string, string>,
): Promise<RevisionRow> {
  const columns = columnsOf(scope, tenants)
  let digest = to
  if (to === 'previous') {
    const [previous] = await run<{ digest: string }>(client, previousOfActive, columns)
    if (previous === undefined) throw revisionNotFound(scope, to)
    digest = previous.digest
  } else if (!isDigestPrefix(to)) throw revisionAmbiguous(scope, to)
  const [row, another] = await run<RevisionRow>(client, revisionsByPrefix, [...columns, digest])
  if (row === undefined) throw revisionNotFound(scope, to)
  if (another !== undefined) throw revisionAmbiguous(scope, to)
  return row
}
