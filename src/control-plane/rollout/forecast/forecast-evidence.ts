import { spentAlpha } from '../judge/spent-alpha.ts'
import type { PolicyStep, ResolvedPolicy } from '../policy/resolved-policy.ts'
import type { TwoArmFailures } from '../statistics/e-process.ts'
import { relativeLogE } from '../statistics/e-process.ts'
import type { Catch, EvidenceForecast } from './evidence-forecast.ts'
import type { SeededTrials } from './seeded-trials.ts'
import { seededTrials } from './seeded-trials.ts'

const errorRates = [1, 0.2, 0.1, 0.05, 0.02] as const
const baselineErrorRate = 0.003
const simulatedRollouts = 201
const seed = 20_261_123

/** One step of the ramp at a traffic: how long it takes, and when. */
interface Stretch {
  /** The candidate's share, above 0, below 1. */
  readonly share: number
  readonly fromHours: number
  readonly hours: number
}

/**
 * What a rollout under this policy can prove at `unitsPerHour` (all units of the scope that mature in an hour), and how soon it would
 * go back. The medians are of simulated rollouts with a fixed seed: the same arguments give the same numbers. Counted from the first
 * step; rings are counted with their time only.
 * Throws RangeError for a traffic that is negative or no number.
 */
export function forecastEvidence(policy: ResolvedPolicy, unitsPerHour: number): EvidenceForecast {
  if (!Number.isFinite(unitsPerHour) || unitsPerHour < 0) {
    throw new RangeError(`unitsPerHour must be 0 or more, not ${unitsPerHour}`)
  }
  const stretches = stretchesOf(policy, unitsPerHour)
  const last = stretches?.at(-1)
  return {
    unitsPerHour,
    firstShare: (policy.steps.find(({ kind }) => kind !== 'ring')?.percent ?? 0) / 100,
    hoursTo59: hoursToUnits(stretches, unitsPerHour, 59),
    hoursTo299: hoursToUnits(stretches, unitsPerHour, 299),
    catches: errorRates.map((errorRate) => catchOf(policy, stretches ?? [], unitsPerHour, errorRate)),
    rampHours: last === undefined ? null : last.fromHours + last.hours,
  }
}

/** The ramp up to 100 % for a candidate without failures; null when it never gets there. */
function stretchesOf(policy: ResolvedPolicy, unitsPerHour: number): readonly Stretch[] | null {
  const byTime = policy.gate.promotion === 'time'
  if (unitsPerHour === 0 && !byTime) return null
  const stretches: Stretch[] = []
  let fromHours = policy.steps
    .filter(({ kind }) => kind === 'ring')
    .reduce((sum, { minMs }) => sum + inHours(minMs), 0)
  let units = 0
  for (const step of policy.steps) {
    if (step.kind === 'ring' || step.kind === 'full') continue
    const share = step.percent / 100
    const wanted = byTime ? 0 : unitsWanted(policy, step, units)
    const hours = Math.max(inHours(step.minMs), wanted === 0 ? 0 : wanted / (unitsPerHour * share))
    stretches.push({ share, fromHours, hours })
    fromHours += hours
    units += unitsPerHour * share * hours
  }
  return stretches
}

function unitsWanted(policy: ResolvedPolicy, step: PolicyStep, unitsBefore: number): number {
  const clean = step.kind === 'bake' ? policy.gate.beforeFull - unitsBefore : 0
  return Math.max(step.minUnits, clean)
}

function hoursToUnits(
  stretches: readonly Stretch[] | null,
  unitsPerHour: number,
  wanted: number,
): number | null {
  if (stretches === null || unitsPerHour === 0) return null
  let units = 0
  for (const { share, fromHours, hours } of stretches) {
    const here = unitsPerHour * share * hours
    if (units + here >= wanted) return fromHours + (wanted - units) / (unitsPerHour * share)
    units += here
  }
  const last = stretches.at(-1)
  // The ramp ends first: the rest comes at 100 %.
  return last === undefined ? null : last.fromHours + last.hours + (wanted - units) / unitsPerHour
}

function catchOf(
  policy: ResolvedPolicy,
  stretches: readonly Stretch[],
  unitsPerHour: number,
  errorRate: number,
): Catch {
  const limit = -Math.log(spentAlpha(policy).errors)
  const found = Array.from({ length: simulatedRollouts }, (_, index) =>
    detection(stretches, { unitsPerHour, errorRate, limit }, seededTrials(seed + index * 7919)),
  ).sort((one, other) => one.units - other.units)
  const median = found[(simulatedRollouts - 1) / 2]
  const caught = median !== undefined && Number.isFinite(median.hours)
  if (caught) return { errorRate, medianUnits: Math.round(median.units), hours: median.hours }
  // Not within this ramp: what it takes when the first share lasts as long as need be.
  const endless = [
    { share: stretches[0]?.share ?? (policy.steps[0]?.percent ?? 5) / 100, fromHours: 0, hours: Infinity },
  ]
  const units = Array.from({ length: simulatedRollouts }, (_, index) =>
    detection(endless, { unitsPerHour: 1, errorRate, limit }, seededTrials(seed + index * 7919)),
  ).map((one) => one.units)
  const sorted = units.sort((one, other) => one - other)
  return { errorRate, medianUnits: Math.round(sorted[(simulatedRollouts - 1) / 2] ?? 0), hours: null }
}

interface Bug {
  readonly unitsPerHour: number
  readonly errorRate: number
  /** log(1/alpha). */
  readonly limit: number
}

/** One rollout, from failing unit to failing unit. Infinite when it reaches 100 % unseen. */
function detection(
  stretches: readonly Stretch[],
  bug: Bug,
  random: SeededTrials,
): { units: number; hours: number } {
  const entries: TwoArmFailures[] = []
  let units = 0
  for (const { share, fromHours, hours } of stretches) {
    const candidateRate = bug.unitsPerHour * share * bug.errorRate
    const baselineRate = bug.unitsPerHour * (1 - share) * baselineErrorRate
    const passing = bug.unitsPerHour * share * (1 - bug.errorRate)
    let at = 0
    let candidate = 0
    let baseline = 0
    for (;;) {
      at += -Math.log1p(-random.next()) / (candidateRate + baselineRate)
      if (!(at < hours)) break
      if (random.next() * (candidateRate + baselineRate) < candidateRate) candidate++
      else baseline++
      if (relativeLogE([...entries, { share, candidate, baseline }]) >= bug.limit) {
        return { units: units + candidate + passing * at, hours: fromHours + at }
      }
    }
    entries.push({ share, candidate, baseline })
    units += candidate + passing * hours
  }
  return { units: Infinity, hours: Infinity }
}

function inHours(ms: number): number {
  return ms / 3_600_000
}
