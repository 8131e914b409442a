import { expect } from 'chai'
import {
  checkAll,
  leadTypes,
  problemsIn,
  salesConfig,
  salesDocuments,
} from '../../../support/sales/sales-config.ts'
import { findingsIn } from '../../../support/sales/validated.ts'

const head = 'kind: Schedule\nname: nightly\n'

function schedule(text: string): string {
  return `${leadTypes}kind: EventType\nname: lead.checked\nfields: { score: number? }\n---\n${head}${text}`
}

describe('a Schedule', () => {
  it('may ask for business hours of a calendar that is there', () => {
    const where = `every: 1h\nfor_each: { entity: lead, where: 'business_hours(now, "office")' }\nemit: { type: lead.checked }\n`
    expect(problemsIn(schedule(where))).to.deep.equal([
      "for_each.where: NX-CALENDAR-UNKNOWN There is no Calendar 'office'",
    ])
    const office = `---\nkind: Calendar\nname: office\ntz: Asia/Dubai\nweek: { mon: "09:00-18:00" }\n`
    expect(problemsIn(schedule(where) + office)).to.deep.equal([])
  })

  it('is compiled as it will run: names in its calls are looked up, and those that are nearly right are said', () => {
    const office = `kind: Calendar\nname: office\ntz: Asia/Dubai\nweek: { mon: "09:00-18:00" }\n---\n`
    const near = `every: 1h\nfor_each: { entity: lead, where: 'business_hours(now, "ofice")' }\nemit: { type: lead.checked }\n`
    const [found] = checkAll(salesDocuments(office + schedule(near)))
    expect([found?.code, found?.fix]).to.deep.equal(['NX-CALENDAR-UNKNOWN', "Did you mean 'office'?"])
  })

  it('says nothing of the fields of a kind that is not there: the reference says that', () => {
    const text = `every: 1h\nfor_each: { entity: laed, where: 'laed.score > 3' }\nemit: { type: lead.checked }\n`
    expect(findingsIn(schedule(text).trimStart())).to.deep.equal(['NX-CONFIG-REFERENCE for_each.entity'])
  })

  it('may not count events: there is none that it decides about', () => {
    const where = `every: 1h\nfor_each: { entity: lead, where: 'count("message.received", days(1)) > 3' }\nemit: { type: lead.checked }\n`
    expect(problemsIn(schedule(where)).join()).to.contain('NX-SCHEDULE-COUNT')
  })

  it('counts every from a moment of its own, the same each time it is compiled', () => {
    const yaml = `kind: EventType\nname: day.begun\nfields: {}\n---\nkind: Schedule\nname: NAME\nevery: 1d\nemit: { type: day.begun }\n`
    const next = (name: string) => salesConfig(yaml.replace('NAME', name)).schedules[0]?.nextAfter(0) ?? null
    const moments = Array.from({ length: 40 }, (_, index) => next(`s${index}`))
    expect(next('s0')).to.equal(moments[0])
    expect(new Set(moments).size).to.be.above(35)
    for (const moment of moments) expect(moment).to.be.within(1, 86_400_000)
  })
})
