import { expect } from 'chai'
import { leadTypes, problemsIn } from '../../support/sales/sales-config.ts'

const calendar = (name: string) =>
  `---\nkind: Calendar\nname: ${name}\ntz: Asia/Dubai\nweek: { mon: "09:00-18:00" }\n`
const rule = (when: string) =>
  `${leadTypes}kind: RuleSet\nname: r\nrules:\n  - { id: a, on: lead.created, when: '${when}', then: [ { add_tag: x } ] }\n`
const workflow = (head: string, steps: string) =>
  `${leadTypes}kind: Workflow\nname: w\nfor: lead\n${head}\nsteps: [ ${steps} ]\n`

describe('calendars and events that conditions name', () => {
  it('are there: a rule that asks for a calendar that is not would fail with every event', () => {
    const named = rule('business_hours(now, "ofice")')
    expect(problemsIn(named)).to.deep.equal([
      "rules[0].when: NX-CALENDAR-UNKNOWN There is no Calendar 'ofice'",
    ])
    expect(problemsIn(named + calendar('office'))).to.have.length(1)
    expect(problemsIn(named + calendar('ofice'))).to.deep.equal([])
  })

  it('need a default where none is named: the only one, or the one called default', () => {
    const unnamed = rule('business_hours(now)')
    expect(problemsIn(unnamed)).to.deep.equal([
      'rules[0].when: NX-CALENDAR-UNKNOWN business_hours() has no default calendar here',
    ])
    expect(problemsIn(unnamed + calendar('a'))).to.deep.equal([])
    expect(problemsIn(unnamed + calendar('a') + calendar('b'))).to.have.length(1)
    expect(problemsIn(unnamed + calendar('a') + calendar('default'))).to.deep.equal([])
  })

  it('are looked up in workflows and waits of rules as well', () => {
    const goal = workflow('goal: business_hours(now, "x")', '{ id: a, add_tag: y }')
    expect(problemsIn(goal)).to.deep.equal(["goal: NX-CALENDAR-UNKNOWN There is no Calendar 'x'"])
    const waits = `${leadTypes}kind: RuleSet\nname: r\nrules:\n  - { id: a, on: lead.created, unless_followed_by: { event: lead.created, within: 1h, where: 'business_hours(now, "x")' }, then: [ { add_tag: x } ] }\n`
    expect(problemsIn(waits).join()).to.contain('NX-CALENDAR-UNKNOWN')
  })

  it('are needed by the clocks of steps', () => {
    const steps = '{ id: a, wait: 2h, clock: business }, { id: b, wait: { at: "10:00", tz: tenant } }'
    expect(problemsIn(workflow('', steps))).to.deep.equal([
      'steps[0].clock: NX-CALENDAR-UNKNOWN Business hours have no default calendar here',
      "steps[1].wait.tz: NX-CALENDAR-UNKNOWN The tenant's time zone is nowhere declared",
    ])
    expect(problemsIn(workflow('', steps) + calendar('office'))).to.deep.equal([])
  })

  it('tell a misspelt type of event that is counted', () => {
    expect(problemsIn(rule('count("lead.creatd", days(7)) > 2'))).to.deep.equal([
      "rules[0].when: NX-CONDITION-EVENT count() asks for 'lead.creatd', which no EventType declares",
    ])
    expect(problemsIn(rule('count("lead.created", days(7)) > 2'))).to.deep.equal([])
  })
})
