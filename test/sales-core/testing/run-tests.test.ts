import { expect } from 'chai'
import { runTests } from '../../../src/sales-core/testing/run-tests.ts'
import { testTimeMs } from '../../../src/sales-core/testing/test-time.ts'
import { anyIntegration, leadTypes, salesDocuments } from '../../support/sales/sales-config.ts'

const config = `${leadTypes}kind: LeadScore
name: fit
writes: lead.score
factors: [ { id: country, when: lead.country == "AE", points: 60 } ]
bands: [ { name: hot, from: 50, emit: lead.became_hot }, { name: cold, from: 0 } ]
---
kind: RuleSet
name: r
rules:
  - { id: hot, on: lead.became_hot, then: [ { set: { lead.temperature: hot } }, { call: sink.hit, with: { score: "{{ lead.score }}" } } ] }
  - { id: never, on: lead.created, when: lead.name == "nobody", then: [ { add_tag: x } ] }
  - { id: odd, on: contact.unsubscribed, when: 1 / lead.budget > 1, then: [ { add_tag: y } ] }
---
kind: Workflow
name: chase
for: lead
start: { on: lead.created }
steps:
  - { id: greet, send: { channel: sms, text: "Hi {{ lead.name }}" } }
  - { id: reply, wait_for: { event: message.received }, up_to: 2h, then: end, else: nudge }
  - { id: nudge, send: { channel: sms, text: "Still there?" } }
  - { id: cool, wait: 90d }
---
`

function run(...cases: readonly string[]) {
  const yaml = `${config}kind: Test\nname: t\ncases:\n${cases.map((text) => `  - ${text}`).join('\n')}`
  return runTests(salesDocuments(yaml), anyIntegration)
}

const created = 'event: { type: lead.created, name: Ada, country: AE }'

function failures(text: string): readonly string[] {
  return run(`{ name: c, steps: [ { ${created} }, { advance: 3h } ], expect: ${text} }`).cases.flatMap(
    (result) => result.failures.map(({ message }) => message),
  )
}

describe('test documents', () => {
  it('pass when everything happens as expected, emitted events and timers included', () => {
    const report = run(
      `{ name: all, steps: [ { at: "2026-03-05T16:30 Asia/Dubai", ${created} }, { advance: 119m } ], expect: { fired: [hot, r/hot], not_fired: [never], sent: [ { step: greet, channel: sms, text: Hi Ada } ], called: [ sink.hit, { call: sink.hit, rule: hot, with: { score: 60 } } ], score: 60, band: hot, state: { lead.temperature: hot, country: AE }, waiting_at: reply, not_run: [nudge] } }`.replace(
        '[ sink.hit, {',
        '[ {',
      ),
      `{ name: months, steps: [ { ${created} }, { advance: 3h }, { advance: 90d } ], expect: { sent: [ { step: greet }, { step: nudge, text: "Still there?" } ] } }`,
      `{ name: data, steps: [ { event: { type: lead.created, data: { name: Bo } } } ], expect: { state: { name: Bo }, band: { fit: cold }, called: [] } }`,
      `{ name: held, given: { lead: { score: 85, id: "7" } }, steps: [ { event: { type: lead.created } } ], expect: { score: 85 } }`,
    )
    expect(
      report.cases.flatMap(({ name, failures: found }) => found.map(({ message }) => `${name}: ${message}`)),
    ).to.deep.equal([])
    expect(report).to.include({ passed: 4, failed: 0 })
  })

  const wrong: ReadonlyArray<readonly [string, string]> = [
    ['{ fired: [never] }', 'The rule never did not fire'],
    ['{ not_fired: [hot] }', 'The rule hot fired'],
    ['{ sent: [ { step: greet, text: Hello } ] }', 'Nothing like this was sent'],
    ['{ sent: [] }', 'Nothing should have been sent, and 2 were'],
    ['{ sent: [ { step: greet }, { step: greet } ] }', 'Nothing like this was sent'],
    ['{ called: [ sink.other ] }', 'Nothing like this was called'],
    ['{ score: 10 }', 'lead.score is 60'],
    ['{ band: cold }', 'The band is hot'],
    ['{ state: { temperature: cold } }', 'lead.temperature is "hot"'],
    ['{ waiting_at: reply }', 'It waits at cool'],
    ['{ not_run: [nudge] }', 'The step nudge ran'],
  ]
  for (const [text, message] of wrong) {
    it(`fail on ${text}`, () => {
      expect(failures(text)).to.deep.equal([message])
    })
  }

  it('say what was expected, what was there, and which part of the configuration it was', () => {
    const [result] = run(
      `{ name: c, steps: [ { ${created} } ], expect: { not_fired: [hot], score: 1 } }`,
    ).cases
    expect(result?.path).to.deep.equal(['cases', 0])
    expect(result?.failures[0]).to.deep.include({ path: ['expect', 'not_fired', 0], cause: 'RuleSet/r#hot' })
    expect(result?.failures[1]).to.deep.include({
      path: ['expect', 'score'],
      expected: 1,
      actual: 60,
      cause: 'LeadScore/fit',
    })
  })

  it('fail when a rule fails, an event does not fit its type, or time would go back', () => {
    const messages = (steps: string): string =>
      run(`{ name: c, given: { lead: { budget: 0 } }, steps: [ ${steps} ], expect: {} }`)
        .cases[0]?.failures.map(({ message }) => message)
        .join() ?? ''
    expect(messages('{ event: { type: contact.unsubscribed } }')).to.contain('RuleSet/r#odd failed')
    expect(messages('{ event: { type: lead.created, name: 5 } }')).to.contain('does not fit its EventType')
    expect(messages('{ at: "2026-03-05" }, { at: "2026-03-04" }')).to.contain('time does not go back')
  })

  it('run only the cases whose name is asked for', () => {
    const yaml = `${config}kind: Test\nname: t\ncases: [ { name: one, steps: [ { ${created} } ], expect: {} }, { name: two, steps: [ { ${created} } ], expect: {} } ]`
    expect(
      runTests(salesDocuments(yaml), anyIntegration, { filter: 'two' }).cases.map(({ name }) => name),
    ).to.deep.equal(['two'])
  })

  const times: ReadonlyArray<readonly [string, string | null]> = [
    ['2026-03-05T16:30 Asia/Dubai', '2026-03-05T12:30:00.000Z'],
    ['2026-07-01T12:00 Europe/Berlin', '2026-07-01T10:00:00.000Z'],
    ['2026-01-01T12:00 Europe/Berlin', '2026-01-01T11:00:00.000Z'],
    ['2026-10-25T02:30 Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-03-29T02:30 Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-05T16:30:00Z', '2026-03-05T16:30:00.000Z'],
    ['2026-03-05T16:30:00+04:00', '2026-03-05T12:30:00.000Z'],
    ['2026-03-05', '2026-03-05T00:00:00.000Z'],
    ['2026-03-05T16:30 Atlantis/Capital', null],
    ['tomorrow', null],
  ]
  for (const [text, expected] of times) {
    it(`reads the time ${text}`, () => {
      const ms = testTimeMs(text)
      expect(ms === null ? null : new Date(ms).toISOString()).to.equal(expected)
    })
  }
})
