import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import { rateAboveLogE, rateOutsideLogE, relativeLogE } from '../statistics/e-process.ts'
import type { RatioAlternative } from '../statistics/e-process.ts'
import type { RolloutCounts } from './counts.ts'
import type { JudgeFacts } from './facts.ts'
import { spentAlpha } from './spent-alpha.ts'
import { allStrata, realisedShare, tallyOf } from './tally.ts'
import type { TestEvidence, TestName } from './verdict.ts'

/** Slow units: 10 % of the baseline's by definition, so a candidate cannot have more than ten times as many. */
const slowAlternatives: readonly RatioAlternative[] = [1.1, 1.25, 1.5, 2, 3, 5, 10].map((ratio) => ({
  ratio,
  weight: 1,
}))
const slowerShares = [0.55, 0.6, 0.7, 0.8, 0.9] as const

/** Every sequential test of the policy over everything counted so far. Pure: the same counts give the same numbers. */
export function runTests(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  predictions: JudgeFacts['predictions'],
): readonly TestEvidence[] {
  const alpha = spentAlpha(policy)
  const shared = tallyOf(counts, 'shared')
  const alone = tallyOf(counts, 'alone')
  const strata = allStrata(counts).map((stratum) => ({ stratum, share: realisedShare(stratum) }))
  const arms = (what: 'failures' | 'slow') => ({
    candidate: { units: shared.candidate.units, adverse: shared.candidate[what] },
    baseline: { units: shared.baseline.units, adverse: shared.baseline[what] },
  })
  const relative = (what: 'failures' | 'slow', alternatives?: readonly RatioAlternative[]) =>
    relativeLogE(
      strata.map(({ stratum, share }) => ({
        share,
        candidate: stratum.candidate[what],
        baseline: stratum.baseline[what],
      })),
      alternatives,
    )
  const above = (adverse: number, units: number) =>
    rateAboveLogE(adverse, units, policy.success.errorRateThreshold)
  const none = { units: 0, adverse: 0 }
  const { slower, faster } = counts.shadow
  const pairs = slower + faster
  return [
    testOf('errors', relative('failures'), alpha.errors, arms('failures')),
    testOf('absolute', above(shared.candidate.failures, shared.candidate.distinct), alpha.absolute, {
      candidate: { units: shared.candidate.distinct, adverse: shared.candidate.failures },
      baseline: { units: shared.baseline.distinct, adverse: shared.baseline.failures },
    }),
    testOf('absolute_alone', above(alone.candidate.ownFailures, alone.candidate.units), alpha.absoluteAlone, {
      candidate: { units: alone.candidate.units, adverse: alone.candidate.ownFailures },
      baseline: none,
    }),
    testOf('latency', relative('slow', slowAlternatives), alpha.latency, arms('slow')),
    testOf('latency_paired', rateAboveLogE(slower, pairs, 0.5, slowerShares), alpha.latencyPaired, {
      candidate: { units: pairs, adverse: slower },
      baseline: none,
    }),
    ...signalTests(counts, policy, predictions, alpha.signal),
  ]
}

function signalTests(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  predictions: JudgeFacts['predictions'],
  alpha: number,
): readonly TestEvidence[] {
  return Object.entries(policy.signals).flatMap(([name, { expect, tolerance }]) => {
    const rate = expect === 'backtest' ? predictions[name] : expect
    if (rate === undefined) return []
    const candidate = signalTally(counts, name, 'candidate')
    const expected = { from: Math.max(0, rate * (1 - tolerance)), to: Math.min(1, rate * (1 + tolerance)) }
    const logE = rateOutsideLogE(candidate.adverse, candidate.units, expected.from, expected.to)
    const arms = { candidate, baseline: signalTally(counts, name, 'baseline') }
    return [{ ...testOf(`signal:${name}`, logE, alpha, arms), expected }]
  })
}

function signalTally(
  counts: RolloutCounts,
  name: string,
  arm: 'candidate' | 'baseline',
): { units: number; adverse: number } {
  const strata = allStrata(counts)
  return {
    units: strata.reduce((sum, stratum) => sum + stratum[arm].distinct, 0),
    adverse: strata.reduce((sum, stratum) => sum + (stratum[arm].signals[name] ?? 0), 0),
  }
}

const largest = 1e300

function testOf(
  test: TestName,
  logE: number,
  alpha: number,
  arms: Pick<TestEvidence, 'candidate' | 'baseline'>,
): TestEvidence {
  const limit = 1 / alpha
  return {
    test,
    logE,
    e: Math.min(Math.exp(logE), largest),
    alpha,
    limit,
    crossed: logE >= Math.log(limit),
    ...arms,
  }
}

/** The test of that name; the tests always hold the five that are not signals. */
export function testNamed(tests: readonly TestEvidence[], name: TestName): TestEvidence | null {
  return tests.find(({ test }) => test === name) ?? null
}
