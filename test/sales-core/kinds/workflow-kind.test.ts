import { expect } from 'chai'
import { leadTypes, problemsIn } from '../../support/sales/sales-config.ts'

function workflow(steps: string, head = ''): readonly string[] {
  return problemsIn(`${leadTypes}kind: Workflow\nname: w\nfor: lead\n${head}\nsteps:\n${steps}`)
}

describe('workflows', () => {
  it('find nothing wrong with what is right', () => {
    const steps = `  - { id: greet, send: { channel: sms, text: "Hi {{ lead.name }}" } }
  - { id: reply, wait_for: { event: message.received, where: event.direction == "inbound" }, up_to: 2h, then: qualify, else: end }
  - { id: qualify, choose: [ { when: lead.score >= 80 && vars.reply.text.contains("yes"), go: book }, { else: end } ] }
  - { id: book, call: crm.create_deal, with: { text: "{{ vars.reply.text }}", source: "{{ vars.start.source }}" } }`
    expect(workflow(steps, 'start: { on: lead.created, when: event.source != "import" }')).to.deep.equal([])
  })
  const wrong: ReadonlyArray<readonly [string, string, string]> = [
    ['a step that does not exist', '  - { id: a, wait: 1h, then: b }', 'steps[0].then: NX-STEP-UNKNOWN'],
    [
      'the event where there is none',
      '  - { id: a, choose: [ { when: event.text == "", go: end } ] }',
      'steps[0].choose[0].when: NX-CONDITION-UNKNOWN',
    ],
    ['a step called end', '  - { id: end, wait: 1h }', 'steps[0].id: NX-STEP-ID'],
    [
      'an else that hides what follows',
      '  - { id: a, choose: [ { else: end }, { when: lead.score > 1, go: end } ] }',
      'steps[0].choose[0]: NX-STEP-ELSE',
    ],
    [
      'a circle that never waits',
      '  - { id: a, call: s.h }\n  - { id: b, choose: [ { when: lead.score > 1, go: a } ] }',
      'steps[0]: NX-STEP-LOOP',
    ],
    [
      'a way into a branch from outside',
      '  - { id: a, wait: 1h, then: l }\n  - { id: b, parallel: { x: [ { id: l, wait: 1h } ], y: [ { id: r, wait: 1h } ] } }',
      'steps[0].then: NX-STEP-FRAME',
    ],
    [
      'one id at two depths',
      '  - { id: a, split: { X: 1, Y: 1 }, X: [ { id: b, wait: 1h } ] }\n  - { id: b, wait: 1h }',
      'steps[1].id: NX-DUPLICATE-ID',
    ],
    [
      'a saga inside a saga',
      '  - { id: a, saga: [ { id: b, saga: [ { id: c, call: s.h } ] } ] }',
      'steps[0].saga[0].saga: NX-STEP-NESTING',
    ],
    [
      'a saga in a branch that may be left half done',
      '  - { id: a, parallel: { x: [ { id: b, saga: [ { id: c, call: s.h } ] } ], y: [ { id: d, wait: 1h } ] }, join: any }',
      'steps[0].parallel.x[0].saga: NX-STEP-NESTING',
    ],
    [
      'an undo outside a saga',
      '  - { id: a, call: s.h, undo: { call: s.u } }',
      'steps[0].undo: NX-STEP-NESTING',
    ],
    [
      'a step to look back to that does not exist',
      '  - { id: a, wait_for: { event: message.received, since: grete } }',
      'steps[0].wait_for.since: NX-STEP-UNKNOWN',
    ],
    [
      'a field that does not exist',
      '  - { id: a, set: { lead.scroe: 1 } }',
      'steps[0].set.lead.scroe: NX-SET-FIELD',
    ],
    [
      'a mistake in a fallback where it stands',
      '  - { id: a, send: { channel: sms, text: x }, fallback: { channel: email, text: "{{ lead.nam }}" } }',
      'steps[0].fallback.text: NX-TEMPLATE',
    ],
    [
      'a circle through a saga that never waits',
      '  - { id: a, saga: [ { id: b, set: { lead.score: 1 } } ] }\n  - { id: c, choose: [ { when: lead.score > 1, go: a } ] }',
      'steps[0]: NX-STEP-LOOP',
    ],
    [
      'a step that nothing leads to',
      '  - { id: a, wait: 1h, then: end }\n  - { id: b, wait: 1h }',
      'steps[1].id: NX-STEP-UNREACHABLE',
    ],
    [
      'a wait without end',
      '  - { id: a, wait_for: { event: message.received } }',
      'steps[0].wait_for: NX-WAIT-ENDLESS',
    ],
    ['a send that says nothing', '  - { id: a, send: { channel: sms } }', 'steps[0].send: NX-SEND-EMPTY'],
    [
      'a call of a saga that stays done',
      '  - { id: a, saga: [ { id: b, call: s.h }, { id: c, call: s.i } ] }',
      'steps[0].saga[0].call: NX-SAGA-UNDO',
    ],
    [
      'branches that write one field',
      '  - { id: a, parallel: { x: [ { id: l, set: { lead.name: a } } ], y: [ { id: r, set: { lead.name: b } } ] } }',
      'steps[0].parallel.y: NX-STEP-WRITES',
    ],
  ]
  it('report a stop that ends the workflow under a wait, and not one that the wait wins anyway', () => {
    const stop = (more: string) => `stop_when: [ { on: message.received${more} } ]`
    const steps =
      '  - { id: a, wait_for: { event: message.received, where: event.direction == "inbound" }, up_to: 1h }'
    expect(workflow(steps, stop(''))[0]).to.contain('NX-WAIT-AND-STOP')
    expect(workflow(steps, stop(', except: [a]'))).to.deep.equal([])
    expect(workflow(steps, stop(', when: event.direction == "inbound"'))).to.deep.equal([])
  })
  it('report a map that leads nowhere, or that nobody uses', () => {
    const steps = '  - { id: a, wait: 1h }'
    expect(workflow(steps, 'on_change: { structure: migrate, map: { x: b } }')[0]).to.contain(
      'NX-STEP-UNKNOWN',
    )
    expect(workflow(steps, 'on_change: { map: { x: a } }')[0]).to.contain('NX-CHANGE-MAP')
  })
  for (const [what, steps, expected] of wrong) {
    it(`report ${what}`, () => {
      expect(workflow(steps)[0]).to.contain(expected)
    })
  }
  it('allow a circle that waits', () => {
    expect(workflow('  - { id: a, call: s.h }\n  - { id: b, wait: 1h, then: a }')).to.deep.equal([])
  })
})
