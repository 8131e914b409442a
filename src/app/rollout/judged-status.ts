import { judge } from '../../control-plane/rollout/judge/judge.ts'
import type { JudgeFacts } from '../../control-plane/rollout/judge/facts.ts'
import type { RolloutCounts } from '../../control-plane/rollout/judge/counts.ts'
import { stepCounts, tallyOf } from '../../control-plane/rollout/judge/tally.ts'
import type { ArmTally } from '../../control-plane/rollout/judge/tally.ts'
import type { HoldReason, TestEvidence, Verdict } from '../../control-plane/rollout/judge/verdict.ts'
import type { ResolvedPolicy } from '../../control-plane/rollout/policy/resolved-policy.ts'
import type { ArmStatus, Block, JudgedStatus, TestStatus } from './rollout-status.ts'

/** What a judgement rests on, live or out of the ledger. */
export interface Observed {
  readonly counts: RolloutCounts
  readonly facts: JudgeFacts
  readonly nowMs: number
  readonly waiting?: { readonly candidate: number; readonly baseline: number }
}

/** The judge's verdict on these counts, as people read it. Pure. */
export function judgedStatus(
  policy: ResolvedPolicy,
  { counts, facts, nowMs, waiting }: Observed,
): JudgedStatus {
  const verdict = judge(counts, policy, nowMs, facts)
  const { evidence } = verdict
  const shared = tallyOf(counts, 'shared')
  const alone = tallyOf(counts, 'alone')
  const arm = (name: 'candidate' | 'baseline'): ArmStatus => ({
    ...sum(shared[name], alone[name]),
    inStep: inStep(counts, facts, name),
    waiting: waiting?.[name] ?? null,
  })
  const { units, slower, faster } = counts.shadow
  return {
    at: timeText(nowMs),
    verdict: verdict.verdict,
    reason: verdict.verdict === 'rollback' ? verdict.reason : null,
    until: verdict.verdict === 'wait' ? timeText(verdict.untilMs) : null,
    units: evidence.units,
    cleanUnits: evidence.cleanUnits,
    time: evidence.time,
    expectedAt: evidence.expectedAtMs === null ? null : timeText(evidence.expectedAtMs),
    upperBound: evidence.upperBound,
    tests: evidence.tests.map(testStatus),
    arms: { candidate: arm('candidate'), baseline: arm('baseline') },
    shadow: { units, slower, faster },
    blocks: blocksOf(verdict),
    configErrors: evidence.configErrors,
  }
}

/** RFC 3339 of milliseconds since 1970. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

/** What holds it, or would if the step's time were over now. */
function blocksOf(verdict: Verdict): readonly Block[] {
  const reasons = verdict.verdict === 'hold' ? verdict.reasons : verdict.evidence.concerns
  return reasons.map(blockOf)
}

export function blockOf({ code, message, expectedAtMs }: HoldReason): Block {
  return { code, message, expectedAt: expectedAtMs === null ? null : timeText(expectedAtMs) }
}

function testStatus({ test, e, logE, limit, alpha, crossed, candidate, baseline }: TestEvidence): TestStatus {
  return {
    test,
    e,
    logE,
    limit,
    distance: Math.exp(Math.log(limit) - logE),
    alpha,
    crossed,
    candidate,
    baseline,
  }
}

function sum(one: ArmTally, other: ArmTally): ArmTally {
  return {
    units: one.units + other.units,
    distinct: one.distinct + other.distinct,
    failures: one.failures + other.failures,
    ownFailures: one.ownFailures + other.ownFailures,
    slow: one.slow + other.slow,
  }
}

function inStep(
  counts: RolloutCounts,
  { position }: JudgeFacts,
  arm: 'candidate' | 'baseline',
): number | null {
  if (position.phase === 'shadow') return counts.shadow.units
  const strata = stepCounts(counts, position.step)?.strata ?? []
  return strata.reduce((units, stratum) => units + stratum[arm].units, 0)
}
