import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import { cleanEquivalentUnits, upperBound } from '../statistics/upper-bound.ts'
import type { RolloutCounts } from './counts.ts'
import type { JudgeFacts } from './facts.ts'
import { gateNeed } from './gate.ts'
import { runTests } from './run-tests.ts'
import { stepCounts, tallyOf } from './tally.ts'
import type { Evidence } from './verdict.ts'

const hourMs = 3_600_000

/** Everything a verdict rests on, from stored counts: `rollout status` prints it, `rollout report` makes it again. */
export function gatherEvidence(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  nowMs: number,
  facts: JudgeFacts,
): Omit<Evidence, 'concerns'> {
  const { position } = facts
  const need = gateNeed(policy, position)
  const shared = tallyOf(counts, 'shared').candidate
  const alone = tallyOf(counts, 'alone').candidate
  const failures = shared.ownFailures + alone.ownFailures
  // A unit that fails in a later step was distinct in an earlier one; with counts of one step only, it was not.
  const units = Math.max(shared.distinct + alone.distinct, failures)
  const have = position.phase === 'shadow' ? counts.shadow.units : unitsIn(counts, position.step)
  const clean = cleanEquivalentUnits(failures, units)
  const missing = Math.max(0, need.units - have)
  const cleanMissing = Math.max(0, need.cleanUnits - clean)
  const elapsedMs = Math.max(0, nowMs - position.enteredAtMs)
  return {
    tests: runTests(counts, policy, facts.predictions),
    upperBound: { failures, units, rate: upperBound(failures, units) },
    units: { have, need: need.units, missing },
    cleanUnits: { have: clean, need: need.cleanUnits, missing: cleanMissing },
    time: { elapsedMs, needMs: need.minMs, maxMs: Math.max(policy.gate.maxStepMs, need.minMs) },
    expectedAtMs: expectedAt(Math.max(missing, cleanMissing), facts.unitsPerHour, need.share, nowMs),
    configErrors: {
      candidateOnly: counts.configErrors.candidateOnly,
      examples: counts.configErrors.examples,
    },
  }
}

function unitsIn(counts: RolloutCounts, step: number): number {
  return (stepCounts(counts, step)?.strata ?? []).reduce((sum, { candidate }) => sum + candidate.units, 0)
}

/** Furthest time that is worth naming: a year. */
const horizonMs = 365 * 24 * hourMs

function expectedAt(
  missing: number,
  unitsPerHour: number | null,
  share: number,
  nowMs: number,
): number | null {
  if (missing === 0 || unitsPerHour === null || unitsPerHour <= 0 || share <= 0) return null
  const waitMs = Math.ceil((missing / (unitsPerHour * share)) * hourMs)
  return waitMs > horizonMs ? null : nowMs + waitMs
}
