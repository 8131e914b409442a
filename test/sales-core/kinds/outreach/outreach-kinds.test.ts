import { expect } from 'chai'
import { findingsIn } from '../../../support/sales/validated.ts'

const types = `kind: EntityType
name: lead
fields: { name: string, stage: string, score: number }
---
kind: EventType
name: lead.checked
fields: { stage: string? }
---
`
const office = 'kind: Calendar\nname: office\ntz: Asia/Dubai\nweek: { mon: "09:00-18:00" }\n---\n'
const found = (yaml: string) => findingsIn(types + yaml)
const policy = (members: string) => found(`kind: Policy\nname: p\n${members}`)
const template = (channels: string) => found(`kind: Template\nname: t\nparams: [name]\nchannels: ${channels}`)
const schedule = (members: string) =>
  found(`kind: Schedule\nname: s\nemit: { type: lead.checked }\n${members}`)

describe('a Policy', () => {
  it('is read whole', () => {
    const whole =
      'applies: { effects: [send], channels: [sms, whatsapp] }\nquiet_hours: { tz: contact, from: "20:00", to: "09:00", unknown_tz: tenant }\nconsent: { purpose: marketing }\ncaps: { per: lead, max: 3, within: 24h }\nwindow: { channel: whatsapp, within: 24h, otherwise: template }\non_block: defer'
    // A text that comes too late is then not sent at all.
    expect(found(`${office}kind: Policy\nname: p\n${whole}`)).to.deep.equal([
      'NX-POLICY-TEMPLATE window.otherwise',
    ])
  })

  it('is warned of when it needs a zone of the tenant that no Calendar says', () => {
    const quiet = (members: string) => policy(`quiet_hours: { from: "20:00", to: "09:00", ${members} }`)
    expect(quiet('tz: contact')).to.deep.equal(['NX-POLICY-ZONE quiet_hours.unknown_tz'])
    expect(quiet('tz: contact, unknown_tz: tenant')).to.deep.equal(['NX-POLICY-ZONE quiet_hours.unknown_tz'])
    expect(quiet('tz: tenant')).to.deep.equal(['NX-POLICY-ZONE quiet_hours.tz'])
    for (const other of ['unknown_tz: skip', 'unknown_tz: Asia/Dubai', 'tz: Asia/Dubai'])
      expect(quiet(other), other).to.deep.equal([])
    const several = `${office}${office.replace('office', 'shop')}`
    expect(
      found(`${several}kind: Policy\nname: p\nquiet_hours: { tz: tenant, from: "20:00", to: "09:00" }`),
    ).to.deep.equal(['NX-POLICY-ZONE quiet_hours.tz'])
  })

  it('knows what stands in for a free text, and that tasks stay inside', () => {
    const kept =
      'kind: Template\nname: t\nchannels: { whatsapp: { name: welcome_v3 }, sms: { text: Hi } }\n---\n'
    const window = (members: string) =>
      found(`${kept}kind: Policy\nname: p\nwindow: { within: 24h, ${members} }`)
    expect(window('channel: whatsapp, otherwise: template, template: t')).to.deep.equal([])
    expect(window('channel: sms, otherwise: template, template: t')).to.deep.equal([
      'NX-POLICY-TEMPLATE window.template',
    ])
    expect(window('channel: whatsapp, template: t')).to.deep.equal(['NX-POLICY-TEMPLATE window.template'])
    expect(window('channel: whatsapp, otherwise: template, template: u')).to.deep.equal([
      'NX-CONFIG-REFERENCE window.template',
    ])
    const asks = (params: string) =>
      found(
        `kind: Template\nname: t\nchannels: { whatsapp: { name: v3, params: [${params}] } }\n---\nkind: Policy\nname: p\nwindow: { channel: whatsapp, within: 24h, otherwise: template, template: t }`,
      )
    expect(asks('name, stage')).to.deep.equal([])
    expect(asks('name, nickname')).to.deep.equal(['NX-POLICY-TEMPLATE window.template'])
    expect(policy('pack: us\napplies: { effects: [send, task] }')).to.deep.equal([
      'NX-POLICY-EFFECT applies.effects[1]',
    ])
    expect(policy('pack: mars')).to.deep.equal(['NX-CONFIG-WRONG-VALUE pack'])
  })

  it('says what is wrong, and where', () => {
    expect(policy('on_block: skip')).to.deep.equal(['NX-CONFIG-WRONG-VALUE '])
    expect(policy('quiet_hours: { from: "20:00", to: "20:00" }')).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE quiet_hours.to',
    ])
    expect(policy('quiet_hours: { tz: contacts, from: "20:00", to: "09:00" }')).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE quiet_hours.tz',
    ])
    expect(policy('caps: [ { per: deel, max: 3, within: 24h } ]')).to.deep.equal([
      'NX-CONFIG-REFERENCE caps[0].per',
    ])
    expect(
      policy('caps: [ { per: lead, max: 3, within: 24h }, { per: lead, max: 5, within: 1h } ]'),
    ).to.deep.equal(['NX-POLICY-CAP caps[1]'])
    expect(policy('applies: { channels: [sms] }\nwindow: { channel: whatsapp, within: 24h }')).to.deep.equal([
      'NX-POLICY-CHANNEL window.channel',
    ])
  })
})

