import { expect } from 'chai'
import { calendarKind } from '../../../src/sales-core/kinds/people/calendar-kind.ts'
import type { BusinessClock } from '../../../src/sales-core/time/business-clock.ts'
import { compileCalendar } from '../../../src/sales-core/time/compile-calendar.ts'

const hourMs = 3_600_000
const berlin = clockOf({ tz: 'Europe/Berlin', week: { 'mon-thu': '09:00-18:00', fri: '09:00-12:00' } })
const dubai = clockOf({
  tz: 'Asia/Dubai',
  week: { 'mon-thu': ['09:00-13:00', '14:00-18:00'], fri: '09:00-12:00' },
  holidays: ['2026-12-02', { on: '2026-12-03', hours: '09:00-13:00' }],
})

function clockOf(spec: object): BusinessClock {
  return compileCalendar(
    calendarKind.schema.parse({ apiVersion: 'neuronx/v1', kind: 'Calendar', name: 'office', ...spec }),
  )
}

function at(text: string): number {
  return Date.parse(text)
}

function text(ms: number): string {
  return new Date(ms).toISOString()
}

describe('the business clock of a Calendar', () => {
  it('knows lunch, the weekend, a holiday and a half day', () => {
    expect(dubai.isOpen(at('2026-12-01T12:59:59+04:00'))).to.equal(true)
    expect(dubai.isOpen(at('2026-12-01T13:00:00+04:00'))).to.equal(false)
    expect(dubai.isOpen(at('2026-12-01T14:00:00+04:00'))).to.equal(true)
    expect(dubai.isOpen(at('2026-12-02T10:00:00+04:00'))).to.equal(false)
    expect(dubai.isOpen(at('2026-12-03T12:00:00+04:00'))).to.equal(true)
    expect(dubai.isOpen(at('2026-12-03T15:00:00+04:00'))).to.equal(false)
    expect(dubai.isOpen(at('2026-12-05T10:00:00+04:00'))).to.equal(false)
  })

  it('goes over closed time: two hours from Tuesday 17:30 end on the half day after the holiday', () => {
    const due = dubai.addBusinessMs(at('2026-12-01T17:30:00+04:00'), 2 * hourMs)
    expect(text(due)).to.equal(text(at('2026-12-03T10:30:00+04:00')))
  })

  it('ends at the end of the day when the time is just used up', () => {
    expect(text(berlin.addBusinessMs(at('2026-06-01T17:00:00+02:00'), hourMs))).to.equal(
      text(at('2026-06-01T18:00:00+02:00')),
    )
  })

  it('keeps office hours over a change of clocks', () => {
    const due = berlin.addBusinessMs(at('2026-10-23T11:00:00+02:00'), 2 * hourMs)
    expect(text(due)).to.equal(text(at('2026-10-26T10:00:00+01:00')))
  })

  it('counts working days at the same local time, and takes the next opening where that is closed', () => {
    expect(text(berlin.addWorkingDays(at('2026-06-03T10:00:00+02:00'), 1))).to.equal(
      text(at('2026-06-04T10:00:00+02:00')),
    )
    expect(text(berlin.addWorkingDays(at('2026-06-04T15:00:00+02:00'), 1))).to.equal(
      text(at('2026-06-08T09:00:00+02:00')),
    )
    expect(text(berlin.addWorkingDays(at('2026-06-06T15:00:00+02:00'), 1))).to.equal(
      text(at('2026-06-09T09:00:00+02:00')),
    )
  })

  it('has no time of day on days without hours', () => {
    expect(text(berlin.workingDayAt(at('2026-06-05T09:30:00+02:00'), 1, 10 * 60))).to.equal(
      text(at('2026-06-08T10:00:00+02:00')),
    )
    expect(text(berlin.workingDayAt(at('2026-06-05T09:30:00+02:00'), 0, 10 * 60))).to.equal(
      text(at('2026-06-05T10:00:00+02:00')),
    )
    expect(text(berlin.workingDayAt(at('2026-06-05T10:30:00+02:00'), 0, 10 * 60))).to.equal(
      text(at('2026-06-08T10:00:00+02:00')),
    )
  })

  it('says that it is closed for good instead of searching without end', () => {
    const never = clockOf({ tz: 'UTC', week: {} })
    for (const ask of [
      () => never.nextOpen(0),
      () => never.addBusinessMs(0, 1),
      () => never.addWorkingDays(0, 1),
      () => never.workingDayAt(0, 1, 0),
    ])
      expect(ask).to.throw().with.property('code', 'NX-CALENDAR-CLOSED')
    expect(never.isOpen(0)).to.equal(false)
    expect(never.businessMsBetween(0, 30 * 24 * hourMs)).to.equal(0)
  })

  it('refuses to reckon with hours that use up a wait only in another age', () => {
    const rare = clockOf({ tz: 'UTC', week: { mon: '09:00-09:01' } })
    expect(() => rare.addBusinessMs(0, 100 * 24 * hourMs))
      .to.throw()
      .with.property('code', 'NX-CALENDAR-CLOSED')
  })
})
