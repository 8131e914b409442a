import { expect } from 'chai'
import { compileSalesConfig } from '../../../src/sales-core/compile/compile-sales-config.ts'
import { TestWorld } from '../../../src/sales-core/testing/test-world.ts'
import { runTests } from '../../../src/sales-core/testing/run-tests.ts'
import { anyIntegration, leadTypes, problemsIn, salesDocuments } from '../../support/sales/sales-config.ts'

const config = `${leadTypes}kind: EventType
name: lead.checked
fields: { score: number? }
---
kind: Schedule
name: review
cron: 0 * * * *
for_each: { entity: lead, where: 'lead.name != "gone"' }
emit: { type: lead.checked, data: { score: "{{ lead.score }}" } }
---
kind: Policy
name: nights
applies: { effects: [send], channels: [sms] }
quiet_hours: { tz: Asia/Dubai, from: "20:00", to: "09:00" }
---
kind: Policy
name: seldom
applies: { effects: [send], channels: [sms] }
caps: { per: lead, max: 2, within: 24h }
on_block: skip
---
kind: Team
name: closers
members: [ { rep: sara }, { rep: omar } ]
---
kind: RuleSet
name: r
rules:
  - { id: count, on: lead.checked, then: [ { add_tag: checked } ] }
  - { id: greet, on: message.received, then: [ { send: { channel: sms, text: "Hi {{ event.text }}" } } ] }
  - { id: late, on: message.deferred, then: [ { add_tag: "{{ event.code }}" } ] }
  - { id: over, on: message.suppressed, then: [ { add_tag: over } ] }
  - { id: give, on: lead.created, then: [ { assign: { team: closers, by: round_robin } }, { task: { title: "Call {{ lead.name }}", to: owner, due: 2h } } ] }
---
`
const text = (from: string): string =>
  `{ event: { type: message.received, text: ${from}, direction: inbound, channel: sms } }`

function messages(testCase: string): readonly string[] {
  const documents = salesDocuments(`${config}kind: Test\nname: t\ncases: [ ${testCase} ]`)
  const { cases } = runTests(documents, anyIntegration)
  return cases.flatMap(({ failures }) => failures.map(({ path, message }) => `${path.join('.')} ${message}`))
}

describe('schedules in a test', () => {
  const advanced = (more: string, expected: string): readonly string[] =>
    messages(
      `{ name: c, ${more} given: { lead: { name: Ada }, lead/b: { name: gone } }, steps: [ { at: "2026-03-05T08:30Z" }, { advance: 2h, expect: ${expected} } ] }`,
    )

  it('run on the way when the clock moves, for every entity that they are about', () => {
    expect(advanced('', '{ fired: [count], tags: [checked] }')).to.deep.equal([])
    expect(advanced('', '{ state: { "lead/b.tags": { exact: [checked] } } }')).to.have.length(1)
  })

  it('run no more than the case says, and are looked up', () => {
    expect(advanced('schedules: [],', '{ not_fired: [count] }')).to.deep.equal([])
    expect(advanced('schedules: [review],', '{ fired: [count] }')).to.deep.equal([])
    const unknown = `${config}kind: Test\nname: t\ncases: [ { name: c, schedules: [revieu], steps: [ { advance: 1h } ] } ]`
    expect(problemsIn(unknown)).to.deep.equal([
      "cases[0].schedules[0]: NX-TEST-UNKNOWN There is no Schedule 'revieu'",
    ])
  })

  it('that never end are a failure which says what to do', () => {
    const [first] = messages('{ name: c, given: { lead: {} }, steps: [ { advance: 900d } ] }')
    expect(first).to.contain('`schedules: []`')
  })
})

describe('policies in a test', () => {
  const at = (time: string, ...steps: string[]): readonly string[] =>
    messages(
      `{ name: c, schedules: [], given: { lead: {} }, steps: [ { at: "2026-03-05T${time} Asia/Dubai" }, ${steps.join(', ')} ] }`,
    )

  it('put a message off until it may leave, tell the rules, and let it go then', () => {
    expect(
      at(
        '22:00',
        text('a').replace(
          ' } }',
          ' }, expect: { sent: [], deferred: [ { rule: greet, code: NX-SEND-DEFERRED, until: "2026-03-06T05:00:00.000Z" } ], fired: [late] } }',
        ),
        '{ advance: 10h, expect: { sent: [], deferred: [] } }',
        '{ advance: 2h, expect: { sent: [ { text: Hi a } ], deferred: [] } }',
      ),
    ).to.deep.equal([])
    expect(
      at('22:00', text('a').replace(' } }', ' }, expect: { not_deferred: [ { channel: sms } ] } }')),
    ).to.deep.equal(['steps.1.expect.not_deferred.0 This should not have been deferred'])
  })

  it('hold up what comes after it in the same lane, and keep the order', () => {
    expect(
      at(
        '23:00',
        text('a'),
        text('b'),
        '{ advance: 12h, expect: { sent: [ { text: Hi a }, { text: Hi b } ] } }',
      ),
    ).to.deep.equal([])
  })

  it('suppress what is over a cap, and count anew when its time is over', () => {
    const third = text('c').replace(
      ' } }',
      ' }, expect: { sent: [], suppressed: [ { text: Hi c, code: NX-SEND-CAP } ], fired: [over] } }',
    )
    expect(
      at(
        '10:00',
        text('a'),
        text('b'),
        third,
        '{ advance: 25h }',
        text('d').replace(' } }', ' }, expect: { sent: [ { text: Hi d } ], not_suppressed: [ {} ] } }'),
      ),
    ).to.deep.equal([])
  })

  it('leave nothing to answer of what did not go out', () => {
    const [message] = at('22:00', text('a'), '{ command: { channel: sms, succeeded: {} } }')
    expect(message).to.contain('No command without an answer fits')
  })
})

