import { formatDuration } from '../../../kernel/duration.ts'
import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import { sampleRatioLogE } from '../statistics/e-process.ts'
import type { RolloutCounts } from './counts.ts'
import type { JudgeFacts } from './facts.ts'
import { stepCounts } from './tally.ts'
import type { HoldCode, HoldReason } from './verdict.ts'

/** The counts are wrong whatever the step's time says. What else is found may pass until the step ends (a daemon that catches up). */
const atOnce: ReadonlySet<HoldCode> = new Set<HoldCode>([
  'units_in_both_arms',
  'sample_ratio',
  'clock_went_back',
  'both_arms_fail',
  'signal_diverges',
  'cap_exceeded_by_both',
  'platform_errors_without_control',
])

/** Does this hold before the step's time is over? */
export function holdsAtOnce({ code }: HoldReason): boolean {
  return atOnce.has(code)
}

/** A chance of 1 in 1000 per step to say so without cause. */
const sampleRatioLimit = Math.log(1000)
/** Below this many events a share of them says nothing. */
const leastEvents = 50

/** What makes the counts untrustworthy. Holds, never rolls back: bad data is no evidence against a candidate. */
export function healthConcerns(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  nowMs: number,
  { position, health }: JudgeFacts,
): readonly HoldReason[] {
  const concerns: HoldReason[] = []
  const add = (code: HoldCode, message: string): void => {
    concerns.push({ code, message, expectedAtMs: null })
  }
  if (nowMs < position.enteredAtMs) {
    add(
      'clock_went_back',
      `the clock says ${formatDuration(position.enteredAtMs - nowMs)} before the step began`,
    )
  }
  if (health.unitsInBothArms > 0) {
    add('units_in_both_arms', `${health.unitsInBothArms} units took effects of both configurations`)
  }
  if (position.phase === 'step') {
    const logE = sampleRatioLogE(ratioEntries(counts, position.step))
    if (logE >= sampleRatioLimit)
      add('sample_ratio', 'units were not counted in the shares they were assigned in')
  }
  const { unassignableEvents, events } = health
  if (events >= leastEvents && unassignableEvents / events > policy.health.unassignableShare) {
    add('unassignable', `${unassignableEvents} of ${events} events name no unit and stay on the baseline`)
  }
  if (health.daemonsBehind.length > 0) {
    add('daemons_behind', `not yet on this step's assignment: ${health.daemonsBehind.join(', ')}`)
  }
  if (health.clockSkewMs > policy.health.clockSkewMs) {
    const limit = formatDuration(policy.health.clockSkewMs)
    add('clock_skew', `a daemon's clock is ${formatDuration(health.clockSkewMs)} off, the limit is ${limit}`)
  }
  const { countsAtMs } = health
  if (countsAtMs === null || nowMs - countsAtMs > policy.health.staleMs) {
    const since = countsAtMs === null ? 'never' : `${formatDuration(nowMs - countsAtMs)} ago`
    add('stale_counts', `the counts were last brought up to date ${since}`)
  }
  if (health.backlogGrows) add('backlog_grows', 'the backlog grows: late outcomes are not counted yet')
  return concerns
}

function ratioEntries(counts: RolloutCounts, step: number) {
  return (stepCounts(counts, step)?.strata ?? []).map(({ weight, candidate, baseline }) => ({
    weight,
    candidate: candidate.units,
    baseline: baseline.units,
  }))
}