describe('a Template', () => {
  it('checks the texts of every channel against the declared types', () => {
    expect(template('{ sms: { text: "Hi {{ lead.name }}, {{ params.name }}" } }')).to.deep.equal([])
    expect(template('{ sms: { text: "Hi {{ lead.nam }}" } }')).to.deep.equal([
      'NX-TEMPLATE-UNKNOWN channels.sms.text',
    ])
    expect(template('{ email: { subject: "{{ params.nam }}", html: "{% if %}" } }')).to.deep.equal([
      'NX-TEMPLATE-UNKNOWN channels.email.subject',
      'NX-TEMPLATE-SYNTAX channels.email.html',
    ])
  })

  it('has a text of its own or one that the vendor keeps', () => {
    expect(template('{ whatsapp: { name: welcome_v3, language: en, params: [name] } }')).to.deep.equal([])
    expect(template('{ sms: { subject: Hi } }')).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE channels.sms',
      'NX-CONFIG-WRONG-VALUE channels.sms.subject',
    ])
    expect(template('{ sms: { text: Hi, name: welcome } }')).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE channels.sms.name',
    ])
    expect(template('{ whatsapp: { name: welcome, params: [nome] } }')).to.deep.equal([
      'NX-TEMPLATE-PARAM channels.whatsapp.params[0]',
    ])
  })
})

describe('a Schedule', () => {
  it('comes every so often or at times, for the tenant or for entities', () => {
    expect(schedule('every: 1h')).to.deep.equal([])
    const each = 'for_each: { entity: lead, where: lead.score > 5 }'
    expect(schedule(`cron: 0 7 * * 1-5\ntz: Europe/Berlin\n${each}\nmissed: skip`)).to.deep.equal([])
  })

  it('says what is wrong with its times', () => {
    expect(schedule('missed: skip')).to.deep.equal(['NX-CONFIG-WRONG-VALUE '])
    expect(schedule('every: 1h\ncron: 0 7 * * *')).to.deep.equal(['NX-CONFIG-WRONG-VALUE '])
    expect(schedule('every: 1h\ntz: UTC')).to.deep.equal(['NX-CONFIG-WRONG-VALUE tz'])
    expect(schedule('every: 5s')).to.deep.equal(['NX-CONFIG-WRONG-VALUE every'])
    expect(schedule('cron: 0 0 7 * * 1')).to.deep.equal(['NX-CONFIG-WRONG-VALUE cron'])
    expect(schedule('cron: 0 25 * * *')).to.deep.equal(['NX-CONFIG-WRONG-VALUE cron'])
    expect(schedule('cron: 0 7 30 2 *')).to.deep.equal(['NX-CONFIG-WRONG-VALUE cron'])
    expect(schedule('cron: 0 7 29 2 *')).to.deep.equal([])
  })

  it('checks its condition, its event and what that carries', () => {
    expect(schedule('every: 1h\nfor_each: { entity: lead, where: lead.scor > 5 }')).to.deep.equal([
      'NX-CONDITION-UNKNOWN for_each.where',
    ])
    expect(schedule('every: 1h\nfor_each: { entity: deal }')).to.deep.equal([
      'NX-CONFIG-REFERENCE for_each.entity',
    ])
    const emit = (text: string) => found(`kind: Schedule\nname: s\nevery: 1h\nemit: ${text}`)
    expect(emit('{ type: lead.cheked }')).to.deep.equal(['NX-CONFIG-REFERENCE emit.type'])
    expect(emit('{ type: lead.checked, data: { stag: x } }')).to.deep.equal(['NX-EMIT-FIELD emit.data.stag'])
  })
})