describe('tasks and assignments in a test', () => {
  const created = (expected: string, more = ''): readonly string[] =>
    messages(
      `{ name: c, schedules: [], given: { lead: {} }, steps: [ { event: { type: lead.created, name: Ada } }${more} ], expect: ${expected} }`,
    )

  it('are seen as they are at the end', () => {
    expect(
      created('{ tasks: [ { title: Call Ada, to: sara, status: open } ], assigned: [sara] }'),
    ).to.deep.equal([])
    expect(
      created(
        '{ tasks: [ { title: Call Ada, overdue: true } ], assigned: [ { team: closers } ] }',
        ', { advance: 3h }',
      ),
    ).to.deep.equal([])
  })

  it('fail with what there is instead', () => {
    expect(created('{ tasks: [Call Bob] }')).to.deep.equal([
      'expect.tasks.0 Nothing like this was done with tasks',
    ])
    expect(created('{ tasks: [], assigned: [] }')).to.deep.equal([
      'expect.tasks Nothing should have been done with tasks, and 1 was',
      'expect.assigned Nothing should have been assigned, and 1 was',
    ])
  })
})

describe('time in a test', () => {
  const config = `${leadTypes}kind: EventType
name: lead.checked
fields: {}
---
kind: Schedule
name: daily
cron: 0 8 * * *
for_each: { entity: lead }
emit: { type: lead.checked }
---
kind: Workflow
name: chase
for: lead
start: { on: lead.checked }
enroll: { while_running: ignore }
steps: [ { id: nap, wait: 1h }, { id: tell, send: { channel: sms, text: "At {{ now }}" } } ]
---
kind: Workflow
name: after
for: lead
steps: [ { id: nap, wait: 1h }, { id: tag, add_tag: after } ]
---
kind: RuleSet
name: r
rules: [ { id: burst, on: message.received, throttle: { once_after: 30m }, then: [ { start: after } ] } ]
---
`
  const worldOf = (): TestWorld => {
    const documents = salesDocuments(config)
    return new TestWorld(
      compileSalesConfig(documents, 'test', anyIntegration, 'test'),
      Date.parse('2026-03-05T07:00:00Z'),
    )
  }
  const lead = { kind: 'lead', id: '1' }

  it('comes in order when what comes with the clock starts what waits', () => {
    const world = worldOf()
    world.given(lead, {})
    world.advanceTo(Date.parse('2026-03-15T07:00:00Z'))
    expect(world.commands.map(({ input }) => input['text'])).to.deep.equal(
      Array.from({ length: 10 }, (_, day) => `At 2026-03-${String(day + 5).padStart(2, '0')}T09:00:00.000Z`),
    )
    const times = world.happened.map(({ event }) => event.acceptedAt)
    expect(times).to.deep.equal(times.toSorted())
  })

  it('comes in order when a rule that waits starts what waits', () => {
    const world = worldOf()
    world.given(lead, {})
    world.happen('message.received', lead, { text: 'a', direction: 'inbound' })
    world.advanceTo(Date.parse('2026-03-05T12:00:00Z'))
    const tagged = world.happened.filter(({ decision }) =>
      decision.changes.some(({ field }) => field === 'tags'),
    )
    expect(tagged.map(({ event }) => event.acceptedAt)).to.deep.equal(['2026-03-05T08:30:00.000Z'])
  })
})

describe('a policy that workflows name, in a test', () => {
  it('holds for those that name it', () => {
    const flow = (name: string, named: string): string =>
      `kind: Workflow\nname: ${name}\nfor: lead\nstart: { on: lead.created }\n${named}steps: [ { id: text, send: { channel: sms, text: ${name} } } ]\n---\n`
    const documents = salesDocuments(`${leadTypes}kind: Policy
name: agreed
applies: { to: named }
consent: { purpose: marketing }
---
${flow('bound', 'policies: [agreed]\n')}${flow('free', '')}kind: Test
name: t
cases: [ { name: c, given: { lead: {} }, steps: [ { event: { type: lead.created, name: Ada } } ], expect: { sent: [ { text: free } ], suppressed: [ { text: bound } ] } } ]`)
    const { cases } = runTests(documents, anyIntegration)
    expect(cases.flatMap(({ failures }) => failures)).to.deep.equal([])
  })
})

describe('teams in a test', () => {
  it('are put together again only when a member or a load changes', () => {
    const compiled = compileSalesConfig(salesDocuments(config), 'test', anyIntegration, 'test')
    let asked = 0
    const counting = { ...compiled, team: (name: string) => ((asked += 1), compiled.team(name)) }
    const world = new TestWorld(counting, 0, [])
    const text = { text: 'a', direction: 'inbound' }
    for (let at = 0; at < 10; at += 1) world.happen('message.received', { kind: 'lead', id: '1' }, text)
    expect(asked).to.equal(1)
    world.happen('rep.availability', { kind: 'rep', id: 'sara' }, { available: false })
    world.happen('message.received', { kind: 'lead', id: '1' }, text)
    expect(asked).to.equal(2)
  })
})
