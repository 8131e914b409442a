import { expect } from 'chai'
import { problemsIn, leadTypes } from '../../support/sales/sales-config.ts'
import { findingsIn } from '../../support/sales/validated.ts'

const team = 'kind: Team\nname: closers\nmembers: [ { rep: sara } ]\nmanager: lena\n---\n'
const rule = (action: string) =>
  `${leadTypes}${team}kind: RuleSet\nname: r\nrules:\n  - { id: a, on: lead.created, then: [ ${action} ] }\n`

describe('what is wrong with assign and task', () => {
  it('names Teams and Calendars that exist', () => {
    expect(findingsIn(rule('{ assign: { team: closer } }'))).to.deep.equal([
      'NX-CONFIG-REFERENCE rules[0].then[0].assign.team',
    ])
    expect(
      findingsIn(
        rule('{ task: { title: x, to: { team: nope }, due: 1h, clock: business, calendar: away } }'),
      ),
    ).to.deep.equal([
      'NX-CONFIG-REFERENCE rules[0].then[0].task.to.team',
      'NX-CONFIG-REFERENCE rules[0].then[0].task.calendar',
    ])
  })

  it('writes a text field of the entity', () => {
    expect(problemsIn(rule('{ assign: { team: closers, writes: ownr } }'))).to.deep.equal([
      "rules[0].then[0].assign.writes: NX-ASSIGN-FIELD lead has no text field 'ownr'",
    ])
    expect(problemsIn(rule('{ assign: { team: closers, writes: score } }'))).to.have.length(1)
  })

  it('gives tasks to somebody who is there', () => {
    expect(problemsIn(rule('{ task: { title: x, to: sarah } }'))[0]).to.contain(
      "NX-TASK-TO 'sarah' is no member",
    )
    for (const to of ['owner', 'sara', 'lena', 'manager', '"{{ lead.owner }}"'])
      expect(problemsIn(rule(`{ task: { title: x, to: ${to} } }`)), to).to.deep.equal([])
    expect(problemsIn(rule('{ task: { title: x, to: closers } }'))[0]).to.contain('NX-TASK-TO')
  })

  it('counts business time by a Calendar', () => {
    expect(problemsIn(rule('{ task: { title: x, to: sara, due: 1h, clock: business } }'))[0]).to.contain(
      'NX-TASK-CALENDAR',
    )
  })

  it('checks texts and closed_when', () => {
    expect(problemsIn(rule('{ task: { title: "{{ lead.nmae }}", to: sara } }'))).to.have.length(1)
    expect(
      problemsIn(
        `${leadTypes}kind: Team\nname: t\nmembers: [ { rep: a } ]\nclosed_when: { lead: lead.stge == "x", laed: "true" }`,
      ),
    ).to.have.length(2)
  })

  it('refuses what belongs to picking beside release', () => {
    expect(findingsIn(rule('{ assign: { release: true, team: closers } }'))).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE rules[0].then[0].assign.team',
    ])
    expect(findingsIn(rule('{ assign: { by: least_busy } }'))[0]).to.contain('rules[0].then[0].assign')
  })

  it('keeps the built-in fields of tasks and members as they are', () => {
    expect(problemsIn('kind: EntityType\nname: task\nfields: { due: string?, priority: int }')).to.deep.equal(
      ["fields.due: NX-ENTITY-BUILT-IN Every task has a field 'due', a timestamp?"],
    )
    expect(
      findingsIn('kind: EventType\nname: task.noted\nfolds: task\nfields: { text: string? }'),
    ).to.deep.equal([])
    expect(findingsIn('kind: EventType\nname: task.created')).to.deep.equal(['NX-EVENT-NAME name'])
  })

  it('takes a fallback team for what it is, and a team that falls back on itself for a cycle', () => {
    const fallback = (when: string, to: string) =>
      `${rule('{ assign: { team: closers } }')}  - { id: b, on: assign.unfilled, when: ${when}, then: [ { assign: { team: ${to} } } ] }\n---\nkind: Team\nname: backup\nmembers: [ { rep: tom } ]\n`
    expect(findingsIn(fallback('event.team == "closers" && lead.name != ""', 'backup'))).to.deep.equal([])
    expect(findingsIn(fallback('lead.name != ""', 'closers')).join()).to.contain('CYCLE')
  })
})
