import { scopeName } from '../../../control-plane/documents/document.ts'
import { spentAlpha } from '../../../control-plane/rollout/judge/spent-alpha.ts'
import type { RecordedGate, RolloutTransition } from '../../../control-plane/rollout/state/rollout-state.ts'
import type { Rollout, RolloutRecord } from '../../../control-plane/rollout/rollout.ts'
import type { Operator } from '../../operator.ts'
import { checkLedger } from './check-ledger.ts'
import type { LedgerFault } from './check-ledger.ts'
import { visibleTenant } from '../find-rollout.ts'
import { judgedStatus, timeText } from '../judged-status.ts'
import { reproduceVerdict } from './reproduce-verdict.ts'
import type { VerdictDifference } from './reproduce-verdict.ts'
import type { JudgedStatus } from '../rollout-status.ts'
import { stepText } from '../rollout-texts.ts'

/** The shape's version: grows when a field changes its meaning. */
export const rolloutReportSchema = 'neuronx.rollout-report/1'

export interface ReportedRow extends Pick<
  RolloutTransition,
  'from' | 'to' | 'cause' | 'by' | 'reason' | 'percentBefore' | 'percentAfter' | 'quarantine'
> {
  readonly seq: number
  /** RFC 3339. */
  readonly at: string
  /** `shadow`, `10 %`; null: not in the ramp. */
  readonly stepAfter: string | null
  readonly gate: RecordedGate | null
  /** The stored verdict; null: a person or the system acted. */
  readonly verdict: string | null
  /** The numbers behind it, made again from the stored counts. */
  readonly evidence: JudgedStatus | null
  /** Does the judge say the same today? Null: there was no verdict. */
  readonly agrees: boolean | null
  readonly differences: readonly VerdictDifference[]
}

/** A rollout as its ledger tells it, with every verdict made again. */
export interface RolloutReport {
  readonly schema: typeof rolloutReportSchema
  readonly rollout: Pick<
    Rollout,
    'id' | 'candidateDigest' | 'risk' | 'planId' | 'reason' | 'startedAt' | 'startedBy' | 'endedAt' | 'policy'
  > & { readonly state: Rollout['state'] }
  readonly scopes: readonly {
    readonly scope: string
    readonly baseline: string
    readonly candidate: string
  }[]
  readonly alpha: { readonly total: number; readonly spent: ReturnType<typeof spentAlpha> }
  readonly rows: readonly ReportedRow[]
  readonly verdicts: { readonly stored: number; readonly agreeing: number }
  readonly faults: readonly LedgerFault[]
  /** Every verdict agrees, and the ledger is whole. */
  readonly reproduced: boolean
}

/** The report of a rollout that was found. */
export async function reportRollout(
  operator: Pick<Operator, 'actor' | 'rollouts'>,
  rollout: Rollout,
): Promise<RolloutReport> {
  return reportOf(rollout, await operator.rollouts.records(rollout.id, visibleTenant(operator)))
}

/** The same from what was read already. Pure: made again at any time it says the same. */
export function reportOf(rollout: Rollout, records: readonly RolloutRecord[]): RolloutReport {
  const { id, candidateDigest, risk, planId, reason, startedAt, startedBy, endedAt, policy, state } = rollout
  const rows = records.map((record) => reportedRow(record, rollout))
  const judged = rows.filter(({ agrees }) => agrees !== null)
  const agreeing = judged.filter(({ agrees }) => agrees === true).length
  const faults = checkLedger(rollout, records)
  return {
    schema: rolloutReportSchema,
    rollout: {
      ...{ id, candidateDigest, risk, planId, reason, startedAt, startedBy, endedAt, policy, state },
    },
    scopes: rollout.scopes.map(({ scope, baseline, candidate }) => ({
      scope: scopeName(scope),
      baseline: baseline.digest,
      candidate: candidate.digest,
    })),
    alpha: { total: policy.alpha.total, spent: spentAlpha(policy) },
    rows,
    verdicts: { stored: judged.length, agreeing },
    faults,
    reproduced: agreeing === judged.length && faults.length === 0,
  }
}

function reportedRow(record: RolloutRecord, { policy }: Rollout): ReportedRow {
  const { seq, from, to, cause, by, reason, percentBefore, percentAfter, quarantine, gate, judged } = record
  const again = reproduceVerdict(record, policy)
  return {
    ...{ seq, from, to, cause, by, reason, percentBefore, percentAfter, quarantine, gate },
    at: timeText(record.atMs),
    stepAfter: record.stepAfter === null ? null : stepText(policy, record.stepAfter),
    verdict: judged?.verdict.verdict ?? null,
    evidence: judged === null ? null : judgedStatus(policy, { ...judged, nowMs: record.atMs }),
    agrees: again?.agrees ?? null,
    differences: again?.differences ?? [],
  }
}
