import { expect } from 'chai'
import { documentKinds } from '../../../../src/app/kinds.ts'
import { gohighlevelEvents } from '../../../../src/adapters/connectors/payloads/gohighlevel-events.ts'
import { gohighlevel } from '../../../../src/adapters/connectors/vendors/gohighlevel.ts'
import type { OperationDefinition } from '../../../../src/adapters/connectors/define-connector.ts'
import { doc, validate } from '../../../control-plane/validate/validate-text.ts'

const base = [
  doc('EntityType', 'lead', 'fields: { stage: string = new, synced: bool, tags: list<string> }'),
  doc('EventType', 'contact.updated', 'fields: { city: string? }'),
  doc('EventType', 'contact.created', 'fields: { city: string? }'),
  doc('EventType', 'ticket.changed', 'fields: { state: string? }'),
  doc(
    'Integration',
    'ghl',
    'connector: gohighlevel',
    'connection: { locationId: abc }',
    'credentials: { accessToken: { secret: ghl-token } }',
  ),
]
const desk = (echoes: string) =>
  doc(
    'Integration',
    'desk',
    'connector: http',
    'connection: { baseUrl: "https://desk.example" }',
    'auth: { kind: none }',
    `operations: { close: { method: PUT, path: /close, effect: update, echoes: [ ${echoes} ] } }`,
    'channels: { chat: close }',
  )
const rules = (...lines: string[]) => doc('RuleSet', 'r', 'rules:', ...lines.map((line) => `  - ${line}`))
const upsert = '{ call: ghl.contact.upsert, with: { city: Dubai } }'

function cycles(...documents: readonly string[]) {
  const { findings } = validate({ 'global/all.yaml': [...base, ...documents].join('---\n') }, documentKinds)
  const errors = findings.filter(({ severity, code }) => severity === 'error' || code === 'NX-CONFIG-CYCLE')
  return errors.map(({ code, message, related }) => ({
    code,
    message,
    way: related?.map((step) => step.message),
  }))
}

describe('rules that set themselves off through an integration', () => {
  it('are found by what its vendor tells of our own change, with the way round', () => {
    const [found, ...more] = cycles(rules(`{ id: mirror, on: contact.updated, then: [ ${upsert} ] }`))
    expect(more).to.deep.equal([])
    expect(found?.code).to.equal('NX-CONFIG-CYCLE')
    expect(found?.message).to.contain('contact.updated -> contact.updated (each time round begins anew')
    expect(found?.way).to.deep.equal([
      'r/mirror on contact.updated calls ghl.contact.upsert, which comes back as contact.updated',
    ])
  })

  it('are found across an emitted event, and in what an http integration says of itself', () => {
    const found = cycles(
      desk('ticket.changed'),
      rules(
        '{ id: a, on: ticket.changed, then: [ { emit: { type: contact.created } } ] }',
        '{ id: b, on: contact.created, then: [ { call: desk.close } ] }',
      ),
    )
    expect(found.map(({ way }) => way)).to.deep.equal([
      [
        'r/a on ticket.changed emits contact.created',
        'r/b on contact.created calls desk.close, which comes back as ticket.changed',
      ],
    ])
    expect(cycles(desk('ticket.unheard')).map(({ code }) => code)).to.deep.equal(['NX-CONFIG-REFERENCE'])
  })

  it('are broken by a guard, by allow_cycle, and by once for the lead', () => {
    const guard = `{ id: a, on: contact.updated, when: '!lead.synced', then: [ { set: { lead.synced: true } }, ${upsert} ] }`
    const allowed = `{ id: a, on: contact.updated, allow_cycle: { max: 2, why: 'the vendor is quiet' }, then: [ ${upsert} ] }`
    const once = `{ id: a, on: contact.updated, once: { per: lead }, then: [ ${upsert} ] }`
    for (const rule of [guard, allowed, once]) expect(cycles(rules(rule))).to.deep.equal([])
  })

  it('are not broken by once within a time: what comes back may come after it', () => {
    const again = `{ id: a, on: contact.updated, once: { per: lead, within: 1m }, then: [ ${upsert} ] }`
    expect(cycles(rules(again)).map(({ code }) => code)).to.deep.equal(['NX-CONFIG-CYCLE'])
    const [found] = cycles(
      rules(
        `{ id: a, on: contact.updated, then: [ ${upsert} ] }`,
        '{ id: b, on: contact.updated, once: { within: 1m }, then: [ { emit: { type: contact.updated } } ] }',
      ),
    )
    expect(found?.message).to.contain('begins anew')
  })

  it('are found by results of their own calls and messages, unless a condition excludes those', () => {
    const failed = (when: string) =>
      cycles(
        rules(
          `{ id: a, on: message.failed, when: '${when}', then: [ { send: { channel: sms, text: Hi } } ] }`,
        ),
      )
    expect(failed('event.channel == "sms"').map(({ way }) => way)).to.deep.equal([
      ['r/a on message.failed sends a message over sms, which comes back as message.failed'],
    ])
    expect(failed('event.channel == "whatsapp"')).to.deep.equal([])
    expect(failed('event.integration == "desk"')).to.deep.equal([])
  })
})

describe('the echoes of GoHighLevel', () => {
  it('are events that its webhooks bring', () => {
    const brought = new Set(gohighlevelEvents.map(({ emit }) => emit))
    const echoes = Object.values<OperationDefinition>(gohighlevel.operations).flatMap(
      ({ echoes: types = [] }) => types,
    )
    expect(echoes.filter((type) => !brought.has(type))).to.deep.equal([])
  })
})
