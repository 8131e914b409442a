import { expect } from 'chai'
import { statusOf } from '../../../src/app/rollout/describe-rollout.ts'
import { judgedStatus } from '../../../src/app/rollout/judged-status.ts'
import type { Rollout } from '../../../src/control-plane/rollout/rollout.ts'
import {
  arm,
  countsOf,
  factsOf,
  hourMs,
  policyOf,
  stepOf,
} from '../../control-plane/rollout/judge/observed.ts'
import { reportedRollout } from '../../support/rollout/reported-rollout.ts'

const nextOf = (
  rollout: Rollout,
  options: { nowMs?: number; units?: number; daemons?: number; step?: number } = {},
): string => {
  const { nowMs = hourMs, units = 100, daemons = 1, step = 0 } = options
  const counts = countsOf(stepOf(step, 0.05, arm(units), arm(units * 19)))
  const judged =
    'at' in rollout.state
      ? judgedStatus(rollout.policy, { counts, facts: factsOf(nowMs, { step }), nowMs })
      : null
  return statusOf(rollout, judged, daemons).nextAction
}

describe('what is next for a rollout', () => {
  it('is its next step once everything is there', () => {
    expect(nextOf(reportedRollout())).to.equal('goes on to 10 % within seconds')
  })

  it('is the end of the step’s time while that runs', () => {
    expect(nextOf(reportedRollout(), { nowMs: 60_000 })).to.equal(
      'goes on to 10 % at 1970-01-01T00:30:00.000Z',
    )
  })

  it('is what is missing, when it is expected, and what a person can do', () => {
    const next = nextOf(reportedRollout(), { units: 9 })
    expect(next).to.match(/^goes on to 10 % once what is missing has come, expected at 1970-01-01T02:00:00/)
    expect(next).to.include('rollout promote')
  })

  it('is an approval where one is missing', () => {
    const policy = policyOf({ shadowFirst: false, approval: { beforePercentages: [10] } })
    expect(nextOf(reportedRollout({ policy }))).to.match(/^goes on to 10 % once it is approved: .* approve/)
    const state = { state: 'pending_approval', sinceMs: 0, approversNeeded: 2, approvedBy: ['a'] } as const
    expect(nextOf(reportedRollout({ state }))).to.match(/^begins once 1 more approve/)
  })

  it('is nothing while no daemon runs', () => {
    expect(nextOf(reportedRollout(), { daemons: 0 })).to.match(/^no daemon runs/)
  })

  it('is a person’s decision where going back by itself is off', () => {
    const policy = policyOf({ shadowFirst: false, autoRollback: false })
    const counts = countsOf(stepOf(0, 0.05, arm(50, 50), arm(950)))
    const judged = judgedStatus(policy, { counts, facts: factsOf(hourMs), nowMs: hourMs })
    expect(statusOf(reportedRollout({ policy }), judged, 1).nextAction).to.include(
      'autoRollback is off: decide',
    )
  })
})
