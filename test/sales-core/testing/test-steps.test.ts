import { expect } from 'chai'
import { runTests } from '../../../src/sales-core/testing/run-tests.ts'
import {
  anyIntegration,
  leadTypes,
  problemsIn,
  salesDocuments,
  shapeProblem,
} from '../../support/sales/sales-config.ts'

const config = `${leadTypes}kind: EntityType
name: deal
fields: { stage: string, value: number }
---
kind: EventType
name: deal.moved
folds: deal
fields: { stage: string }
---
kind: RuleSet
name: r
rules:
  - { id: ask, on: lead.created, then: [ { call: crm.find, with: { name: "{{ lead.name }}" } }, { start: chase } ] }
  - { id: found, on: command.succeeded, when: event.result.hits > 0, then: [ { set: { lead.temperature: known } } ] }
  - { id: lost, on: command.failed, when: event.error.status == 404, then: [ { add_tag: unknown } ] }
  - { id: pass-on, on: deal.moved, then: [ { emit: { type: lead.created, subject: lead/1, data: { name: "{{ deal.stage }}" } } } ] }
---
kind: Workflow
name: chase
for: lead
steps: [ { id: greet, send: { channel: sms, text: "Hi {{ lead.name }}" } }, { id: cool, wait: 1d } ]
---
`

function messages(testCase: string): readonly string[] {
  const { cases } = runTests(
    salesDocuments(`${config}kind: Test\nname: t\ncases: [ ${testCase} ]`),
    anyIntegration,
  )
  return cases.flatMap(({ failures }) => failures.map(({ path, message }) => `${path.join('.')} ${message}`))
}

const created = '{ event: { type: lead.created, name: Ada } }'

describe('the steps of a test', () => {
  it('let an integration answer the oldest command that fits', () => {
    expect(
      messages(
        `{ name: c, given: { lead: {} }, steps: [ ${created}, { command: { call: crm.find, succeeded: { hits: 2 } }, expect: { fired: [found] } } ], expect: { state: { temperature: known }, not_fired: [lost] } }`,
      ),
    ).to.deep.equal([])
    expect(
      messages(
        `{ name: c, given: { lead: {} }, steps: [ ${created}, { command: { rule: ask, failed: { status: 404 } } } ], expect: { tags: [unknown], not_tags: [x], not_fired: [found] } }`,
      ),
    ).to.deep.equal([])
  })

  it('fail when no command is left to answer', () => {
    const answer = '{ command: { channel: sms, succeeded: {} } }'
    const [message] = messages(
      `{ name: c, given: { lead: {} }, steps: [ ${created}, ${answer}, ${answer} ] }`,
    )
    expect(message).to.equal(' No command without an answer fits {"channel":"sms"}')
  })

  it('are judged by what each led to, and by how things are after it', () => {
    expect(
      messages(
        `{ name: c, steps: [ { event: { type: lead.created, name: Ada }, expect: { started: [chase], ran: [greet], sent: [ { text: { matches: "^Hi A" } } ], waiting_at: cool } }, { advance: 1d, expect: { sent: [], not_run: [greet], stopped: [chase], waiting_at: null } } ], expect: { ran: [greet], sent: [ { step: greet } ] } }`,
      ),
    ).to.deep.equal([])
    expect(
      messages(
        `{ name: c, steps: [ ${created}, { advance: 1h, expect: { fired: [ask], stopped: [chase], waiting_at: null } } ] }`,
      ),
    ).to.deep.equal([
      'steps.1.expect.fired.0 The rule ask did not fire',
      'steps.1.expect.waiting_at It waits at cool',
      'steps.1.expect.stopped.0 The workflow chase was not stopped',
    ])
  })

  it('know several entities, each by its id', () => {
    expect(
      messages(
        `{ name: c, given: { deal/7: { value: 5 }, lead/1: { name: Old } }, steps: [ { event: { type: deal.moved, stage: won } } ], expect: { state: { deal.stage: won, value: 5, lead/1.name: won }, emitted: [ { type: lead.created, subject: lead/1, name: won } ], not_emitted: [deal.moved] } }`,
      ),
    ).to.deep.equal([])
    expect(
      messages(
        `{ name: c, given: { deal/7: {} }, steps: [ { event: { type: deal.moved, stage: won } } ], expect: { not_emitted: [lead.created], not_called: [crm.find], not_sent: [ { channel: sms } ] } }`,
      ),
    ).to.deep.equal(
      [
        'expect.not_called.0 This should not have been called',
        'expect.not_sent.0 This should not have been sent',
        'expect.not_emitted.0 This should not have been emitted',
      ].toSorted((a, b) => order(a) - order(b)),
    )
  })

  function order(message: string): number {
    return ['not_sent', 'not_called', 'not_emitted'].findIndex((key) => message.includes(key))
  }

  it('are refused when they answer twice, do nothing, or name what is not there', () => {
    const shape = (step: string): string | null =>
      shapeProblem(`kind: Test\nname: t\ncases: [ { name: c, steps: [ ${step} ] } ]`)
    expect(shape('{ command: { succeeded: {}, cancelled: no } }')).to.contain('needs one of succeeded')
    expect(shape('{}')).to.contain('needs at, advance')
    const named = problemsIn(
      `${config}kind: Test\nname: t\ncases: [ { name: c, given: { leed: {}, flags: { nope: true } }, steps: [ { advance: 1h, expect: { ran: [gret], started: [chas] } } ] } ]`,
    )
    expect(named).to.deep.equal([
      "cases[0].given.leed: NX-TEST-UNKNOWN There is no EntityType 'leed'",
      "cases[0].given.flags.nope: NX-TEST-GIVEN There is no flag 'nope'",
      "cases[0].steps[0].expect.ran[0]: NX-TEST-UNKNOWN There is no step 'gret'",
      "cases[0].steps[0].expect.started[0]: NX-TEST-UNKNOWN There is no Workflow 'chas'",
    ])
  })
})
