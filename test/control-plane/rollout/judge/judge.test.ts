import { expect } from 'chai'
import { noCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import type { RolloutCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import { judge } from '../../../../src/control-plane/rollout/judge/judge.ts'
import { spentAlpha } from '../../../../src/control-plane/rollout/judge/spent-alpha.ts'
import type { HoldCode } from '../../../../src/control-plane/rollout/judge/verdict.ts'
import type { ResolvedPolicy } from '../../../../src/control-plane/rollout/policy/resolved-policy.ts'
import { arm, countsOf, factsOf, hourMs, minuteMs, policyOf, stepOf } from './observed.ts'
import type { FactsInput } from './observed.ts'

const policy = policyOf()
/** Both arms well, as many units as the first step wants. */
const enough = countsOf(stepOf(0, 0.05, arm(60), arm(1140)))

function verdictOf(
  counts: RolloutCounts,
  { nowMs = 31 * minuteMs, by = policy, ...facts }: FactsInput & { nowMs?: number; by?: ResolvedPolicy } = {},
): string {
  const verdict = judge(counts, by, nowMs, factsOf(nowMs, facts))
  switch (verdict.verdict) {
    case 'rollback':
      return `rollback ${verdict.code}`
    case 'promote':
      return `promote ${verdict.to}${verdict.label === null ? '' : ` ${verdict.label}`}`
    case 'hold':
      return `hold ${verdict.reasons.map(({ code }) => code).join(' ')}`
    case 'wait':
      return `wait ${verdict.untilMs / minuteMs}m`
    case 'complete':
      return 'complete'
  }
}

describe('the judge: going on', () => {
  it('goes to the next step when time and units are there', () => {
    expect(verdictOf(enough)).to.equal('promote 1')
  })

  it('waits while the time of the step is not over, however much was seen', () => {
    expect(verdictOf(enough, { nowMs: 29 * minuteMs })).to.equal('wait 30m')
  })

  it('holds without its units, and says how many are missing and when they come', () => {
    const few = countsOf(stepOf(0, 0.05, arm(9), arm(171)))
    const verdict = judge(few, policy, hourMs, factsOf(hourMs))
    expect(verdict.verdict).to.equal('hold')
    expect(verdict.evidence.units).to.deep.equal({ have: 9, need: 59, missing: 50 })
    // 50 of 1,000 an hour at 5 %: one hour.
    expect(verdict.evidence.expectedAtMs).to.equal(2 * hourMs)
    expect(verdict.evidence.concerns.map(({ message }) => message)).to.deep.equal([
      '9 of 59 units of the candidate in this step, 50 missing',
    ])
  })

  it('goes by one step after a week of silence', () => {
    expect(verdictOf(enough, { nowMs: 168 * hourMs })).to.equal('promote 1')
  })

  it('goes from shadow to the first step after 299 units', () => {
    const shadow = (units: number): RolloutCounts => ({ ...noCounts, shadow: { ...noCounts.shadow, units } })
    expect(verdictOf(shadow(298), { step: 'shadow' })).to.equal('hold units_missing')
    expect(verdictOf(shadow(299), { step: 'shadow' })).to.equal('promote 0')
  })

  it('wants 299 clean units before 100 %, and counts a failure for what it costs', () => {
    const fast = policyOf({ ramp: { steps: [50] }, gate: { minUnits: 59, beforeFull: 299 } })
    const bake = (units: number, failures: number) =>
      countsOf(
        stepOf(0, 0.5, arm(100), arm(100)),
        stepOf(1, 0.95, arm(units, failures), arm(Math.round(units / 19))),
      )
    expect(verdictOf(bake(198, 0), { by: fast, step: 1 })).to.equal('hold clean_units_missing')
    expect(verdictOf(bake(199, 0), { by: fast, step: 1 })).to.equal('promote 2')
    expect(verdictOf(bake(250, 1), { by: fast, step: 1 })).to.equal('hold clean_units_missing')
    expect(verdictOf(bake(400, 1), { by: fast, step: 1 })).to.equal('promote 2')
  })

  it('does not count a platform failure against the clean units', () => {
    const fast = policyOf({ ramp: { steps: [50] } })
    const both = { integrationFailures: 3 }
    const counts = countsOf(
      stepOf(0, 0.5, arm(300, 3, both), arm(300, 3, both)),
      stepOf(1, 0.95, arm(95), arm(5)),
    )
    expect(verdictOf(counts, { by: fast, step: 1 })).to.equal('promote 2')
  })

  it('completes after the watch', () => {
    const last = policy.steps.length - 1
    const counts = countsOf(stepOf(last, 1, arm(500, 1), arm(0)))
    expect(verdictOf(counts, { step: last, nowMs: 23 * hourMs })).to.equal('wait 1440m')
    expect(verdictOf(counts, { step: last, nowMs: 24 * hourMs })).to.equal('complete')
  })

  it('labels what went on by time', () => {
    const byTime = policyOf({ gate: { promotion: 'time' } })
    expect(verdictOf(noCounts, { by: byTime })).to.equal('promote 1 advanced without evidence')
    expect(verdictOf(enough, { by: byTime })).to.equal('promote 1')
  })

  it('holds outside the change window until it opens', () => {
    const windowed = policyOf({ windows: [{ tz: 'UTC', from: '09:00', to: '17:00' }] })
    const nowMs = Date.UTC(2026, 0, 5, 8, 30)
    const verdict = judge(enough, windowed, nowMs, factsOf(nowMs))
    expect(verdict.verdict === 'hold' ? verdict.reasons : []).to.deep.equal([
      {
        code: 'outside_window',
        message: 'outside the change window; it opens in 30m',
        expectedAtMs: Date.UTC(2026, 0, 5, 9),
      },
    ])
    const laterMs = nowMs + hourMs
    expect(judge(enough, windowed, laterMs, factsOf(laterMs)).verdict).to.equal('promote')
  })

  it('holds until as many different people approved as the step wants', () => {
    const approved = policyOf({
      ramp: { steps: [5, 50] },
      approval: { beforePercentages: [50], approvers: 2 },
    })
    const by = (...people: string[]) => verdictOf(enough, { by: approved, approvals: { 1: people } })
    expect([by(), by('ana'), by('ana', 'ana'), by('ana', 'bo')]).to.deep.equal([
      'hold approval_missing',
      'hold approval_missing',
      'hold approval_missing',
      'promote 1',
    ])
  })
})

describe('the judge: no data', () => {
  const few = countsOf(stepOf(0, 0.05, arm(9), arm(171)))
  const after = (
    onInsufficientData: 'hold' | 'extend' | 'approve' | 'rollback',
    more: FactsInput = {},
    counts = few,
  ) => verdictOf(counts, { ...more, by: policyOf({ gate: { onInsufficientData } }), nowMs: 25 * hourMs })

  it('holds, extends, asks or goes back after the longest step, as the policy says', () => {
    expect(after('hold')).to.equal('hold units_missing max_step_duration')
    expect(after('extend')).to.equal('hold units_missing')
    expect(after('approve')).to.equal('hold units_missing approval_missing')
    expect(after('approve', { approvals: { 1: ['ana'] } })).to.equal('promote 1 advanced on approval')
    expect(after('rollback')).to.equal('rollback insufficient_data')
  })

  it('neither goes on nor back on nothing', () => {
    for (const choice of ['hold', 'extend', 'approve', 'rollback'] as const) {
      expect(after(choice, { approvals: { 1: ['ana'] } }, noCounts)).to.match(
        /^hold nothing_observed units_missing/,
      )
    }
  })
})

describe('the judge: going back', () => {
  const last = policy.steps.length - 1
  const cases: readonly [string, RolloutCounts, string, (FactsInput & { by?: ResolvedPolicy })?][] = [
    ['a candidate that alone fails', countsOf(stepOf(0, 0.05, arm(3, 3), arm(57))), 'rollback errors'],
    [
      'one config error that the baseline does not make',
      { ...noCounts, configErrors: { candidateOnly: 1, both: 4, examples: [] } },
      'rollback config_error',
    ],
    [
      'a cap that only the candidate goes over',
      { ...noCounts, capsExceeded: [{ cap: 'actionsPerUnit', limit: 3, observed: 4, baselineToo: false }] },
      'rollback cap',
    ],
    [
      'a candidate that is slow four times as often',
      countsOf(stepOf(0, 0.05, arm(100, 0, { slow: 40 }), arm(1900, 0, { slow: 190 }))),
      'rollback latency',
    ],
    [
      'a candidate that is slower on the same event',
      { ...noCounts, shadow: { units: 200, slower: 140, faster: 60, signals: {} } },
      'rollback latency_paired',
      { step: 'shadow' },
    ],
    [
      'failures of its own making at 100 %',
      countsOf(stepOf(last, 1, arm(300, 30), arm(0))),
      'rollback absolute_alone',
      { step: last },
    ],
    [
      'a signal that may roll back',
      countsOf(stepOf(0, 0.05, arm(300, 0, { signals: { hot: 90 } }), arm(5700))),
      'rollback signal',
      { by: policyOf({ signals: { hot: { expect: 0.1, onDivergence: 'rollback' } } }) },
    ],
  ]
  for (const [what, counts, wanted, more = {}] of cases) {
    it(`goes back for ${what}, within the first minute of a step`, () => {
      expect(verdictOf(counts, { ...more, nowMs: minuteMs })).to.equal(wanted)
    })
  }

  it('only says so when autoRollback is off', () => {
    const counts = countsOf(stepOf(0, 0.05, arm(3, 3), arm(57)))
    expect(verdictOf(counts, { by: policyOf({ autoRollback: false }) })).to.match(/^hold rollback_advised/)
  })

  it('names the numbers that it rests on', () => {
    const verdict = judge(
      countsOf(stepOf(0, 0.05, arm(4, 4), arm(76, 1))),
      policy,
      minuteMs,
      factsOf(minuteMs),
    )
    const [errors] = verdict.evidence.tests
    expect(errors).to.include({ test: 'errors', crossed: true, alpha: 0.006 })
    expect(errors?.limit).to.be.closeTo(166.7, 0.1)
    expect(errors?.e).to.be.closeTo(Math.exp(errors?.logE ?? 0), 1e-6)
    expect(errors?.candidate).to.deep.equal({ units: 4, adverse: 4 })
    expect(verdict.verdict === 'rollback' ? verdict.reason : '').to.match(
      /^4 of 4 \(100 %\) of the candidate's units failed, 1 of 76 \(1\.32 %\) of the baseline's; evidence [\d.]+, limit 167$/,
    )
  })
})

describe('the judge: holding', () => {
  const holds: readonly [HoldCode, RolloutCounts, (FactsInput & { by?: ResolvedPolicy })?][] = [
    ['both_arms_fail', countsOf(stepOf(0, 0.05, arm(100, 30), arm(1900, 570)))],
    [
      'platform_errors_without_control',
      countsOf(stepOf(policy.steps.length - 1, 1, arm(300, 30, { integrationFailures: 30 }), arm(0))),
    ],
    [
      'cap_exceeded_by_both',
      { ...enough, capsExceeded: [{ cap: 'actionsPerHour', limit: 10, observed: 12, baselineToo: true }] },
    ],
    [
      'signal_diverges',
      countsOf(stepOf(0, 0.05, arm(300, 0, { signals: { hot: 90 } }), arm(5700))),
      { by: policyOf({ signals: { hot: { expect: 'backtest' } } }), predictions: { hot: 0.1 } },
    ],
    ['prediction_missing', enough, { by: policyOf({ signals: { hot: { expect: 'backtest' } } }) }],
    ['sample_ratio', countsOf(stepOf(0, 0.05, arm(200), arm(1000)))],
    ['units_in_both_arms', enough, { health: { unitsInBothArms: 1 } }],
    ['unassignable', enough, { health: { unassignableEvents: 3, events: 200 } }],
    ['daemons_behind', enough, { health: { daemonsBehind: ['daemon-2'] } }],
    ['clock_skew', enough, { health: { clockSkewMs: 5001 } }],
    ['clock_went_back', enough, { enteredAtMs: 2 * hourMs }],
    ['stale_counts', enough, { health: { countsAtMs: null } }],
    ['backlog_grows', enough, { health: { backlogGrows: true } }],
  ]
  for (const [code, counts, more = {}] of holds) {
    it(`holds for ${code}`, () => {
      expect(verdictOf(counts, more)).to.equal(`hold ${code}`)
    })
  }

  it('does not let a daemon that lags hold a step that is not over', () => {
    expect(verdictOf(enough, { nowMs: minuteMs, health: { daemonsBehind: ['daemon-2'] } })).to.equal(
      'wait 30m',
    )
  })
})

describe('the alpha budget', () => {
  it('is 0.4, 0.2, 0.2 and 0.2 of 1 %, and never spent twice', () => {
    expect(policy.alpha).to.deep.equal({
      total: 0.01,
      errors: 0.004,
      absolute: 0.002,
      latency: 0.002,
      decisions: 0.002,
    })
    for (const one of [policy, policyOf({ signals: { hot: { expect: 0.1, onDivergence: 'rollback' } } })]) {
      const spent = spentAlpha(one)
      const signals = Object.values(one.signals).length * spent.signal
      const sum =
        spent.errors + spent.absolute + spent.absoluteAlone + spent.latency + spent.latencyPaired + signals
      expect(sum).to.be.at.most(0.01 + 1e-12)
    }
  })
})
