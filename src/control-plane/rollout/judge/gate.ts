import { formatDuration } from '../../../kernel/duration.ts'
import { insideWindow, nextOpening } from '../policy/change-window.ts'
import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import type { JudgeFacts, RolloutPosition } from './facts.ts'
import type { Evidence, HoldReason } from './verdict.ts'

/** What a position asks for before it may be left. */
export interface GateNeed {
  readonly minMs: number
  readonly units: number
  /** Clean-equivalent units of the whole rollout; 0 but in the bake. */
  readonly cleanUnits: number
  /** The candidate's share of the units counted here, 0 to 1. In shadow 1: every unit is compared. */
  readonly share: number
  /** The step that follows; null after 100 %. */
  readonly next: number | null
}

export function gateNeed(policy: ResolvedPolicy, position: RolloutPosition): GateNeed {
  if (position.phase === 'shadow') {
    // By time alone, shadow would end as it begins.
    const byTime = policy.gate.promotion === 'time' ? (policy.steps[0]?.minMs ?? 0) : 0
    const minMs = Math.max(policy.shadow.minMs, byTime)
    return { minMs, units: policy.shadow.units, cleanUnits: 0, share: 1, next: 0 }
  }
  const step = policy.steps[position.step]
  if (step === undefined) return { minMs: 0, units: 1, cleanUnits: 0, share: 1, next: null }
  return {
    minMs: step.minMs,
    units: step.minUnits,
    cleanUnits: step.kind === 'bake' ? policy.gate.beforeFull : 0,
    share: step.percent / 100,
    next: step.index + 1 < policy.steps.length ? step.index + 1 : null,
  }
}

/** The approvals that entering a step needs: `approvers` people, if it is the first at or above one of the policy's percentages. */
export function approvalsNeeded(policy: ResolvedPolicy, next: number | null): number {
  const step = next === null ? undefined : policy.steps[next]
  if (step === undefined || step.kind === 'ring') return 0
  const before = policy.steps[step.index - 1]
  const from = before === undefined || before.kind === 'ring' ? 0 : before.percent
  const crossed = policy.approval.beforePercentages.some(
    (percent) => from < percent && percent <= step.percent,
  )
  return crossed ? policy.approval.approvers : 0
}

/** Evidence that is missing, with its numbers and the time it is expected. */
export function missingEvidence(
  evidence: Omit<Evidence, 'concerns'>,
  policy: ResolvedPolicy,
  facts: JudgeFacts,
): readonly HoldReason[] {
  const { units, cleanUnits, expectedAtMs } = evidence
  const reasons: HoldReason[] = []
  const what = facts.position.phase === 'shadow' ? 'compared in shadow' : 'of the candidate in this step'
  if (units.have === 0) {
    reasons.push({ code: 'nothing_observed', message: `no unit ${what} yet: nothing is known`, expectedAtMs })
  }
  if (units.missing > 0) {
    const message = `${units.have} of ${units.need} units ${what}, ${units.missing} missing`
    reasons.push({ code: 'units_missing', message, expectedAtMs })
  }
  if (cleanUnits.missing > 0) {
    const { failures, units: seen, rate } = evidence.upperBound
    const bound = Number((rate * 100).toPrecision(3))
    reasons.push({
      code: 'clean_units_missing',
      message: `${failures} failures in ${seen} units show at most ${bound} % (95 %): worth ${cleanUnits.have} clean units, 100 % needs ${cleanUnits.need}`,
      expectedAtMs,
    })
  }
  for (const [name, { expect }] of Object.entries(policy.signals)) {
    if (expect !== 'backtest' || facts.predictions[name] !== undefined) continue
    const message = `${name} is to agree with a backtest, and the plan has none: run config backtest, or expect a share`
    reasons.push({ code: 'prediction_missing', message, expectedAtMs: null })
  }
  return reasons
}

/** What people and the calendar still owe. */
export function missingConsent(
  policy: ResolvedPolicy,
  need: GateNeed,
  nowMs: number,
  facts: JudgeFacts,
): readonly HoldReason[] {
  const reasons: HoldReason[] = []
  const approvers = approvalsNeeded(policy, need.next)
  if (need.next !== null && approvers > 0) {
    const given = approvalsGiven(facts, need.next)
    const percent = policy.steps[need.next]?.percent ?? 0
    if (given < approvers) {
      const message = `${percent} % needs the approval of ${approvers}, ${given} given`
      reasons.push({ code: 'approval_missing', message, expectedAtMs: null })
    }
  }
  if (need.next !== null && !insideWindow(policy.windows, nowMs)) {
    const opensMs = nextOpening(policy.windows, nowMs)
    const when =
      opensMs === null
        ? 'within eight days it does not open'
        : `it opens in ${formatDuration(opensMs - nowMs)}`
    reasons.push({
      code: 'outside_window',
      message: `outside the change window; ${when}`,
      expectedAtMs: opensMs,
    })
  }
  return reasons
}

/** Distinct people who approved entering a step. */
export function approvalsGiven(facts: JudgeFacts, step: number): number {
  return new Set(facts.approvals[step] ?? []).size
}
