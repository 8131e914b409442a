import { expect } from 'chai'
import { splitPayload } from '../../../../src/adapters/connectors/webhooks/payload/split-payload.ts'
import type { WebhookDefinition } from '../../../../src/adapters/connectors/webhooks/webhook-definition.ts'
import { signatureSchemes } from '../../../../src/adapters/connectors/webhooks/signatures/signature-schemes.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { receiving, stored } from './receiving.ts'

const definition: WebhookDefinition = {
  schemes: signatureSchemes.xero.schemes,
  keys: {},
  format: 'either',
  sentAt: null,
  toleranceMs: 300_000,
  deliveryId: '{{ body.id }}',
  hashHorizonMs: 1_000,
  type: '{{ body.type }}',
  account: null,
  envelope: ['type'],
  events: [
    {
      when: 'lead',
      emit: 'lead.created',
      lead: '{{ body.lead }}',
      requires: ['lead'],
      data: { name: '{{ body.name }}', hello: 'Hi {{ body.name }}' },
      covers: ['lead', 'name'],
    },
  ],
  versions: [
    {
      id: '2',
      detect: { apiVersion: 2 },
      overlay: {
        type: '{{ body.kind }}',
        events: {
          lead: { data: { name: '{{ body.fullName }}', hello: null }, requires: ['lead'] },
          gone: { emit: 'lead.gone', lead: '{{ body.lead }}', data: {} },
        },
      },
    },
    {
      id: '3',
      detect: { 'meta.schema': { oneOf: ['3', '3.1'] } },
      overlay: { events: { lead: { emit: 'lead.made' } } },
    },
  ],
  busyStatus: 503,
}
const { send, sendJson } = receiving(definition, 'xero', { token: 'of-the-connection' })

