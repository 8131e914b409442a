import { expect } from 'chai'
import { calendarKind } from '../../../src/sales-core/kinds/people/calendar-kind.ts'
import { compileCalendar } from '../../../src/sales-core/time/compile-calendar.ts'
import { dueAt } from '../../../src/sales-core/time/due-at.ts'
import type { DueContext } from '../../../src/sales-core/time/due-at.ts'
import { parseWaitLength, wallWait } from '../../../src/sales-core/time/wait-spec.ts'
import type { WaitSpec } from '../../../src/sales-core/time/wait-spec.ts'

const office = compileCalendar(
  calendarKind.schema.parse({
    apiVersion: 'neuronx/v1',
    kind: 'Calendar',
    name: 'office',
    tz: 'Europe/Berlin',
    week: { 'mon-fri': '09:00-18:00' },
  }),
)
const base = { clock: 'wall', calendar: null, zone: 'contact', unknownZone: 'tenant', spreadMs: 0 } as const

function length(text: string, change: Partial<WaitSpec> = {}): WaitSpec {
  return { ...base, kind: 'for', ...parseWaitLength(text), ...change } as WaitSpec
}

function tenOClock(days: number, change: Partial<WaitSpec> = {}): WaitSpec {
  return { ...base, kind: 'at', days, minute: 600, ...change } as WaitSpec
}

function due(wait: WaitSpec, now: string, change: Partial<DueContext> = {}): string {
  const result = dueAt(wait, {
    now: new Date(now),
    contactZone: 'America/New_York',
    homeZone: 'Europe/Berlin',
    calendar: (name) => (name === null || name === 'office' ? office : null),
    seed: 'instance-1#cool-off',
    ...change,
  })
  return result.state === 'due' ? result.at.toISOString() : result.code
}

describe('when a wait is over', () => {
  it('a day on the wall is 24 hours, whatever clocks do', () => {
    expect(due(length('1d'), '2026-10-31T16:00:00Z')).to.equal('2026-11-01T16:00:00.000Z')
  })

  it('a day of the contact is the same time of the next day, also when clocks change between', () => {
    const wait = length('1d2h', { clock: 'contact' })
    expect(due(wait, '2026-10-31T16:00:00Z')).to.equal('2026-11-01T19:00:00.000Z')
    expect(due(wait, '2026-06-01T16:00:00Z')).to.equal('2026-06-02T18:00:00.000Z')
  })

  it('business hours and working days are different lengths', () => {
    const friday = '2026-06-05T15:00:00+02:00'
    expect(due(length('4h', { clock: 'business' }), friday)).to.equal('2026-06-08T08:00:00.000Z')
    expect(due(length('1d', { clock: 'business' }), friday)).to.equal('2026-06-08T13:00:00.000Z')
    expect(due(length('24h', { clock: 'business' }), friday)).to.equal('2026-06-10T10:00:00.000Z')
    expect(due(length('1d4h', { clock: 'business' }), friday)).to.equal('2026-06-09T08:00:00.000Z')
  })

  it('two days later at ten is ten where the contact lives', () => {
    expect(due(tenOClock(2), '2026-03-06T20:00:00Z')).to.equal('2026-03-08T14:00:00.000Z')
    expect(due(tenOClock(2, { zone: 'Asia/Dubai' }), '2026-03-06T20:00:00Z')).to.equal(
      '2026-03-09T06:00:00.000Z',
    )
  })

  it('at ten without days is the next ten', () => {
    expect(due(tenOClock(0), '2026-06-01T13:59:59Z')).to.equal('2026-06-01T14:00:00.000Z')
    expect(due(tenOClock(0), '2026-06-01T14:00:00Z')).to.equal('2026-06-02T14:00:00.000Z')
  })

  it('at half past two on the night without that hour is half past three', () => {
    const wait = tenOClock(1, { zone: 'Europe/Berlin', minute: 150 } as Partial<WaitSpec>)
    expect(due(wait, '2026-03-28T12:00:00Z')).to.equal('2026-03-29T01:30:00.000Z')
    expect(due(wait, '2026-10-24T12:00:00Z')).to.equal('2026-10-25T00:30:00.000Z')
  })

  it('at ten on the business clock is ten on a working day', () => {
    const wait = tenOClock(1, { clock: 'business', calendar: 'office' })
    expect(due(wait, '2026-06-05T15:00:00Z')).to.equal('2026-06-08T08:00:00.000Z')
  })

  it('an unknown zone of a contact follows the rule and is never UTC by itself', () => {
    const none = { contactZone: null }
    expect(due(tenOClock(1), '2026-06-01T12:00:00Z', none)).to.equal('2026-06-02T08:00:00.000Z')
    expect(due(tenOClock(1, { unknownZone: 'Asia/Dubai' }), '2026-06-01T12:00:00Z', none)).to.equal(
      '2026-06-02T06:00:00.000Z',
    )
    expect(due(tenOClock(1, { unknownZone: 'fail' }), '2026-06-01T12:00:00Z', none)).to.equal(
      'NX-ZONE-UNKNOWN',
    )
    expect(due(tenOClock(1), '2026-06-01T12:00:00Z', { ...none, homeZone: null })).to.equal('NX-ZONE-UNKNOWN')
  })

  it('a calendar that is not there is said, not passed over', () => {
    expect(due(length('1h', { clock: 'business', calendar: 'gone' }), '2026-06-01T12:00:00Z')).to.equal(
      'NX-CALENDAR-UNKNOWN',
    )
  })

  it('spreads evenly, within its width, and the same seed to the same moment', () => {
    const wait = { ...wallWait(0), spreadMs: 15 * 60_000 }
    const start = Date.parse('2026-06-01T10:00:00Z')
    const later = Array.from({ length: 3_000 }, (_, index) => {
      const seed = { seed: `instance-${index}` }
      const first = due(wait, '2026-06-01T10:00:00Z', seed)
      expect(due(wait, '2026-06-01T10:00:00Z', seed)).to.equal(first)
      return Date.parse(first) - start
    })
    expect(Math.min(...later)).to.be.within(0, 60_000)
    expect(Math.max(...later)).to.be.within(14 * 60_000, 15 * 60_000)
    for (let minute = 0; minute < 15; minute += 1) {
      const share = later.filter((ms) => Math.floor(ms / 60_000) === minute).length
      expect(share, `minute ${minute}`).to.be.within(130, 270)
    }
  })

  it('spreads business waits over open time, not into the night', () => {
    const wait = length('1h', { clock: 'business', spreadMs: 3_600_000 })
    for (let index = 0; index < 200; index += 1) {
      const at = Date.parse(due(wait, '2026-06-05T14:50:00Z', { seed: String(index) }))
      expect(office.isOpen(at) || office.isOpen(at - 1), new Date(at).toISOString()).to.equal(true)
    }
  })
})
