import { expect } from 'chai'
import { NxError } from '../../../../src/kernel/errors.ts'
import { noCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import { judge } from '../../../../src/control-plane/rollout/judge/judge.ts'
import type { RolloutPosition } from '../../../../src/control-plane/rollout/judge/facts.ts'
import type { Verdict } from '../../../../src/control-plane/rollout/judge/verdict.ts'
import { advance } from '../../../../src/control-plane/rollout/state/advance.ts'
import type {
  OperatorAction,
  RolloutState,
} from '../../../../src/control-plane/rollout/state/rollout-state.ts'
import { startRollout } from '../../../../src/control-plane/rollout/state/start-rollout.ts'
import { factsOf, policyOf } from '../judge/observed.ts'

const policy = policyOf({ ramp: { steps: [10, 50] }, shadowFirst: false })
const { evidence } = judge(noCounts, policy, 0, factsOf(0))
const promote = (to: number): Verdict => ({ verdict: 'promote', to, evidence, label: null })
const hold: Verdict = {
  verdict: 'hold',
  reasons: [{ code: 'units_missing', message: '3 of 59', expectedAtMs: null }],
  evidence,
}
const back: Verdict = { verdict: 'rollback', code: 'errors', reason: 'it fails', evidence }

const judged = (state: RolloutState, verdict: Verdict, nowMs = 1) =>
  advance(state, { from: 'judge', verdict }, policy, nowMs)
const act = (
  state: RolloutState,
  action: {
    action: OperatorAction['action']
    reason?: string
    quarantine?: boolean
    seen?: RolloutPosition
  },
) =>
  advance(
    state,
    {
      from: 'operator',
      action: { by: 'ana', reason: 'because', quarantine: true, step: null, ...action } as OperatorAction,
    },
    policy,
    5,
  )
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof NxError) return error.code
    throw error
  }
  return 'nothing thrown'
}
const first = startRollout(policy, 'low', 0)

