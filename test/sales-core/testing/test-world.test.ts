import { expect } from 'chai'
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
