import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import { rateAboveLogE } from '../statistics/e-process.ts'
import type { RolloutCounts } from './counts.ts'
import { testNamed } from './run-tests.ts'
import { tallyOf } from './tally.ts'
import type { HoldReason, RollbackCode, TestEvidence } from './verdict.ts'

export interface Finding {
  readonly code: RollbackCode
  readonly reason: string
}

/**
 * What speaks for going back, the surest first: errors of the configuration that the baseline does not make on the same event, hard
 * caps, then the tests. Null: nothing does.
 */
export function findRollback(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  tests: readonly TestEvidence[],
): Finding | null {
  const [example] = counts.configErrors.examples
  if (counts.configErrors.candidateOnly > 0) {
    const first =
      example === undefined ? '' : `, first ${example.document}: ${example.code} on ${example.eventId}`
    const events = plural(counts.configErrors.candidateOnly, 'event')
    return { code: 'config_error', reason: `failed on ${events} on which the baseline did not${first}` }
  }
  const cap = counts.capsExceeded.find(({ baselineToo }) => !baselineToo)
  if (cap !== undefined) {
    return { code: 'cap', reason: `${cap.cap} reached ${cap.observed}, the cap is ${cap.limit}` }
  }
  for (const test of tests) {
    if (!test.crossed) continue
    const code = rollbackCode(test, policy, tests)
    if (code !== null) return { code, reason: reasonOf(test) }
  }
  return null
}

function rollbackCode(
  test: TestEvidence,
  policy: ResolvedPolicy,
  tests: readonly TestEvidence[],
): RollbackCode | null {
  const { test: name } = test
  if (name === 'errors' || name === 'latency' || name === 'latency_paired' || name === 'absolute_alone')
    return name
  if (name === 'absolute') return isTheCandidates(test, policy, tests) ? 'absolute' : null
  const signal = policy.signals[name.slice('signal:'.length)]
  return signal?.onDivergence === 'rollback' ? 'signal' : null
}

/**
 * Is a rate above the threshold the candidate's doing? Only if the baseline's is below it at the same time and the comparison
 * speaks against the candidate. A platform that is down makes both arms fail.
 */
function isTheCandidates(
  { baseline }: TestEvidence,
  policy: ResolvedPolicy,
  tests: readonly TestEvidence[],
): boolean {
  if (baseline.units === 0) return false
  if (baseline.adverse / baseline.units > policy.success.errorRateThreshold) return false
  return (testNamed(tests, 'errors')?.logE ?? 0) >= agreement
}

/** The comparison must speak against the candidate ten to one: a baseline of a few units proves no health by its silence. */
const agreement = Math.log(10)

/** What the tests found that is no reason to go back, but none to go on either. */
export function testConcerns(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  tests: readonly TestEvidence[],
): readonly HoldReason[] {
  const concerns: HoldReason[] = []
  const add = (code: HoldReason['code'], message: string): void => {
    concerns.push({ code, message, expectedAtMs: null })
  }
  const absolute = testNamed(tests, 'absolute')
  if (absolute?.crossed === true && rollbackCode(absolute, policy, tests) === null) {
    const rates = `candidate ${shareText(absolute.candidate)}, baseline ${shareText(absolute.baseline)}`
    add('both_arms_fail', `both arms fail alike (${rates}): what fails is not the candidate alone`)
  }
  for (const test of tests) {
    if (!test.crossed || !test.test.startsWith('signal:')) continue
    if (rollbackCode(test, policy, tests) === null) add('signal_diverges', reasonOf(test))
  }
  const platform = platformConcern(counts, policy, tests)
  if (platform !== null) add('platform_errors_without_control', platform)
  for (const cap of counts.capsExceeded) {
    if (!cap.baselineToo) continue
    add('cap_exceeded_by_both', `${cap.cap} reached ${cap.observed} (cap ${cap.limit}), the baseline's too`)
  }
  return concerns
}

/** At 100 % nothing shows whether a platform's errors would have hit the baseline too: they hold, they do not roll back. */
function platformConcern(
  counts: RolloutCounts,
  policy: ResolvedPolicy,
  tests: readonly TestEvidence[],
): string | null {
  const own = testNamed(tests, 'absolute_alone')
  const { units, failures } = tallyOf(counts, 'alone').candidate
  const logE = rateAboveLogE(failures, units, policy.success.errorRateThreshold)
  if (own === null || own.crossed || logE < Math.log(own.limit)) return null
  return `${shareText({ units, adverse: failures })} fail, and at 100 % there is no baseline to tell whose doing it is`
}

function reasonOf({ test, candidate, baseline, e, limit, expected }: TestEvidence): string {
  const evidence = `evidence ${numberText(e)}, limit ${numberText(limit)}`
  if (test.startsWith('signal:') && expected !== undefined) {
    const range = `${percentText(expected.from)} to ${percentText(expected.to)}`
    return `${test.slice('signal:'.length)} is ${shareText(candidate)}, expected ${range}; ${evidence}`
  }
  const seen = { latency: 'slow', latency_paired: 'slower than the baseline on the same event' }[
    test as string
  ]
  const beside = baseline.units === 0 ? '' : `, ${shareText(baseline)} of the baseline's`
  return `${shareText(candidate)} of the candidate's units ${seen === undefined ? 'failed' : `were ${seen}`}${beside}; ${evidence}`
}

function shareText({ units, adverse }: { readonly units: number; readonly adverse: number }): string {
  return `${adverse} of ${units}${units === 0 ? '' : ` (${percentText(adverse / units)})`}`
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}

function numberText(value: number): string {
  return value >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)))
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
