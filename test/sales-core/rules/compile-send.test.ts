import { expect } from 'chai'
import { EntityUnderTest } from '../../support/sales/entity-under-test.ts'
import {
  anyIntegration,
  checkAll,
  leadTypes,
  salesConfig,
  salesDocuments,
} from '../../support/sales/sales-config.ts'
import { compileSalesConfig } from '../../../src/sales-core/compile/compile-sales-config.ts'
import { findingsIn } from '../../support/sales/validated.ts'

const welcome = `kind: Template
name: welcome
params: [name]
channels:
  sms: { text: "Hi {{ params.name | default: 'there' }}, you have {{ lead.score }} points" }
  email: { subject: "Hello {{ params.name }}", html: "<b>{{ lead.name }}</b>" }
  whatsapp: { name: welcome_v3, language: en, params: [name] }
---
`

function sent(send: string) {
  const config = salesConfig(
    `${welcome}kind: RuleSet\nname: r\nrules: [ { id: greet, on: lead.created, then: [ { send: ${send} } ] } ]`,
  )
  const decision = new EntityUnderTest(config, { score: 7 }).happen('lead.created', { name: 'Ada' })
  return decision.commands.map(({ input }) => input)
}

describe('a send that names a Template', () => {
  it('has the words of its channel, with parameters and the entity filled in', () => {
    const params = 'template: welcome, params: { name: "{{ event.name }}" }'
    expect(sent(`{ channel: sms, to: "+1", ${params} }`)).to.deep.equal([
      { channel: 'sms', to: '+1', text: 'Hi Ada, you have 7 points' },
    ])
    expect(sent(`{ channel: sms, template: welcome, params: { name: '' } }`)).to.deep.equal([
      { channel: 'sms', text: 'Hi there, you have 7 points' },
    ])
    expect(sent(`{ channel: email, ${params} }`)).to.deep.equal([
      { channel: 'email', subject: 'Hello Ada', html: '<b>Ada</b>' },
    ])
  })

  it('names the vendor’s template where the vendor keeps it', () => {
    expect(
      sent('{ channel: whatsapp, template: welcome, params: { name: "{{ event.name }}" } }'),
    ).to.deep.equal([
      { channel: 'whatsapp', template_id: 'welcome_v3', language: 'en', params: { name: 'Ada' } },
    ])
  })

  it('knows parameters by place, and hands on what has no value', () => {
    const placed = (name: string) =>
      salesConfig(
        `kind: Template\nname: t\nparams: [name, code]\nchannels: { whatsapp: { name: v3, params: [name, code], by: place } }\n---\nkind: RuleSet\nname: r\nrules: [ { id: greet, on: lead.created, then: [ { send: { channel: whatsapp, template: t, params: { code: 7, name: ${name} } } } ] } ]`,
      )
    const input = (name: string) =>
      new EntityUnderTest(placed(name), {}).happen('lead.created', { name: 'Ada' }).commands[0]?.input
    expect(input('"{{ event.name }}"')).to.have.deep.property('params', { 1: 'Ada', 2: 7 })
    // Were it left out, the code would be said in the place of the name.
    expect(input('"{{ event.country }}"')).to.have.deep.property('params', { 1: null, 2: 7 })
  })

  it('says what is wrong before it is ever sent', () => {
    const types =
      'kind: EntityType\nname: lead\nfields: { name: string, score: number }\n---\nkind: EventType\nname: lead.created\nfolds: lead\nfields: { name: string }\n---\nkind: Integration\nname: m\nconnector: http\nconnection: { baseUrl: "https://m.example.com" }\noperations: { go: { method: POST, path: /m, effect: send, body: "{{ input }}" } }\nchannels: { sms: go, fax: go }\n---\n'
    const found = (send: string) =>
      findingsIn(
        `${types.replace('body: "{{ input }}"', 'body: { all: "{{ input }}" }')}${welcome}kind: RuleSet\nname: r\nrules: [ { id: greet, on: lead.created, then: [ { send: ${send} } ] } ]`,
      )
    const at = 'rules[0].then[0].send'
    expect(found('{ channel: sms, template: welcome, params: { name: x } }')).to.deep.equal([])
    expect(found('{ channel: sms, template: welcom }')).to.deep.equal([`NX-CONFIG-REFERENCE ${at}.template`])
    expect(found('{ channel: fax, template: welcome }')).to.deep.equal([`NX-SEND-TEMPLATE ${at}.template`])
    expect(found('{ channel: sms, template: welcome, text: Hi, params: { name: x } }')).to.deep.equal([
      `NX-SEND-TEMPLATE ${at}.text`,
    ])
    expect(found('{ channel: sms, template: welcome, params: { name: x, nam: x } }')).to.deep.equal([
      `NX-TEMPLATE-PARAM ${at}.params.nam`,
    ])
    expect(found('{ channel: sms, template: welcome }')).to.deep.equal([`NX-TEMPLATE-PARAM ${at}.template`])
    expect(found('{ channel: sms, template: welcome, params: {} }')).to.deep.equal([
      `NX-TEMPLATE-PARAM ${at}.template`,
    ])
    expect(found('{ channel: sms, text: Hi, params: { name: x } }')).to.deep.equal([
      `NX-SEND-TEMPLATE ${at}.params`,
    ])
  })

  it('still goes out where it was stored before its parameters had to be given, and one of the vendor’s is refused', () => {
    const stored = salesDocuments(
      `${leadTypes}${welcome}kind: RuleSet\nname: r\nrules: [ { id: greet, on: lead.created, then: [ { send: { channel: sms, template: welcome } }, { send: { channel: whatsapp, template: welcome } } ] } ]`,
    )
    expect(checkAll(stored).map(({ code }) => code)).to.include('NX-TEMPLATE-PARAM')
    const config = compileSalesConfig(stored, 'digest-stored', anyIntegration, 'acme')
    const { commands } = new EntityUnderTest(config, { score: 7 }).happen('lead.created', { name: 'Ada' })
    expect(commands.map(({ input }) => input)).to.deep.equal([
      { channel: 'sms', text: 'Hi there, you have 7 points' },
      { channel: 'whatsapp', template_id: 'welcome_v3', language: 'en', params: { name: null } },
    ])
  })
})
