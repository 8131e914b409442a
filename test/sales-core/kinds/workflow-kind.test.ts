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
  ]
  for (const [what, steps, expected] of wrong) {
    it(`report ${what}`, () => {
      expect(workflow(steps)[0]).to.contain(expected)
    })
  }
  it('allow a circle that waits', () => {
    expect(workflow('  - { id: a, call: s.h }\n  - { id: b, wait: 1h, then: a }')).to.deep.equal([])
  })
})
