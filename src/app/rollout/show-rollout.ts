import type { ResolvedPolicy } from '../../control-plane/rollout/policy/resolved-policy.ts'
import type { Rollout, RolloutRecord } from '../../control-plane/rollout/rollout.ts'
import type { RolloutTransition } from '../../control-plane/rollout/state/rollout-state.ts'
import type { Operator } from '../operator.ts'
import { describeRollout } from './describe-rollout.ts'
import { visibleTenant } from './find-rollout.ts'
import { timeText } from './judged-status.ts'
import { isPolicyEdited } from './policy-today.ts'
import type { RolloutStatus } from './rollout-status.ts'
import { isOver } from './rollout-texts.ts'

/** A row of the ledger without its numbers; those are in the report. */
export interface LedgerRow extends Pick<
  RolloutTransition,
  'from' | 'to' | 'cause' | 'by' | 'reason' | 'percentBefore' | 'percentAfter' | 'gate' | 'quarantine'
> {
  readonly seq: number
  /** RFC 3339. */
  readonly at: string
}

export interface ShownRollout {
  readonly status: RolloutStatus
  /** As it was when the rollout began. */
  readonly policy: ResolvedPolicy
  /** Has the document been edited since? The rollout goes by `policy` all the same. Of one that is over: false. */
  readonly policyEdited: boolean
  readonly predictions: Readonly<Record<string, number>>
  readonly ledger: readonly LedgerRow[]
}

/** Everything about one rollout but the numbers behind each row. */
export async function showRollout(
  operator: Pick<Operator, 'actor' | 'rollouts' | 'messages' | 'revisions' | 'tenants'>,
  rollout: Rollout,
): Promise<ShownRollout> {
  const [status, records, policyEdited] = await Promise.all([
    describeRollout(operator, rollout),
    operator.rollouts.records(rollout.id, visibleTenant(operator)),
    isOver(rollout.state) ? false : isPolicyEdited(operator, rollout),
  ])
  const { policy, predictions } = rollout
  return { ...{ status, policy, policyEdited, predictions }, ledger: records.map(ledgerRow) }
}

function ledgerRow(record: RolloutRecord): LedgerRow {
  const { seq, atMs, from, to, cause, by, reason, percentBefore, percentAfter, gate, quarantine } = record
  return {
    ...{ seq, from, to, cause, by, reason, percentBefore, percentAfter, gate, quarantine },
    at: timeText(atMs),
  }
}
