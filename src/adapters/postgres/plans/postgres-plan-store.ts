import type pg from 'pg'
import type { Scope } from '../../../control-plane/documents/document.ts'
import type { NewPlan, PlanStore, SavedPlan } from '../../../control-plane/revisions/plan-store.ts'
import {
  isDigestPrefix,
  planClosed,
  planNotFound,
  planOwnApproval,
} from '../../../control-plane/revisions/revision-errors.ts'
import type { NewRevision } from '../../../control-plane/revisions/revision-store.ts'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid, newId } from '../../../kernel/ids.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jsonText } from '../connection/json-text.ts'
import { inReadOnlyRole, inRole, run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { keepDocuments, storeRevision } from './activate-revisions.ts'
import { revisionsByPrefix } from './history-statements.ts'
import { planOf } from './plan-row.ts'
import type { PlanRow } from './plan-row.ts'
import {
  approvePlan,
  insertPlan,
  planById,
  planForUpdate,
  plansBetween,
  recentPlans,
} from './plan-statements.ts'
import { columnsOf, revisionsOf, tenantIds } from './revision-rows.ts'
import type { RevisionRow } from './revision-rows.ts'

/** Saved plans on Postgres. */
export class PostgresPlanStore implements PlanStore {
  readonly #control: pg.Pool

  constructor(control: pg.Pool) {
    this.#control = control
  }

  async save(plan: NewPlan, actor: Actor): Promise<SavedPlan> {
    return inRole(this.#control, async (client) => {
      const scopes = [
        ...plan.base,
        ...plan.candidate,
        ...plan.keep.map(({ tenant }) => tenantScope(tenant)),
      ].map((one) => ('scope' in one ? one.scope : one))
      const tenants = await tenantIds(client, scopes)
      const by = actorName(actor)
      for (const revision of plan.candidate)
        await storeRevision(client, revision, plan.source, { tenants, by })
      await keepDocuments(client, plan.keep, tenants)
      const id = newId()
      const candidate = plan.candidate.map(({ scope, digest }) => ({ scope, digest }))
      await run(client, insertPlan, [
        id,
        onlyTenant(candidate, tenants),
        plan.digest,
        jsonText(plan.base),
        jsonText(candidate),
        jsonText(plan.source),
        jsonText(plan.report),
        plan.risk,
        plan.approvers,
        by,
        plan.expiresAt,
      ])
      return await readPlan(client, id)
    })
  }

  async plan(id: string): Promise<SavedPlan | null> {
    return inReadOnlyRole(this.#control, async (client) => {
      if (isUuid(id)) return planOrNull((await run<PlanRow>(client, planById, [id]))[0])
      const bounds = prefixBounds(id)
      if (bounds === null) return null
      const [row, another] = await run<PlanRow>(client, plansBetween, bounds)
      if (another !== undefined) throw ambiguous(id)
      return planOrNull(row)
    })
  }

  async plans(limit: number): Promise<readonly SavedPlan[]> {
    return inReadOnlyRole(this.#control, async (client) =>
      (await run<PlanRow>(client, recentPlans, [limit])).map(planOf),
    )
  }

  async candidate(id: string): Promise<readonly NewRevision[]> {
    return inReadOnlyRole(this.#control, async (client) => {
      const { candidate } = await readPlan(client, id)
      const tenants = await tenantIds(
        client,
        candidate.map(({ scope }) => scope),
      )
      const revisions: NewRevision[] = []
      for (const { scope, digest } of candidate) {
        const values = [...columnsOf(scope, tenants), digest]
        const rows = await run<RevisionRow>(client, revisionsByPrefix, values)
        for (const { documents, places } of await revisionsOf(client, rows))
          revisions.push({ scope, digest, documents, ...(places === undefined ? {} : { places }) })
      }
      return revisions
    })
  }

  async approve(id: string, actor: Actor, reason: string | null): Promise<SavedPlan> {
    return inRole(this.#control, async (client) => {
      const [row] = isUuid(id) ? await run<PlanRow>(client, planForUpdate, [id]) : []
      if (row === undefined) throw planNotFound(id)
      const plan = planOf(row)
      const by = actorName(actor)
      if (plan.status.state !== 'open') throw planClosed(plan)
      if (plan.createdBy === by) throw planOwnApproval(plan)
      if (plan.approvals.some((approval) => approval.by === by)) return plan
      await run(client, approvePlan, [id, by, reason])
      await writeAudit(client, {
        tenantId: null,
        actor: by,
        action: 'config.approve',
        target: `plan/${id}`,
        reason,
        before: { approvals: plan.approvals.length },
        after: { approvals: plan.approvals.length + 1, of: plan.approvers },
      })
      return await readPlan(client, id)
    })
  }
}

function tenantScope(tenant: string): Scope {
  return { level: 'tenant', tenant }
}

async function readPlan(client: pg.ClientBase, id: string): Promise<SavedPlan> {
  const [row] = isUuid(id) ? await run<PlanRow>(client, planById, [id]) : []
  if (row === undefined) throw planNotFound(id)
  return planOf(row)
}

function planOrNull(row: PlanRow | undefined): SavedPlan | null {
  return row === undefined ? null : planOf(row)
}

/** The tenant whose scopes alone the plan changes. */
function onlyTenant(candidate: SavedPlan['candidate'], tenants: ReadonlyMap<string, string>): string | null {
  const names = new Set(candidate.map(({ scope }) => (scope.level === 'global' ? '' : scope.tenant)))
  const [name] = names
  return names.size === 1 && name !== undefined ? (tenants.get(name) ?? null) : null
}

/** The first and the last id that begin so; null: nothing does. */
function prefixBounds(text: string): [string, string] | null {
  const hex = text.toLowerCase().replaceAll('-', '')
  if (!isDigestPrefix(hex) || hex.length > 32) return null
  const uuid = (filled: string): string =>
    [8, 12, 16, 20].map((end, index) => filled.slice([0, 8, 12, 16][index], end)).join('-') +
    `-${filled.slice(20)}`
  return [uuid(hex.padEnd(32, '0')), uuid(hex.padEnd(32, 'f'))]
}

function ambiguous(id: string): NxError {
  return new NxError('usage', 'NX-PLAN-AMBIGUOUS', `'${id}' is the beginning of several plans`, {
    fix: 'Write more of the id.',
  })
}
