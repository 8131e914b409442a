import { expect } from 'chai'
import fc from 'fast-check'
import type { AlertStatus } from '../../../src/platform/alerts/alert.ts'
import type { AlertNotice } from '../../../src/platform/alerts/alert-notices.ts'
import { dueOccurrence } from '../../../src/platform/alerts/due-occurrence.ts'
import type { RouteTerms } from '../../../src/platform/alerts/due-occurrence.ts'
import { factsAt, openAlert } from '../../support/alerts/installation-facts.ts'

const route: RouteTerms = {
  name: 'page',
  severities: null,
  codes: null,
  repeatEveryMs: 3_600_000,
  resolved: true,
}
const at = (minutes: number): Date => new Date(Date.parse(factsAt) + minutes * 60_000)
const told = (occurrence: string, sent = true, minutes = 0): AlertNotice => ({
  route: 'page',
  occurrence,
  sent,
  at: at(minutes).toISOString(),
})

describe('what a route is told of an alert', () => {
  it('is told once that it is there', () => {
    expect(dueOccurrence(route, openAlert(), [], at(0))).to.equal('raised')
    expect(dueOccurrence(route, openAlert(), [told('raised')], at(5))).to.equal(null)
  })

  it('is told again after its time, once, and of several missed times once', () => {
    expect(dueOccurrence(route, openAlert(), [told('raised')], at(61))).to.equal('repeat-1')
    expect(dueOccurrence(route, openAlert(), [told('raised'), told('repeat-1')], at(70))).to.equal(null)
    expect(dueOccurrence(route, openAlert(), [told('raised')], at(300))).to.equal('repeat-5')
  })

  it('counts the time from when it was told, not from when the trouble began', () => {
    expect(dueOccurrence(route, openAlert(), [told('raised', true, 100)], at(110))).to.equal(null)
  })

  it('is not told again of what somebody has acknowledged', () => {
    expect(dueOccurrence(route, openAlert({ status: 'acknowledged' }), [told('raised')], at(200))).to.equal(
      null,
    )
  })

  it('is told that it is over only when it was told that it is there, and asked for it', () => {
    const over = openAlert({ status: 'resolved' })
    expect(dueOccurrence(route, over, [told('raised')], at(1))).to.equal('resolved')
    expect(dueOccurrence(route, over, [], at(1))).to.equal(null)
    expect(dueOccurrence(route, over, [told('raised', false)], at(1))).to.equal(null)
    expect(dueOccurrence(route, over, [told('raised'), told('resolved')], at(1))).to.equal(null)
    expect(dueOccurrence({ ...route, resolved: false }, over, [told('raised')], at(1))).to.equal(null)
  })

  it('is told of its severities and codes only', () => {
    expect(dueOccurrence({ ...route, severities: ['critical'] }, openAlert(), [], at(0))).to.equal(null)
    expect(dueOccurrence({ ...route, codes: ['NX-ALERT-DISK'] }, openAlert(), [], at(0))).to.equal(null)
    expect(
      dueOccurrence(
        { ...route, severities: ['warning'], codes: ['NX-ALERT-BREAKER-OPEN'] },
        openAlert(),
        [],
        at(0),
      ),
    ).to.equal('raised')
  })

  it('is never told the same twice, whatever happens in whatever order', () => {
    const steps = fc.array(
      fc.record({
        minutes: fc.nat({ max: 400 }),
        status: fc.constantFrom<AlertStatus>('open', 'acknowledged', 'resolved'),
        sent: fc.boolean(),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, (moves) => {
        const notices: AlertNotice[] = []
        let now = 0
        for (const { minutes, status, sent } of moves) {
          now += minutes
          const occurrence = dueOccurrence(route, openAlert({ status }), notices, at(now))
          if (occurrence === null) continue
          expect(notices.map((notice) => notice.occurrence)).to.not.include(occurrence)
          notices.push(told(occurrence, sent, now))
        }
        expect(notices.filter(({ occurrence }) => occurrence === 'raised').length).to.be.at.most(1)
      }),
    )
  })
})
