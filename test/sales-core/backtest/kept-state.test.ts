import { expect } from 'chai'
import { newEntity } from '../../../src/sales-core/decide/entity-state.ts'
import { Arm, armState } from '../../../src/sales-core/backtest/arm.ts'
import type { Turn } from '../../../src/sales-core/backtest/arm.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import type { Given } from './recordings.ts'
import { backtestOf, recorded, tenantId } from './recordings.ts'

const created = (lead: string, seq = 1): Given => ({ lead, seq, type: 'lead.created', data: { name: 'Ada' } })
const asked = (lead: string, seq: number): Given => ({
  lead,
  seq,
  type: 'message.received',
  data: { text: 'hi', direction: 'inbound' },
})
const rule = (on: string, memory: string): string =>
  `kind: RuleSet\nname: r\nrules: [ { id: a, on: ${on}, ${memory} then: [ { send: { channel: sms, text: Hi } } ] } ]`

describe('what rules keep of an entity in a backtest', () => {
  it('is a wait that only the candidate opened', async () => {
    const events = recorded([created('1'), { ...created('2'), minute: 120 }])
    const absence = 'unless_followed_by: { event: message.received, within: 1h },'
    const report = await backtestOf(rule('contact.unsubscribed', ''), rule('lead.created', absence), events)
    const sends = report.actions.find(({ kind }) => kind === 'send')
    expect(sends).to.include({ baseline: 0, candidate: 1, added: 1 })
  })

  for (const memory of ['once: {},', 'throttle: { once_within: 1d },'])
    it(`is a mark that only the candidate set: ${memory}`, async () => {
      const events = recorded([asked('1', 1), asked('1', 2), asked('1', 3)])
      const report = await backtestOf(
        rule('message.received', ''),
        rule('message.received', memory),
        events,
        {
          batch: 1,
        },
      )
      expect(report.rules).to.deep.equal([
        { rule: 'RuleSet/r#a', baseline: 3, candidate: 1, added: 0, removed: 2 },
      ])
    })

  it('is none of the past that is not recorded exactly', async () => {
    const entity = { ...newEntity('default', { kind: 'lead', id: '1' }), version: 6, appliedSeq: 6 }
    const before = { state: 'rule_waits_unknown', entity, instances: [] } as const
    const past = { before: async () => new Map([['default/lead/1', before]]) }
    const report = await backtestOf(
      rule('lead.created', ''),
      rule('lead.created', ''),
      recorded([asked('1', 7)]),
      {
        past,
      },
    )
    expect(report.notReplayed.byReason).to.have.length(1)
    expect(report.notReplayed.byReason[0]).to.include({ reason: 'rule_wait_unknown', events: 1 })
  })
})

describe('teams in a backtest', () => {
  it('are what each side makes of them, however often the baseline decides twice', async () => {
    const team = (text: string): string => `
kind: Team
name: closers
members: [ { rep: sara }, { rep: omar }, { rep: lena } ]
---
kind: RuleSet
name: give
rules:
  - { id: give, on: lead.created, then: [ { assign: { team: closers } } ] }
  - { id: greet, on: lead.created, when: 'event.name.endsWith("7")', then: [ { send: { channel: sms, text: ${text} } } ] }
`
    const events = recorded(
      Array.from({ length: 60 }, (_, index) => ({ ...created(String(index)), data: { name: `A${index}` } })),
    )
    const same = await backtestOf(team('Hi'), team('Hi'), events, { batch: 8 })
    expect(same.noise.checked).to.be.greaterThan(1)
    expect(same.noise.events).to.equal(0)
    expect(same.decisions.changedEvents).to.equal(0)
    const other = await backtestOf(team('Hi'), team('Hello'), events, { batch: 8 })
    expect(other.noise.events).to.equal(0)
    expect(other.decisions.changedEvents).to.equal(6)
  })
})