describe('the states of a rollout', () => {
  it('begins with approval for high risk, then shadow, then the first step', () => {
    const full = policyOf({ approval: { approvers: 2 } })
    const asked = startRollout(full, 'high', 0)
    expect(asked).to.deep.equal({ state: 'pending_approval', sinceMs: 0, approversNeeded: 2, approvedBy: [] })
    const approve = (state: RolloutState, by: string) =>
      advance(
        state,
        { from: 'operator', action: { action: 'approve', by, reason: 'seen', step: null } },
        full,
        7,
      )
    const once = approve(asked, 'ana').state
    expect(codeOf(() => approve(once, 'ana'))).to.equal('NX-ROLLOUT-APPROVED-ALREADY')
    const twice = approve(once, 'bo')
    expect(twice.state).to.deep.equal({ state: 'shadow', at: { phase: 'shadow', enteredAtMs: 7 } })
    expect(twice.transition?.gate).to.deep.equal({ gate: 'approval', approvedBy: ['ana', 'bo'] })
    expect(startRollout(full, 'medium', 0).state).to.equal('shadow')
    expect(first.state).to.equal('step')
  })

  it('goes through steps, bake and watch to its end, with the gate of each', () => {
    let state = first
    const seen: string[] = []
    for (const to of [1, 2, 3]) {
      const next = judged(state, promote(to), to)
      state = next.state
      seen.push(
        `${state.state} ${next.transition?.percentBefore} -> ${next.transition?.percentAfter} ${next.transition?.gate?.gate}`,
      )
    }
    expect(seen).to.deep.equal([
      'step 10 -> 50 evidence',
      'bake 50 -> 95 evidence',
      'watching 95 -> 100 evidence',
    ])
    expect(judged(state, { verdict: 'complete', evidence }, 9).state).to.deep.equal({
      state: 'completed',
      atMs: 9,
    })
  })

  it('keeps the time of its step through a hold, and writes one row for it', () => {
    const held = judged(first, hold, 10)
    expect(held.state).to.include({ state: 'held', sinceMs: 10 })
    expect(judged(held.state, hold, 20)).to.deep.equal({ state: held.state, transition: null })
    expect(judged(held.state, { verdict: 'wait', untilMs: 50, evidence }, 30).state).to.deep.equal(first)
  })

  it('stays paused whatever the judge wants, but for going back', () => {
    const paused = act(first, { action: 'pause' }).state
    expect(judged(paused, promote(1)).transition).to.equal(null)
    expect(judged(paused, back).state.state).to.equal('rolled_back')
    expect(act(paused, { action: 'resume' }).state).to.deep.equal(first)
  })

  it('quarantines on a rollback and on an abort that says so, never else', () => {
    expect(judged(first, back).transition?.quarantine).to.equal(true)
    expect(act(first, { action: 'abort', quarantine: true }).transition?.quarantine).to.equal(true)
    expect(act(first, { action: 'abort', quarantine: false }).transition?.quarantine).to.equal(false)
    const superseded = advance(
      first,
      { from: 'system', event: { event: 'superseded', byDigest: 'd' } },
      policy,
      3,
    )
    expect(superseded.state).to.deep.equal({ state: 'superseded', atMs: 3, byDigest: 'd' })
    expect(superseded.transition?.quarantine).to.equal(false)
  })

  it('promotes out of the place that was looked at and no other, so that two who promote at once mean one step', () => {
    const seen = { phase: 'step', step: 0, enteredAtMs: 0 } as const
    const promoted = act(first, { action: 'promote', seen })
    expect(promoted.transition?.percentAfter).to.equal(50)
    expect(codeOf(() => act(promoted.state, { action: 'promote', seen }))).to.equal('NX-ROLLOUT-MOVED')
    const shadow = { phase: 'shadow', enteredAtMs: 0 } as const
    expect(codeOf(() => act(first, { action: 'promote', seen: shadow }))).to.equal('NX-ROLLOUT-MOVED')
    const held = judged(first, hold, 10).state
    expect(act(held, { action: 'promote', seen }).transition?.percentAfter).to.equal(50)
  })

  it('tries again only what failed to start', () => {
    const shadowed = policyOf({})
    const start = startRollout(shadowed, 'low', 0)
    const failed = advance(
      start,
      { from: 'system', event: { event: 'failed_to_start', reason: 'no' } },
      shadowed,
      1,
    )
    expect(failed.state.state).to.equal('failed_to_start')
    expect(act(failed.state, { action: 'retry' }).transition?.gate?.gate).to.equal('operator')
    expect(codeOf(() => act(first, { action: 'retry' }))).to.equal('NX-ROLLOUT-ACTION')
  })

  it('does not fail to start once somebody is exposed', () => {
    const late = advance(
      first,
      { from: 'system', event: { event: 'failed_to_start', reason: 'no' } },
      policy,
      1,
    )
    expect(late).to.deep.equal({ state: first, transition: null })
  })

  const paused = act(first, { action: 'pause' }).state
  const over = judged(first, back).state
  const illegal: readonly [string, string, () => unknown][] = [
    ['any action on what is over', 'NX-ROLLOUT-FINAL', () => act(over, { action: 'promote' })],
    ['a retry after a rollback', 'NX-ROLLOUT-FINAL', () => act(over, { action: 'retry' })],
    ['a pause of what is paused', 'NX-ROLLOUT-ACTION', () => act(paused, { action: 'pause' })],
    ['a resume of what runs', 'NX-ROLLOUT-ACTION', () => act(first, { action: 'resume' })],
    ['a promotion while paused', 'NX-ROLLOUT-ACTION', () => act(paused, { action: 'promote' })],
    ['an approval that nobody asked for', 'NX-ROLLOUT-ACTION', () => act(first, { action: 'approve' })],
    ['an action without a reason', 'NX-ROLLOUT-REASON', () => act(first, { action: 'pause', reason: ' ' })],
    [
      'a reason without end',
      'NX-ROLLOUT-REASON',
      () => act(first, { action: 'pause', reason: 'x'.repeat(1001) }),
    ],
    ['a verdict that skips a step', 'NX-ROLLOUT-VERDICT', () => judged(first, promote(2))],
    [
      'a verdict of a step that has passed',
      'NX-ROLLOUT-VERDICT',
      () => judged(judged(first, promote(1)).state, promote(1)),
    ],
    ['an end before 100 %', 'NX-ROLLOUT-VERDICT', () => judged(first, { verdict: 'complete', evidence })],
  ]
  for (const [what, code, run] of illegal) {
    it(`refuses ${what}: ${code}`, () => {
      expect(codeOf(run)).to.equal(code)
    })
  }
})