describe('a hostile payload', () => {
  it('is data: templates in the name of a lead are not carried out', () => {
    for (const name of [
      '{{ connection.token }}',
      '{{ body.lead }}',
      '{% raw %}{{ x | upper }}',
      '${process.env.HOME}',
      '{{',
    ]) {
      const [made] = stored(sendJson({ type: 'lead', lead: 'l', name })).events
      expect(made?.data).to.deep.equal({ name, hello: `Hi ${name}` })
    }
  })

  it('puts no line into a log and nothing into a terminal by its type', () => {
    const [letter] = stored(
      sendJson({ type: 'x\n{"level":"error"}\u001b[2J\u2028\u202e', lead: 'l' }),
    ).letters
    expect(letter?.reason).to.match(/^[^\p{Cc}\u2028\u202e]*$/u)
    expect(letter?.reason).to.contain('\\u000a').and.contain('\\u001b')
  })

  it('reaches nothing that every object inherits', () => {
    for (const type of ['constructor', '__proto__', 'toString'])
      expect(stored(sendJson({ type, lead: 'l' })).letters[0]?.code).to.equal('NX-HOOK-UNKNOWN-TYPE')
    const polluting = '{"type":"lead","lead":"l","name":"a","__proto__":{"polluted":true}}'
    expect(stored(send(polluting)).letters[0]?.code).to.equal('NX-HOOK-UNMAPPABLE')
    expect(
      stored(send('type=lead&lead=l&__proto__=x', { 'content-type': 'application/x-www-form-urlencoded' }))
        .letters,
    ).to.have.length(1)
    expect(({} as JsonObject)['polluted']).to.equal(undefined)
  })

  it('does not get in by its charset: another than UTF-8, broken UTF-8, UTF-16, a mark of the byte order', () => {
    const good = JSON.stringify({ type: 'lead', lead: 'l', name: 'Zoë' })
    const as = (charset: string) =>
      send(good, { 'content-type': `application/json; charset=${charset}` }).state
    expect([as('utf-8'), as('"UTF-8"'), as('us-ascii')]).to.deep.equal(['readable', 'readable', 'readable'])
    for (const charset of ['utf-16', 'utf-7', 'iso-8859-1', 'windows-1252', 'shift_jis'])
      expect(as(charset), charset).to.equal('malformed')
    expect(send(`\ufeff${good}`)).to.include({ state: 'malformed' })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const text of ['type=lead&lead=%FF', 'type=lead&lead=%u0041', 'type=lead&lead=%'])
      expect(send(text, form), text).to.include({ state: 'malformed' })
    expect(stored(send('type=lead&lead=%E2%82%AC&name=a%2Bb+c', form)).events[0]?.data['name']).to.equal(
      'a+b c',
    )
  })

  it('of bottomless nesting, or with numbers and texts that no database holds, is a dead letter', () => {
    const deep = `{"type":"lead","lead":"l","name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    for (const body of [
      deep,
      '{"type":"lead","lead":"l","name":1e999}',
      '{"type":"lead","lead":"l","name":"\\ud800"}',
    ]) {
      const [letter] = stored(send(body)).letters
      expect(letter?.code, body.slice(0, 50)).to.equal('NX-HOOK-UNMAPPABLE')
      expect((letter?.payload as JsonObject)['bodyBase64'], body.slice(0, 50)).to.be.a('string')
    }
  })

  it('is a dead letter too when what says its type, its id, its time or its account is bottomless', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const mine = receiving(
      {
        ...definition,
        sentAt: { at: '{{ body.at }}', window: true },
        account: [{ payload: '{{ body.account }}', connection: 'token' }],
      },
      'xero',
      { token: 'of-the-connection' },
    )
    const whole = { type: '"lead"', lead: '"l"', id: '"d"', account: '"of-the-connection"', name: '"A"' }
    expect(stored(mine.send(jsonOf(whole))).events, 'as it should be').to.have.length(1)
    for (const member of ['type', 'id', 'account'])
      expect(stored(mine.send(jsonOf({ ...whole, [member]: deep }))).letters[0]?.code, member).to.equal(
        'NX-HOOK-UNMAPPABLE',
      )
    expect(stored(mine.send(jsonOf({ ...whole, at: deep }))).letters[0]?.code).to.equal('NX-HOOK-UNMAPPABLE')
  })

  it('that repeats a field of a form makes a list of it, not the last one', () => {
    const body = 'type=lead&lead=l&lead=m'
    expect(
      stored(send(body, { 'content-type': 'application/x-www-form-urlencoded' })).letters[0]?.reason,
    ).to.match(/lead must be there/)
  })
})

function jsonOf(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([name, json]) => `"${name}":${json}`)
    .join(',')}}`
}

describe('a delivery that is taken apart', () => {
  const { sendJson: sendItems, send: sendText } = receiving(
    { ...definition, split: { path: 'items.*' } },
    'xero',
  )

  it('is one dead letter when what stands beside its payloads would be kept with each of them', () => {
    const beside = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`m${at}`, at]))
    const many = stored(sendItems({ ...beside, items: Array.from({ length: 900 }, () => 1) }))
    expect(many.letters).to.have.length(1)
    expect(many.letters[0]).to.include({
      code: 'NX-HOOK-SHAPE',
      reason: 'It holds too much beside its payloads to keep each of them on its own',
    })
    const few = stored(sendItems({ ...beside, items: [1, { type: 'lead', lead: 'l', name: 'A', id: 'd' }] }))
    expect([few.letters.length, few.events.length]).to.deep.equal([1, 1])
  })

  it('makes nothing of its payloads before they are counted', () => {
    let reads = 0
    const payload = (items: number) => ({
      get beside() {
        reads += 1
        return reads
      },
      items: Array.from({ length: items }, () => 1),
    })
    expect(splitPayload(payload(100_000), { path: 'items.*' })).to.deep.equal({
      refused: 'It holds more than 1000 payloads',
    })
    const split = splitPayload(payload(1_000), { path: 'items.*' })
    expect(split).to.have.property('units').of.length(1_000)
    expect(reads).to.be.below(10)
  })

  it('does not keep all of its bytes with each payload in something bottomless', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000)
    const { letters } = stored(
      sendText(`{"deep":${deep},"items":[${Array.from({ length: 100 }, () => 1).join(',')}]}`),
    )
    expect(letters).to.have.length(100)
    expect(JSON.stringify(letters).length).to.be.below(100_000)
  })

  it('puts nothing into an event that no database holds from what stands around a payload', () => {
    const around = receiving(
      {
        ...definition,
        split: { path: 'in.items.*' },
        events: definition.events.map((event) => ({ ...event, data: { of: '{{ parent.of }}' } })),
      },
      'xero',
    )
    const [letter] = stored(
      around.send('{"in":{"of":"\\ud800","items":[{"type":"lead","lead":"l","id":"d"}]}}'),
    ).letters
    expect(letter?.code).to.equal('NX-HOOK-UNMAPPABLE')
    expect(letter?.reason).to.contain('half of a surrogate pair')
  })
})

describe('a payload of another version', () => {
  it('is read by the overlay whose marks it has', () => {
    const second = stored(sendJson({ apiVersion: 2, kind: 'lead', lead: 'l', fullName: 'Ada' })).events[0]
    expect(second).to.deep.include({ type: 'lead.created', subject: { kind: 'lead', id: 'l' } })
    expect(second?.data).to.deep.include({ name: 'Ada' }).and.not.have.property('hello')
    expect(stored(sendJson({ apiVersion: 2, kind: 'gone', lead: 'l' })).events[0]?.type).to.equal('lead.gone')
    expect(
      stored(sendJson({ meta: { schema: '3.1' }, type: 'lead', lead: 'l', name: 'A' })).events[0]?.type,
    ).to.equal('lead.made')
    expect(stored(sendJson({ apiVersion: 9, kind: 'lead', lead: 'l' })).letters[0]?.code).to.equal(
      'NX-HOOK-NO-TYPE',
    )
  })
})
