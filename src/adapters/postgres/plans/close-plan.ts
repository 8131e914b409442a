import type pg from 'pg'
import { scopeName } from '../../../control-plane/documents/document.ts'
import { planRefusal } from '../../../control-plane/revisions/plan-refusal.ts'
import type { PlanRefusal } from '../../../control-plane/revisions/plan-refusal.ts'
import { planNotFound } from '../../../control-plane/revisions/revision-errors.ts'
import type { ActiveHead, NewRevision } from '../../../control-plane/revisions/revision-store.ts'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { run } from '../connection/transaction.ts'
import { readHeads } from './activate-revisions.ts'
import { planOf } from './plan-row.ts'
import type { PlanRow } from './plan-row.ts'
import { closePlan, planForUpdate } from './plan-statements.ts'
import { tenantIds } from './revision-rows.ts'

/** A refusal, and the plan that is closed by it where it is. */
export interface RefusedPlan extends PlanRefusal {
  readonly planId: string
}

/**
 * Closes a saved plan as applied, in the transaction that applies it; or tells why it cannot be. Throws NX-PLAN-NOT-FOUND, and
 * NX-BUG when what is to be applied is not what was planned.
 */
export async function applySavedPlan(
  client: pg.ClientBase,
  planId: string,
  {
    actor,
    active,
    revisions,
  }: {
    readonly actor: Actor
    readonly active: ReadonlyMap<string, ActiveHead>
    readonly revisions: readonly NewRevision[]
  },
): Promise<RefusedPlan | null> {
  const [row] = isUuid(planId) ? await run<PlanRow>(client, planForUpdate, [planId]) : []
  if (row === undefined) throw planNotFound(planId)
  const plan = planOf({ ...row, expired: false })
  requirePlanned(plan.candidate, revisions)
  const tenants = await tenantIds(
    client,
    [...plan.base, ...plan.candidate].map(({ scope }) => scope),
  )
  const heads = tenants.size === 0 ? active : await readHeads(client, tenants.values())
  const refusal = planRefusal(plan, heads, row.expired)
  if (refusal !== null) return { ...refusal, planId }
  await run(client, closePlan, [planId, 'applied', actorName(actor), null])
  return null
}

/**
 * The same in the transaction that starts the rollout of the plan, which asks for approvals itself. `again`: the very rollout is on its way
 * already. Throws NX-PLAN-NOT-FOUND, NX-PLAN-APPLIED, NX-PLAN-EXPIRED, NX-PLAN-STALE.
 */
export async function rollOutSavedPlan(
  client: pg.ClientBase,
  planId: string,
  { actor, again }: { readonly actor: Actor; readonly again: boolean },
): Promise<void> {
  const [row] = isUuid(planId) ? await run<PlanRow>(client, planForUpdate, [planId]) : []
  if (row === undefined) throw planNotFound(planId)
  const plan = planOf({ ...row, expired: false })
  if (!again) {
    const scopes = [...plan.base, ...plan.candidate].map(({ scope }) => scope)
    const tenants = await tenantIds(client, scopes)
    const heads = await readHeads(client, tenants.values())
    const refusal = planRefusal({ ...plan, approvers: 0 }, heads, row.expired)
    if (refusal !== null) throw refusal.error
  }
  await run(client, closePlan, [planId, 'applied', actorName(actor), null])
}

/** Notes that a plan can never be applied any more. */
export async function endPlan(client: pg.ClientBase, refused: RefusedPlan, by: string): Promise<void> {
  if (refused.ends === null) return
  await run(client, closePlan, [refused.planId, refused.ends, by, refused.error.detail ?? null])
}

function requirePlanned(
  candidate: ReturnType<typeof planOf>['candidate'],
  revisions: readonly NewRevision[],
): void {
  const texts = (list: readonly Pick<NewRevision, 'scope' | 'digest'>[]): string =>
    list
      .map(({ scope, digest }) => `${scopeName(scope)} ${digest}`)
      .sort()
      .join('\n')
  if (texts(candidate) !== texts(revisions))
    throw new NxError('bug', 'NX-BUG', 'What is to be applied is not what the plan holds')
}
