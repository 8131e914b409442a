import { expect } from 'chai'
import fc from 'fast-check'
import { addReport, noReports } from '../../../src/messaging/commands/call-reports.ts'
import {
  defaultBreakerPolicy as policy,
  gateAfter,
  newGate,
  rateAt,
  tokensAt,
} from '../../../src/messaging/commands/gate.ts'
import type { CallReport, Gate } from '../../../src/messaging/commands/gate.ts'

const report: fc.Arbitrary<CallReport> = fc.record({
  health: fc.constantFrom('up', 'down', 'credentials', 'none'),
  pauseMs: fc.option(fc.integer({ min: 0, max: 600_000 })),
  reason: fc.constant('NX-X'),
  remaining: fc.option(fc.integer({ min: 0, max: 20 })),
})

const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 120_000 }),
  reports: fc.array(report, { minLength: 1, maxLength: 15 }),
})

/** Runs a gate through time as the queue does: a gate that lets its probe through becomes half open. */
function replay(
  steps: readonly { afterMs: number; reports: readonly CallReport[] }[],
  seen: (before: Gate, after: Gate, nowMs: number) => void,
): void {
  let nowMs = 1_000_000
  let gate = newGate(10, 10, nowMs)
  for (const { afterMs, reports } of steps) {
    nowMs += afterMs
    const probing = gate.breaker !== 'closed' && gate.notBeforeMs <= nowMs
    if (probing) gate = { ...gate, breaker: 'half_open', notBeforeMs: nowMs + 30_000 }
    const sum = reports.reduce(
      (total, one, index) => addReport(total, one, probing && index === 0),
      noReports,
    )
    const after = gateAfter(gate, sum, policy, nowMs)
    seen(gate, after, nowMs)
    gate = after
  }
}

describe('the gate of an integration', () => {
  it('opens at half of at least ten calls, and not before', () => {
    const of = (ups: number, downs: number) =>
      gateAfter(newGate(10, 10, 0), { ...noReports, ups, downs, reason: 'NX-X' }, policy, 1).breaker
    expect([of(0, 9), of(5, 4), of(6, 5), of(5, 5), of(0, 10)]).to.deep.equal([
      'closed',
      'closed',
      'closed',
      'open',
      'open',
    ])
  })

  it('forgets failures that are older than two windows', () => {
    const failed = gateAfter(newGate(10, 10, 0), { ...noReports, downs: 9 }, policy, 1)
    const later = gateAfter(failed, { ...noReports, downs: 1 }, policy, 2 * policy.windowMs + 1)
    expect(later.breaker).to.equal('closed')
    const soon = gateAfter(failed, { ...noReports, downs: 1 }, policy, policy.windowMs + 1)
    expect(soon.breaker).to.equal('open')
  })

  it('stays shut for longer each time, and never for longer than its cap', () => {
    let gate = gateAfter(newGate(10, 10, 0), { ...noReports, downs: 10 }, policy, 0)
    const waits = [gate.notBeforeMs]
    for (let round = 0; round < 9; round += 1) {
      const nowMs = gate.notBeforeMs
      const probing: Gate = { ...gate, breaker: 'half_open' }
      gate = gateAfter(probing, { ...noReports, downs: 1, probe: 'down' }, policy, nowMs)
      waits.push(gate.notBeforeMs - nowMs)
    }
    expect(waits).to.deep.equal([
      5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000,
    ])
  })

  it('comes back at 1, 2, 4 … calls a second up to its rate', () => {
    const rates = [0, 1, 2, 3, 4].map((second) => rateAt({ rampFromMs: 0 }, 10, second * 1_000))
    expect(rates).to.deep.equal([1, 2, 4, 8, 10])
  })

  it('is open only with a time at which it is asked again, and shut since a moment that passed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        replay(steps, (_before, after, nowMs) => {
          if (after.breaker === 'open') {
            expect(after.notBeforeMs).to.be.within(nowMs, nowMs + policy.refusedMsMax + 600_000)
            expect(after.shutSinceMs).to.be.at.most(nowMs)
          }
          expect(after.tokens).to.be.at.least(0)
        })
      }),
    )
  })

  it('closes only by a probe that found the other side up', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        replay(steps, (before, after) => {
          if (before.breaker !== 'closed' && after.breaker === 'closed') {
            expect(before.breaker).to.equal('half_open')
            expect(after.rampFromMs).not.to.equal(null)
          }
        })
      }),
    )
  })

  it('keeps the moment since which it has been shut while probes fail', () => {
    let gate = gateAfter(newGate(10, 10, 0), { ...noReports, downs: 10 }, policy, 100)
    for (let round = 0; round < 5; round += 1) {
      const probing: Gate = { ...gate, breaker: 'half_open' }
      gate = gateAfter(probing, { ...noReports, downs: 1, probe: 'down' }, policy, gate.notBeforeMs)
    }
    expect(gate.shutSinceMs).to.equal(100)
  })

  it('never holds more tokens than its burst, and on the ramp none are saved up', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.integer({ min: 0, max: 1e9 }),
        fc.boolean(),
        (tokens, ageMs, ramping) => {
          const gate = { ...newGate(10, 10, 0), tokens, rampFromMs: ramping ? 0 : null }
          const held = tokensAt(gate, { perSecond: 10, burst: 10 }, ageMs)
          expect(held).to.be.at.most(ramping ? Math.max(1, rateAt(gate, 10, ageMs)) : 10)
        },
      ),
    )
  })
})
