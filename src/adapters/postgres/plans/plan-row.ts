import type { PlanState, SavedPlan } from '../../../control-plane/revisions/plan-store.ts'
import type { JsonObject } from '../../../kernel/json.ts'

export interface PlanRow {
  readonly id: string
  readonly slug: string | null
  readonly digest: string
  readonly base: SavedPlan['base']
  readonly candidate: SavedPlan['candidate']
  readonly source: SavedPlan['source']
  readonly report: JsonObject
  readonly risk: SavedPlan['risk']
  readonly approvers: number
  readonly approvals: SavedPlan['approvals']
  readonly state: PlanState['state']
  readonly created_at: string
  readonly created_by: string
  readonly expires_at: string
  readonly ended_at: string | null
  readonly ended_by: string | null
  readonly ended_because: string | null
  /** By the database's clock. */
  readonly expired: boolean
}

export function planOf(row: PlanRow): SavedPlan {
  return {
    id: row.id,
    digest: row.digest,
    base: row.base,
    candidate: row.candidate,
    source: row.source,
    report: row.report,
    risk: row.risk,
    approvers: row.approvers,
    approvals: row.approvals,
    status: statusOf(row),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
  }
}

/** One whose time is over has expired, whether or not somebody has noted it. */
function statusOf(row: PlanRow): PlanState {
  if (row.state === 'open' && !row.expired) return { state: 'open' }
  return {
    state: row.state === 'open' ? 'expired' : row.state,
    at: row.ended_at ?? row.expires_at,
    by: row.ended_by ?? row.created_by,
    because: row.ended_because,
  }
}
