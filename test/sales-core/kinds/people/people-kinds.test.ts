import { expect } from 'chai'
import {
  isDate,
  parseClock,
  parseDays,
  parseSpan,
} from '../../../../src/sales-core/kinds/people/week-hours.ts'
import { isTimeZone } from '../../../../src/sales-core/types/time-zone.ts'
import { findingsIn } from '../../../support/sales/validated.ts'

const calendar = (members: string) => `kind: Calendar\nname: office\n${members}`

describe('a Team', () => {
  it('is fine with members, skills and hours', () => {
    const team =
      'kind: Team\nname: closers\nmembers: [ { rep: sara, capacity: 30, skills: [ar, en], hours: office }, { rep: tom@acme.io } ]'
    expect(
      findingsIn(`${team}\n---\n${calendar('tz: Asia/Dubai\nweek: { mon-thu: "09:00-18:00" }')}`),
    ).to.deep.equal([])
  })

  it('names a Calendar that exists, and each person once', () => {
    expect(findingsIn('kind: Team\nname: t\nmembers: [ { rep: sara, hours: nowhere } ]')).to.deep.equal([
      'NX-CONFIG-REFERENCE members[0].hours',
    ])
    expect(findingsIn('kind: Team\nname: t\nmembers: [ { rep: sara }, { rep: sara } ]')).to.deep.equal([
      'NX-TEAM-MEMBER-TWICE members[1].rep',
    ])
  })
})

describe('a Calendar', () => {
  it('is fine with ranges, several spans of a day, and holidays', () => {
    const body =
      'tz: Asia/Dubai\nweek: { mon-thu: ["09:00-13:00", "14:00-18:00"], fri: "09:00-24:00" }\nholidays: [ 2026-12-02, { on: 2026-12-03, hours: "09:00-13:00" } ]'
    expect(findingsIn(calendar(body))).to.deep.equal([])
  })

  it('says what is wrong, and where', () => {
    const found = (body: string) => findingsIn(calendar(body))
    const week = 'week: { mon: "09:00-10:00" }'
    expect(found(`tz: Asia/Dubay\n${week}`)).to.deep.equal(['NX-CONFIG-WRONG-VALUE tz'])
    expect(found('tz: UTC\nweek: { mon-fri: "09:00-10:00", wed: "11:00-12:00" }')).to.deep.equal([
      'NX-CALENDAR-DAY week.wed',
    ])
    expect(found('tz: UTC\nweek: { monday: "09:00-10:00" }')).to.deep.equal(['NX-CALENDAR-DAY week.monday'])
    expect(found('tz: UTC\nweek: { mon: ["09:00-12:00", "11:00-13:00"] }')).to.deep.equal([
      'NX-CALENDAR-OVERLAP week.mon[1]',
    ])
    expect(found('tz: UTC\nweek: {}')).to.deep.equal(['NX-CALENDAR-EMPTY week'])
    expect(found(`tz: UTC\n${week}\nholidays: [2026-12-02, { on: 2026-12-02 }]`)).to.deep.equal([
      'NX-CALENDAR-HOLIDAY holidays[1].on',
    ])
    expect(found(`tz: UTC\n${week}\nholidays: [2026-02-30]`)).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE holidays[0]',
    ])
  })
})

describe('hours of a week', () => {
  it('reads days and ranges, over the weekend too', () => {
    expect(parseDays('mon')).to.deep.equal(['mon'])
    expect(parseDays('sat-mon')).to.deep.equal(['sat', 'sun', 'mon'])
    expect(parseDays('mon-tuesday')).to.equal(null)
  })

  it('reads spans and times of day', () => {
    expect(parseSpan('09:00-18:30')).to.deep.equal({ from: 540, to: 1110 })
    expect(parseSpan('18:00-09:00')).to.equal(null)
    expect(parseSpan('09:00-25:00')).to.equal(null)
    expect(parseClock('20:05')).to.equal(1205)
    expect(parseClock('24:00')).to.equal(null)
  })

  it('knows days that exist, and time zones', () => {
    expect(isDate('2028-02-29')).to.equal(true)
    expect(isDate('2026-02-29')).to.equal(false)
    expect(isTimeZone('Europe/Berlin')).to.equal(true)
    expect(isTimeZone('+04:00')).to.equal(false)
    expect(isTimeZone('Asia/Dubay')).to.equal(false)
  })
})
