import { expect } from 'chai'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import { depthMax } from '../../../src/messaging/events/event.ts'
import { anyIntegration, leadTypes, salesConfig, salesDocuments } from '../../support/sales/sales-config.ts'
import { compileSalesConfig } from '../../../src/sales-core/compile/compile-sales-config.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'

function fired(decision: Decision): readonly string[] {
  return decision.trace.rules.filter(({ outcome }) => outcome === 'fired').map(({ rule }) => rule)
}

function failed(decision: Decision): readonly string[] {
  return decision.trace.rules.flatMap((entry) =>
    entry.outcome === 'failed' ? [`${entry.rule} ${entry.code}`] : [],
  )
}

function rules(...lines: readonly string[]) {
  return salesConfig(`kind: RuleSet\nname: r\nrules:\n${lines.map((line) => `  - ${line}`).join('\n')}`)
}

describe('decide', () => {
  describe('folding', () => {
    it('merges the fields that event and entity share, leaf by leaf, with every change recorded', () => {
      const lead = new EntityUnderTest(salesConfig(''), { consent: { whatsapp: true }, budget: 5 })
      const decision = lead.happen('lead.created', {
        name: 'Ada',
        source: 'ads',
        consent: { sms: false },
        budget: null,
      })
      expect(lead.entity.fields).to.deep.equal({ name: 'Ada', consent: { whatsapp: true, sms: false } })
      expect(decision.changes).to.deep.equal([
        { field: 'name', from: null, to: 'Ada', by: 'event' },
        { field: 'budget', from: 5, to: null, by: 'event' },
        { field: 'consent.sms', from: null, to: false, by: 'event' },
      ])
      expect(lead.entity).to.include({ version: 1, appliedSeq: 1 })
    })
    it('changes nothing when the data says what is known', () => {
      const lead = new EntityUnderTest(salesConfig(''), { name: 'Ada', tags: ['a'] })
      expect(lead.happen('lead.created', { name: 'Ada', tags: ['a'] }).changes).to.deep.equal([])
      expect(lead.entity).to.include({ version: 0, appliedSeq: 1 })
    })
    it('records an event that nobody declared and folds nothing', () => {
      const lead = new EntityUnderTest(salesConfig(''))
      const decision = lead.happen('who.knows', { name: 'Ada' })
      expect(lead.entity.fields).to.deep.equal({})
      expect(decision.trace.notes.join()).to.contain('who.knows')
    })
    it('leaves an entity of another kind than the folding one alone', () => {
      const deal = new EntityUnderTest(salesConfig(''), {}, { kind: 'deal', id: '7' })
      expect(deal.happen('lead.created', { name: 'Ada' }).changes).to.deep.equal([])
    })
  })

  describe('rules', () => {
    it('judge all conditions on one snapshot: a set is not seen by the other rules of the event', () => {
      const config = rules(
        '{ id: a, on: lead.created, rank: 900, then: [ { set: { lead.temperature: hot } } ] }',
        '{ id: b, on: lead.created, when: lead.temperature == "hot", then: [ { set: { lead.owner: x } } ] }',
      )
      const lead = new EntityUnderTest(config)
      expect(fired(lead.happen('lead.created'))).to.deep.equal(['RuleSet/r#a'])
      expect(fired(lead.happen('lead.created'))).to.deep.equal(['RuleSet/r#a', 'RuleSet/r#b'])
    })
    it('go by rank, then by id; of two writes to one field the higher rank wins and the other is noted', () => {
      const config = rules(
        '{ id: z, on: lead.created, rank: 700, then: [ { set: { lead.temperature: hot } } ] }',
        '{ id: b, on: lead.created, then: [ { set: { lead.temperature: cold } } ] }',
        '{ id: a, on: lead.created, then: [ { add_tag: x } ] }',
      )
      const lead = new EntityUnderTest(config)
      const decision = lead.happen('lead.created')
      expect(fired(decision)).to.deep.equal(['RuleSet/r#z', 'RuleSet/r#a', 'RuleSet/r#b'])
      expect(lead.entity.fields['temperature']).to.equal('hot')
      expect(decision.trace.notes.join()).to.contain('RuleSet/r#b did not set temperature')
    })
    it('render what they do on the state after all sets', () => {
      const config = rules(
        '{ id: a, on: lead.created, rank: 900, then: [ { call: sink.hit, with: { t: "{{ lead.temperature }}" } } ] }',
        '{ id: b, on: lead.created, then: [ { set: { lead.temperature: hot } } ] }',
      )
      expect(new EntityUnderTest(config).happen('lead.created').commands[0]?.input).to.deep.equal({
        t: 'hot',
      })
    })
    it('render what they set on the snapshot of before, too', () => {
      const config = rules(
        '{ id: a, on: lead.created, rank: 900, then: [ { set: { lead.temperature: hot } } ] }',
        '{ id: b, on: lead.created, then: [ { set: { lead.owner: "was {{ lead.temperature }}" } } ] }',
      )
      const lead = new EntityUnderTest(config, { temperature: 'cold' })
      lead.happen('lead.created')
      expect(lead.entity.fields).to.include({ temperature: 'hot', owner: 'was cold' })
    })
    it('add each tag once', () => {
      const config = rules(
        '{ id: a, on: lead.created, then: [ { add_tag: [new, "{{ event.source }}", new] } ] }',
      )
      const lead = new EntityUnderTest(config, { tags: ['old'] })
      lead.happen('lead.created', { source: 'ads' })
      lead.happen('lead.created', { source: 'ads' })
      expect(lead.entity.fields['tags']).to.deep.equal(['old', 'new', 'ads'])
    })
    it('say nothing about an entity of another kind', () => {
      const config = rules(
        '{ id: a, on: message.received, when: lead.score >= 0, then: [ { call: sink.hit } ] }',
      )
      expect(
        new EntityUnderTest(config, {}, { kind: 'deal', id: '7' }).happen('message.received').commands,
      ).to.deep.equal([])
    })
  })

  describe('a rule that fails', () => {
    it('drops all its own effects, whichever phase it fails in; the others stand', () => {
      const config = rules(
        '{ id: when, on: message.received, when: 1 / lead.score > 0, then: [ { set: { lead.owner: a } } ] }',
        '{ id: act, on: message.received, then: [ { set: { lead.temperature: cold } }, { call: sink.hit, with: { x: "{{ lead.tags | join: lead.budget }}{{ lead.name | round | divided_by: 0 | at_least: 1 }}{% for i in (1..9000000) %}x{% endfor %}" } } ] }',
        '{ id: good, on: message.received, rank: 1, then: [ { set: { lead.temperature: hot } }, { call: sink.hit, with: { t: "{{ lead.temperature }}" } } ] }',
      )
      const lead = new EntityUnderTest(config)
      const decision = lead.happen('message.received')
      expect(fired(decision)).to.deep.equal(['RuleSet/r#good'])
      expect(failed(decision)).to.deep.equal([
        'RuleSet/r#when NX-CONDITION-DATA',
        'RuleSet/r#act NX-TEMPLATE-RENDER',
      ])
      expect(lead.entity.fields).to.deep.equal({ temperature: 'hot' })
      expect(decision.commands.map(({ input }) => input)).to.deep.equal([{ t: 'hot' }])
    })
    it('fails when no integration carries what it asks for', () => {
      const set = salesDocuments(
        `${leadTypes}kind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, then: [ { set: { lead.owner: x } }, { call: gone.hit } ] } ]`,
      )
      const none = { operation: () => null, channel: () => null }
      const lead = new EntityUnderTest(compileSalesConfig(set, 'd', none, 'acme'))
      expect(failed(lead.happen('lead.created'))).to.deep.equal(['RuleSet/r#a NX-OPERATION-UNKNOWN'])
      expect(lead.entity.fields).to.deep.equal({})
    })
    it('fails when a set yields what the field cannot hold', () => {
      const config = rules(
        '{ id: a, on: message.received, then: [ { set: { lead.seen: "{{ event.text }}" } } ] }',
      )
      const lead = new EntityUnderTest(config)
      expect(failed(lead.happen('message.received', { text: 'soon' }))).to.deep.equal([
        'RuleSet/r#a NX-SET-TYPE',
      ])
      lead.happen('message.received', { text: '2026-03-05T12:00:00Z' })
      expect(lead.entity.fields['seen']).to.equal('2026-03-05T12:00:00Z')
    })
    it('can be replayed alone', () => {
      const config = rules(
        '{ id: a, on: lead.created, then: [ { call: sink.hit, with: { n: 1 } } ] }',
        '{ id: b, on: lead.created, then: [ { call: sink.hit, with: { n: 2 } } ] }',
      )
      const lead = new EntityUnderTest(config)
      const decision = lead.happen('lead.created', { name: 'Ada' }, { origin: 'replay', only: 'r/b' })
      expect(fired(decision)).to.deep.equal(['RuleSet/r#b'])
      expect(decision.changes).to.deep.equal([])
      expect(decision.commands.map(({ input }) => input)).to.deep.equal([{ n: 2 }])
    })
  })

  it('says so when there is nothing of that name to replay', () => {
    const lead = new EntityUnderTest(salesConfig(''))
    expect(
      lead.happen('lead.created', {}, { origin: 'replay', only: 'r/gone' }).trace.notes.join(),
    ).to.contain('r/gone')
  })

  it('lets no subject stand in for the event', () => {
    const config = rules(
      '{ id: a, on: message.received, when: event.text == "hi", then: [ { call: sink.hit } ] }',
    )
    const odd = new EntityUnderTest(config, { text: 'hi' }, { kind: 'event', id: '1' })
    expect(odd.happen('message.received', { text: 'no' }).commands).to.deep.equal([])
  })

  describe('effects', () => {
    const config = salesConfig(`kind: RuleSet
name: r
rules:
  - id: a
    on: lead.created
    then:
      - { call: crm.contact.upsert, with: { lead: "{{ lead.id }}", budget: "{{ lead.budget }}" }, priority: high }
      - { send: { channel: sms, text: "Hi {{ lead.name }}" } }
      - { emit: { type: contact.unsubscribed, data: { reason: "{{ event.source }}" } } }
      - { emit: { type: contact.unsubscribed, subject: "deal/{{ lead.id }}" } }
`)
    it('are commands that know their cause', () => {
      const { commands } = new EntityUnderTest(config).happen('lead.created', { name: 'Ada' }, { depth: 2 })
      expect(commands[0]).to.deep.include({
        integration: 'crm',
        operation: 'contact.upsert',
        input: { lead: '42' },
        cause: 'RuleSet/r#a',
        entityKey: 'default/lead/42',
        priority: 'high',
        repeatable: 'yes',
        depth: 2,
        dueAt: noon.toISOString(),
        instanceId: null,
        routeResult: false,
      })
      expect(commands[1]).to.deep.include({
        integration: 'messenger',
        operation: 'sms.send',
        input: { channel: 'sms', text: 'Hi Ada' },
        repeatable: 'no',
        priority: 'normal',
      })
    })
    it('are events one deeper, about this entity or another', () => {
      const { emitted } = new EntityUnderTest(config).happen(
        'lead.created',
        { name: 'Ada', source: 'ads' },
        { depth: 2 },
      )
      expect(emitted[0]).to.deep.include({
        type: 'contact.unsubscribed',
        subject: { kind: 'lead', id: '42' },
        data: { reason: 'ads' },
        depth: 3,
        origin: 'emitted',
      })
      expect(emitted[1]).to.deep.include({ subject: { kind: 'deal', id: '42' }, data: {} })
    })
    it('have the same ids whenever the same event is decided, and others for other events', () => {
      const ids = (change: object) => {
        const { commands, emitted } = new EntityUnderTest(config).happen(
          'lead.created',
          { name: 'Ada' },
          change,
        )
        return [
          ...commands.map(({ id }) => id),
          ...commands.map(({ idempotencyKey }) => idempotencyKey),
          ...emitted.map(({ id }) => id),
        ]
      }
      expect(ids({})).to.deep.equal(ids({}))
      expect(new Set([...ids({}), ...ids({ externalId: 'other' })])).to.have.property('size', 12)
    })
    it('stop where a chain is too deep, and say so', () => {
      const decision = new EntityUnderTest(config).happen('lead.created', {}, { depth: depthMax })
      expect(decision.emitted.map(({ type, data }) => [type, data['reason']])).to.deep.equal([
        ['automation.loop_stopped', 'depth'],
      ])
      expect(decision.commands).to.have.length(2)
      expect(failed(decision)).to.deep.equal(['RuleSet/r#a NX-CHAIN-DEPTH', 'RuleSet/r#a NX-CHAIN-DEPTH'])
    })
    it('are refused when an emitted event would not fit its type', () => {
      const wrong = rules(
        '{ id: a, on: message.received, then: [ { emit: { type: lead.created, data: { budget: "{{ event.text | append: event.channel }}" } } } ] }',
      )
      expect(failed(new EntityUnderTest(wrong).happen('message.received', { text: 'x' }))).to.deep.equal([
        'RuleSet/r#a NX-EMIT-DATA',
      ])
    })
    it('let results travel only when something listens to them', () => {
      const listening = rules(
        '{ id: a, on: lead.created, then: [ { call: sink.hit } ] }',
        '{ id: b, on: command.failed, when: event.error.status == 400, then: [ { add_tag: bounced } ] }',
      )
      const lead = new EntityUnderTest(listening)
      expect(lead.happen('lead.created').commands[0]?.routeResult).to.equal(true)
      lead.happen('command.failed', { commandId: 'c', error: { code: 'X', message: 'no', status: 400 } })
      expect(lead.entity.fields['tags']).to.deep.equal(['bounced'])
    })
  })

  it('gives plain data', () => {
    const config = rules(
      '{ id: a, on: lead.created, then: [ { call: sink.hit, with: { x: "{{ lead.name }}" } } ] }',
    )
    const decision = new EntityUnderTest(config).happen('lead.created', { name: 'Ada' })
    expect(JSON.parse(JSON.stringify(decision))).to.deep.equal(decision)
    expect(anyIntegration.channel('sms')).not.to.equal(null)
  })
})
