import { expect } from 'chai'
import type { Given } from './recordings.ts'
import { backtestOf, recorded } from './recordings.ts'

const created = (lead: string, seq = 1): Given => ({
  lead,
  seq,
  type: 'lead.created',
  data: { name: 'Ada Lovelace', country: 'AE' },
})
const asked = (lead: string, seq: number): Given => ({
  lead,
  seq,
  type: 'message.received',
  data: { text: 'what is the price', direction: 'inbound' },
})

describe('timers and chains in a backtest', () => {
  const workflow = (wait: string): string => `
kind: Workflow
name: chase
for: lead
start: { on: lead.created }
steps:
  - { id: pause, wait: ${wait} }
  - { id: text, send: { channel: sms, text: "Hi" } }
`

  it('fires each side’s own timers, and not those of the recording', async () => {
    const events = recorded([
      { ...created('1'), minute: 0 },
      {
        lead: '1',
        seq: 2,
        type: 'timer.due',
        origin: 'timer',
        data: { instanceId: 'x', seq: 1 },
        minute: 60,
      },
      { ...created('2'), minute: 90 },
    ])
    const report = await backtestOf(workflow('1h'), workflow('2h'), events)
    const sends = report.actions.find(({ kind }) => kind === 'send')
    expect(sends).to.include({ baseline: 1, candidate: 0 })
  })

  it('follows what a side emits about the entity itself, once', async () => {
    const emitting = (threshold: number): string => `
kind: EventType
name: lead.warmed
fields: { by: string }
---
kind: RuleSet
name: chain
rules:
  - { id: first, on: message.received, when: event.text.size() > ${threshold}, then: [{ emit: { type: lead.warmed, data: { by: rule } } }] }
  - { id: second, on: lead.warmed, then: [{ send: { channel: sms, text: "Hi" } }] }
`
    const [message] = recorded([asked('1', 1)])
    if (message === undefined) throw new Error('no event')
    const events = [
      message,
      ...recorded([
        {
          lead: '1',
          seq: 2,
          type: 'lead.warmed',
          origin: 'emitted',
          data: { by: 'rule' },
          causationId: message.id,
        },
      ]),
    ]
    const report = await backtestOf(emitting(0), emitting(1_000), events)
    expect(report.rules.map(({ rule, baseline, candidate }) => [rule, baseline, candidate])).to.deep.equal([
      ['RuleSet/chain#first', 1, 0],
      ['RuleSet/chain#second', 1, 0],
    ])
  })
})
