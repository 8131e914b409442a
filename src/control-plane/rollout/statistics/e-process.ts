/**
 * E-processes: evidence that may be looked at after every unit. Under the null hypothesis an E-value's expectation never exceeds
 * 1, so the probability that it EVER reaches 1/alpha is at most alpha (Ville), however often it is looked at. All in logarithms: with
 * thousands of failures the values themselves leave the range of a double.
 */

/** Failures of one stratum in one step: `share` is the candidate's share of the units that could fail. */
export interface TwoArmFailures {
  /** 0 to 1. At 0 or 1 there is nothing to compare with: the entry says nothing. */
  readonly share: number
  readonly candidate: number
  readonly baseline: number
}

/** An alternative to "the arms are alike", and its weight in the mixture. */
export interface RatioAlternative {
  /** How many times likelier the candidate's units fail than the baseline's. */
  readonly ratio: number
  readonly weight: number
}

/**
 * The alternatives that are weighed. Any weights keep the test valid; these lean to the ratios of configurations that are really
 * broken (3 % errors and more beside a baseline of 0.3 %), which are found with a tenth fewer units than with equal weights.
 */
export const relativeAlternatives: readonly RatioAlternative[] = [
  { ratio: 1.5, weight: 1 },
  { ratio: 2, weight: 1 },
  { ratio: 3, weight: 2 },
  { ratio: 5, weight: 4 },
  { ratio: 10, weight: 8 },
  { ratio: 30, weight: 8 },
  { ratio: 100, weight: 2 },
]

/** The error rates that are weighed against an absolute threshold below them. */
export const rateAlternatives = [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.95] as const

/**
 * Does the candidate fail more often than the baseline? Looks at failing units only: if the arms are alike, each is the candidate's
 * with probability `share`. What fails in both arms alike cancels out. Returns log E; 0 without failures.
 */
export function relativeLogE(
  entries: readonly TwoArmFailures[],
  alternatives: readonly RatioAlternative[] = relativeAlternatives,
): number {
  const weights = alternatives.reduce((sum, { weight }) => sum + weight, 0)
  return logSumExp(
    alternatives.map(({ ratio, weight }) =>
      entries.reduce((sum, entry) => sum + relativeLogLikelihood(entry, ratio), Math.log(weight / weights)),
    ),
  )
}

function relativeLogLikelihood({ share, candidate, baseline }: TwoArmFailures, ratio: number): number {
  if (share <= 0 || share >= 1) return 0
  const odds = ratio * share + 1 - share
  // q/w = ratio/odds and (1-q)/(1-w) = 1/odds, with q the candidate's part of the failures under `ratio`.
  return candidate * Math.log(ratio / odds) - baseline * Math.log(odds)
}

/**
 * Is the rate above `threshold`? A mixture of Bernoulli likelihood ratios over the alternatives above it; valid for every rate at or
 * below. Returns log E; 0 without observations.
 */
export function rateAboveLogE(
  adverse: number,
  units: number,
  threshold: number,
  alternatives: readonly number[] = rateAlternatives,
): number {
  const above = alternatives.filter((rate) => rate > threshold && rate < 1)
  if (units === 0 || above.length === 0 || threshold >= 1) return 0
  return logMeanExp(above.map((rate) => bernoulliLogRatio(adverse, units, rate, threshold)))
}

/** Is the rate below `threshold`? As rateAboveLogE, mirrored. */
export function rateBelowLogE(
  adverse: number,
  units: number,
  threshold: number,
  alternatives: readonly number[],
): number {
  const mirrored = alternatives.map((rate) => 1 - rate)
  return rateAboveLogE(units - adverse, units, 1 - threshold, mirrored)
}

/**
 * Is the rate outside `from`..`to`? The mean of the two one-sided tests; alternatives stand at growing distances on the odds scale.
 * Returns log E; a range that holds every rate (0..1) can never be left.
 */
export function rateOutsideLogE(adverse: number, units: number, from: number, to: number): number {
  const above = rateAboveLogE(adverse, units, Math.max(to, leastRate), shiftedRates(to, 1))
  const below = from <= 0 ? 0 : rateBelowLogE(adverse, units, from, shiftedRates(from, -1))
  return logMeanExp([above, below])
}

/**
 * Were the units shared out as assigned? The share of the candidate among matured units against its weight, both sides. Under the
 * assignment each unit is the candidate's with probability `weight`, so a large value says that counting depends on the arm.
 */
export function sampleRatioLogE(
  entries: readonly { readonly weight: number; readonly candidate: number; readonly baseline: number }[],
): number {
  const logs = oddsFactors.map((factor) =>
    entries.reduce((sum, { weight, candidate, baseline }) => {
      if (weight <= 0 || weight >= 1) return sum
      const odds = factor * weight + 1 - weight
      return sum + candidate * Math.log(factor / odds) - baseline * Math.log(odds)
    }, 0),
  )
  return logMeanExp(logs)
}

/** log(mean(exp(values))) without leaving the range of a double. */
export function logMeanExp(values: readonly number[]): number {
  return logSumExp(values) - Math.log(values.length)
}

function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values)
  if (!Number.isFinite(top)) return top
  let sum = 0
  for (const value of values) sum += Math.exp(value - top)
  return top + Math.log(sum)
}

const leastRate = 1e-6
const oddsFactors = [0.5, 0.67, 0.8, 0.9, 1.1, 1.25, 1.5, 2] as const

/** Rates at 1.25, 1.5, 2, 4 and 16 times the odds (or a part of them) of `rate`. */
function shiftedRates(rate: number, direction: 1 | -1): readonly number[] {
  const inside = Math.min(Math.max(rate, leastRate), 1 - leastRate)
  const odds = inside / (1 - inside)
  return [1.25, 1.5, 2, 4, 16].map((factor) => {
    const moved = odds * factor ** direction
    return moved / (1 + moved)
  })
}

function bernoulliLogRatio(adverse: number, units: number, rate: number, against: number): number {
  return adverse * Math.log(rate / against) + (units - adverse) * (Math.log1p(-rate) - Math.log1p(-against))
}
