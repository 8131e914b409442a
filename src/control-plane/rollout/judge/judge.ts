import { formatDuration } from '../../../kernel/duration.ts'
import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import type { RolloutCounts } from './counts.ts'
import type { JudgeFacts } from './facts.ts'
import { findRollback, testConcerns } from './find-rollback.ts'
import { approvalsGiven, gateNeed, missingConsent, missingEvidence } from './gate.ts'
import { gatherEvidence } from './gather-evidence.ts'
import { healthConcerns, holdsAtOnce } from './health-concerns.ts'
import type { Evidence, HoldReason, PromotionLabel, Verdict } from './verdict.ts'

/**
 * What a rollout should do now, given all it has seen. Pure: the same counts, policy, time and facts give the same verdict, whenever
 * and wherever it is asked for. Back at any moment; on only when the step's time is over and everything that the policy asks for
 * is there, and never by more than one step. On nothing it neither goes on (unless the policy says `promotion: time`) nor back.
 */
export function judge(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  nowMs: number,
  facts: JudgeFacts,
): Verdict {
  const gathered = gatherEvidence(counts, policy, nowMs, facts)
  const need = gateNeed(policy, facts.position)
  const trust = [
    ...testConcerns(counts, policy, gathered.tests),
    ...healthConcerns(counts, policy, nowMs, facts),
  ]
  const consent = missingConsent(policy, need, nowMs, facts)
  const missing = missingEvidence(gathered, policy, facts)
  const evidence: Evidence = { ...gathered, concerns: [...trust, ...missing, ...consent] }

  const finding = findRollback(counts, policy, evidence.tests)
  if (finding !== null) return rollback(policy, evidence, finding.code, finding.reason)
  const atOnce = trust.filter(holdsAtOnce)
  if (atOnce.length > 0) return { verdict: 'hold', reasons: atOnce, evidence }
  if (evidence.time.elapsedMs < need.minMs) {
    return { verdict: 'wait', untilMs: facts.position.enteredAtMs + need.minMs, evidence }
  }
  const insufficient = missing.length > 0 && policy.gate.promotion === 'evidence'
  const blocks = [...trust, ...consent]
  if (!insufficient && blocks.length === 0) {
    return goOn(evidence, need.next, missing.length > 0 ? 'advanced without evidence' : null)
  }
  if (!insufficient) return { verdict: 'hold', reasons: blocks, evidence }
  return withoutEvidence(policy, evidence, facts, { missing, blocks, next: need.next })
}

function goOn(evidence: Evidence, next: number | null, label: PromotionLabel | null): Verdict {
  return next === null ? { verdict: 'complete', evidence } : { verdict: 'promote', to: next, evidence, label }
}

function rollback(
  policy: ResolvedPolicy,
  evidence: Evidence,
  code: Extract<Verdict, { verdict: 'rollback' }>['code'],
  reason: string,
): Verdict {
  if (policy.autoRollback) return { verdict: 'rollback', code, reason, evidence }
  const message = `autoRollback is off; it would roll back: ${reason}`
  return {
    verdict: 'hold',
    reasons: [{ code: 'rollback_advised', message, expectedAtMs: null }, ...evidence.concerns],
    evidence,
  }
}

/** The step's time is over and its evidence is not there. */
function withoutEvidence(
  policy: ResolvedPolicy,
  evidence: Evidence,
  facts: JudgeFacts,
  {
    missing,
    blocks,
    next,
  }: { missing: readonly HoldReason[]; blocks: readonly HoldReason[]; next: number | null },
): Verdict {
  const hold = (...more: HoldReason[]): Verdict => ({
    verdict: 'hold',
    reasons: [...missing, ...more, ...blocks],
    evidence,
  })
  const { elapsedMs, maxMs } = evidence.time
  const { onInsufficientData } = policy.gate
  if (elapsedMs < maxMs || onInsufficientData === 'extend') return hold()
  const over = `${formatDuration(maxMs)} (gate.maxStepDuration) passed without enough evidence`
  // On nothing at all a policy decides nothing: a person may promote, with a reason.
  const observed = evidence.units.have > 0
  if (onInsufficientData === 'rollback' && observed) {
    return rollback(policy, evidence, 'insufficient_data', over)
  }
  if (onInsufficientData === 'approve' && observed && next !== null) {
    const given = approvalsGiven(facts, next)
    const needed = policy.approval.approvers
    if (given >= needed && blocks.length === 0) return goOn(evidence, next, 'advanced on approval')
    if (given < needed) {
      const message = `${over}; to go on needs the approval of ${needed}, ${given} given`
      return hold({ code: 'approval_missing', message, expectedAtMs: null })
    }
    return hold()
  }
  return hold({ code: 'max_step_duration', message: over, expectedAtMs: evidence.expectedAtMs })
}