describe('decay in a backtest', () => {
  const score = (decay: string): string => `
kind: EventType
name: lead.cooled
---
kind: LeadScore
name: fit
writes: lead.score
factors: [ { id: replies, on: message.received, points: 60 ${decay} } ]
bands: [ { name: hot, from: 50 }, { name: cold, from: 0, emit: lead.cooled } ]
---
kind: RuleSet
name: r
rules:
  - { id: cooled, on: lead.cooled, when: meta.depth > 0, then: [ { send: { channel: sms, text: Hi } } ] }
  - { id: quiet, on: lead.cooled, unless_followed_by: { event: message.received, within: 1h }, then: [ { add_tag: quiet } ] }
`
  const chase = `
---
kind: Workflow
name: chase
for: lead
start: { on: message.received }
enroll: { while_running: parallel }
steps:
  - { id: soon, wait: 1h }
  - { id: tag, add_tag: soon }
  - { id: late, wait: 20h }
`
  const daily = ', decay: { half_life: 1d }'
  const startMs = Date.parse('2026-03-02T08:00:00Z')
  const told = ({ decided }: Turn) =>
    decided.map(({ event, now }) => [event.type, Math.floor((now.getTime() - startMs) / 3_600_000)] as const)

  it('brings each side’s scores into other bands at its own time', async () => {
    const events = recorded([asked('1', 1), { ...asked('2', 1), minute: 2 * 1_440 }])
    const fast = await backtestOf(score(daily), score(', decay: { half_life: 30d }'), events)
    expect(fast.actions.find(({ kind }) => kind === 'send')).to.include({ baseline: 1, candidate: 0 })
    const timer: Given = { lead: '1', seq: 2, type: 'score.decayed', origin: 'timer', minute: 400, data: {} }
    const withTimer = recorded([asked('1', 1), timer, { ...asked('2', 1), minute: 2 * 1_440 }])
    const replayed = await backtestOf(score(daily), score(''), withTimer)
    expect(replayed.actions.find(({ kind }) => kind === 'send')).to.include({ baseline: 1, candidate: 0 })
  })

  it('falls between what workflows and rules wait for, all in the order of time', () => {
    const arm = new Arm(salesConfig(score(daily) + chase))
    const [event] = recorded([asked('1', 1)])
    const { after } = arm.play(armState(newEntity('default', event!.subject), []), event!, startMs, true)
    expect(told(arm.finish(after, tenantId, startMs + 30 * 3_600_000))).to.deep.equal([
      ['timer.due', 1],
      ['score.decayed', 6],
      ['lead.cooled', 6],
      ['timer.due', 7],
      ['timer.due', 21],
    ])
  })

  it('comes before the next event of an entity that waits for nothing else', () => {
    const arm = new Arm(salesConfig(score(daily)))
    const [event, next] = recorded([asked('1', 1), asked('1', 2)])
    const { after } = arm.play(armState(newEntity('default', event!.subject), []), event!, startMs, true)
    expect(told(arm.play(after, next!, startMs + 48 * 3_600_000, true))).to.deep.equal([
      ['score.decayed', 6],
      ['lead.cooled', 6],
      ['timer.due', 7],
      ['message.received', 48],
    ])
  })

  it('comes once of a score that this side does not have, and holds nothing up', () => {
    const absence = 'unless_followed_by: { event: lead.created, within: 1d },'
    const arm = new Arm(salesConfig(rule('message.received', absence)))
    const [event] = recorded([asked('1', 8)])
    const crossesAt = new Date(startMs + 60_000).toISOString()
    const entity = {
      ...newEntity('default', event!.subject),
      scores: { fit: { points: 60, band: 'hot', collected: {}, crossesAt } },
    }
    const first = arm.play(armState(entity, []), event!, startMs, true)
    expect(told(first)).to.deep.equal([['message.received', 0]])
    const second = arm.play(first.after, event!, startMs + 3_600_000, false)
    expect(told(second)).to.deep.equal([['score.decayed', 0]])
    expect(told(arm.finish(second.after, tenantId, startMs + 2 * 86_400_000))).to.deep.equal([
      ['timer.due', 24],
    ])
  })
})
