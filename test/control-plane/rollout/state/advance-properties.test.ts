import { expect } from 'chai'
import * as fc from 'fast-check'
import { NxError } from '../../../../src/kernel/errors.ts'
import { noCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import { judge } from '../../../../src/control-plane/rollout/judge/judge.ts'
import type { Verdict } from '../../../../src/control-plane/rollout/judge/verdict.ts'
import { advance } from '../../../../src/control-plane/rollout/state/advance.ts'
import type {
  Advanced,
  OperatorAction,
  RolloutInput,
  RolloutState,
} from '../../../../src/control-plane/rollout/state/rollout-state.ts'
import { finalStates } from '../../../../src/control-plane/rollout/state/rollout-state.ts'
import { percentIn, startRollout } from '../../../../src/control-plane/rollout/state/start-rollout.ts'
import { factsOf, policyOf } from '../judge/observed.ts'

const { evidence } = judge(noCounts, policyOf(), 0, factsOf(0))

const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({
    verdict: fc.constant('promote' as const),
    to: fc.nat(4),
    evidence: fc.constant(evidence),
    label: fc.constantFrom(null, 'advanced without evidence' as const),
  }),
  fc.record({
    verdict: fc.constant('hold' as const),
    reasons: fc
      .constantFrom(...(['units_missing', 'daemons_behind'] as const))
      .map((code) => [{ code, message: code, expectedAtMs: null }]),
    evidence: fc.constant(evidence),
  }),
  fc.constantFrom<Verdict>(
    { verdict: 'wait', untilMs: 1, evidence },
    { verdict: 'complete', evidence },
    { verdict: 'rollback', code: 'errors', reason: 'it fails', evidence },
  ),
)
const actions: fc.Arbitrary<OperatorAction> = fc
  .record({
    action: fc.constantFrom('approve', 'pause', 'resume', 'promote', 'abort', 'retry'),
    by: fc.constantFrom('ana', 'bo', 'cy'),
    reason: fc.constantFrom('because', 'because', 'because', ''),
    step: fc.constantFrom(null, null, 1),
    quarantine: fc.boolean(),
  })
  .map((action) => action as OperatorAction)
const inputs: fc.Arbitrary<RolloutInput> = fc.oneof(
  { weight: 6, arbitrary: verdicts.map((verdict) => ({ from: 'judge' as const, verdict })) },
  { weight: 4, arbitrary: actions.map((action) => ({ from: 'operator' as const, action })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<RolloutInput>(
      { from: 'system', event: { event: 'superseded', byDigest: 'd' } },
      { from: 'system', event: { event: 'failed_to_start', reason: 'no database' } },
    ),
  },
)
const policies = fc
  .record({ shadowFirst: fc.boolean(), approvers: fc.integer({ min: 1, max: 3 }) })
  .map(({ approvers, ...rest }) => policyOf({ ...rest, ramp: { steps: [10, 50] }, approval: { approvers } }))

const isFinal = ({ state }: RolloutState): boolean => (finalStates as readonly string[]).includes(state)
const stepOf = (state: RolloutState): number =>
  'at' in state && state.at.phase === 'step' ? state.at.step : -1

describe('a rollout, whatever is done to it', () => {
  const walk = (
    check: (before: RolloutState, input: RolloutInput, after: Advanced, percents: [number, number]) => void,
  ): void => {
    fc.assert(
      fc.property(
        policies,
        fc.constantFrom('low' as const, 'high' as const),
        fc.array(inputs, { maxLength: 40 }),
        (policy, risk, given) => {
          let state = startRollout(policy, risk, 0)
          given.forEach((input, index) => {
            let after: Advanced
            try {
              after = advance(state, input, policy, index + 1)
            } catch (error) {
              // Refused: nothing changed.
              expect(error).to.be.instanceOf(NxError)
              return
            }
            check(state, input, after, [percentIn(policy, state), percentIn(policy, after.state)])
            state = after.state
          })
        },
      ),
      { numRuns: 400 },
    )
  }

  it('never gives the candidate more without a recorded gate, and never more than the next step', () => {
    walk((before, input, { state, transition }, [from, to]) => {
      if (to > from) expect(transition?.gate).not.to.equal(null)
      if (stepOf(state) > stepOf(before)) {
        expect(stepOf(state)).to.equal(stepOf(before) + 1)
        expect(transition?.gate).not.to.equal(null)
      }
      if (before.state === 'paused' && input.from === 'judge') expect(to).to.be.at.most(from)
    })
  })

  it('never leaves a final state', () => {
    walk((before, _, { state, transition }) => {
      if (isFinal(before)) expect([state, transition]).to.deep.equal([before, null])
    })
  })

  it('writes one row for each change of state, and none without', () => {
    walk((before, input, { state, transition }, [from, to]) => {
      if (transition === null) {
        expect(state).to.equal(before)
        return
      }
      expect(transition).to.include({
        from: before.state,
        to: state.state,
        percentBefore: from,
        percentAfter: to,
      })
      expect(transition.cause).to.equal(input.from)
      expect(transition.reason).not.to.equal('')
    })
  })

  it('quarantines exactly on a rollback and on an abort that asks for it', () => {
    walk((_, input, { state, transition }) => {
      if (transition === null) return
      const asked = input.from === 'operator' && input.action.action === 'abort' && input.action.quarantine
      expect(transition.quarantine).to.equal(
        state.state === 'rolled_back' || (state.state === 'aborted' && asked),
      )
    })
  })

  it('takes everything from the candidate when it goes back', () => {
    walk((_, __, { state }, [, to]) => {
      if (isFinal(state) && state.state !== 'completed') expect(to).to.equal(0)
    })
  })
})
