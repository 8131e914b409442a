import { expect } from 'chai'
import fc from 'fast-check'
import type { AttemptOutcome } from '../../../src/messaging/commands/command.ts'
import { defaultRetryPolicy, retryDelayMs } from '../../../src/messaging/commands/retry-policy.ts'
import { settlementOf } from '../../../src/messaging/dispatch/settlement-of.ts'
import { someLease } from '../../support/commands.ts'

const error = { code: 'NX-VENDOR-503', message: 'busy', status: 503, answer: null }
const now = new Date('2026-03-05T12:00:00Z')

function settle(outcome: AttemptOutcome, attempt: number, firstAttemptAt: string | null = null) {
  return settlementOf(defaultRetryPolicy, {
    leased: someLease({ attempt, firstAttemptAt }),
    outcome,
    durationMs: 5,
    now,
    random: 0.5,
  })
}

describe('the settlement of an attempt', () => {
  it('moves a command to the dead letters after its last attempt, not before', () => {
    const outcome: AttemptOutcome = { state: 'retryable', error, retryAfterMs: null }
    const states = [1, 2, 3, 4, 5].map((attempt) => settle(outcome, attempt).state)
    expect(states).to.deep.equal(['retry', 'retry', 'retry', 'retry', 'dead'])
    expect(settle(outcome, 5)).to.include({ deadClass: 'exhausted' })
  })

  it('waits 1, 2, 4, 8 seconds, give or take a tenth', () => {
    const delays = [1, 2, 3, 4].map((attempt) => retryDelayMs(defaultRetryPolicy, attempt, null, 0.5))
    expect(delays).to.deep.equal([1_000, 2_000, 4_000, 8_000])
    expect(retryDelayMs(defaultRetryPolicy, 1, null, 0)).to.equal(900)
  })

  it('lets a longer Retry-After win', () => {
    expect(retryDelayMs(defaultRetryPolicy, 1, 30_000, 0.5)).to.equal(30_000)
    expect(retryDelayMs(defaultRetryPolicy, 4, 1_000, 0.5)).to.equal(8_000)
  })

  it('spends no attempt while the vendor is not taking calls, up to a day', () => {
    const parked: AttemptOutcome = { state: 'parked', error, retryAfterMs: null, wholeIntegration: true }
    expect(settle(parked, 5, '2026-03-05T00:00:00Z')).to.include({ state: 'retry', spendsAttempt: false })
    expect(settle(parked, 1, '2026-03-04T11:59:00Z')).to.include({ state: 'dead', deadClass: 'exhausted' })
  })

  it('asks less and less often while one command is not taken, at least every five minutes', () => {
    const parked: AttemptOutcome = { state: 'parked', error, retryAfterMs: null, wholeIntegration: false }
    const after = (seconds: number) =>
      settle(parked, 1, new Date(now.getTime() - seconds * 1_000).toISOString())
    expect(
      [0, 1, 10, 60, 3_600].map((seconds) => (after(seconds) as { delayMs: number }).delayMs),
    ).to.deep.equal([1_000, 1_000, 5_000, 30_000, 300_000])
  })

  it('has a command ready when the gate of its integration opens, however long it was shut', () => {
    const parked: AttemptOutcome = { state: 'parked', error, retryAfterMs: null, wholeIntegration: true }
    expect(settle(parked, 1, '2026-03-05T00:00:00Z')).to.include({ delayMs: 1_000 })
    expect(settle({ ...parked, retryAfterMs: 7_000 }, 1)).to.include({ delayMs: 7_000 })
  })

  it('never repeats an outcome that nobody knows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (attempt) => {
        expect(settle({ state: 'unknown_outcome', error }, attempt).state).to.equal('in_doubt')
      }),
    )
  })

  it('keeps every delay within the cap and the jitter, whatever the attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const delay = retryDelayMs(defaultRetryPolicy, attempt, null, random)
          const ideal = Math.min(300_000, 1_000 * 2 ** (attempt - 1))
          expect(delay).to.be.within(Math.floor(ideal * 0.9), Math.ceil(ideal * 1.1))
        },
      ),
    )
  })
})
