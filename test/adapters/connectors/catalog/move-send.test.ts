import { expect } from 'chai'
import { moveSend } from '../../../../src/adapters/connectors/catalog/move-send.ts'
import {
  compileIntegration,
  compileIntegrations,
} from '../../../../src/adapters/connectors/compile-integrations.ts'
import { integrationKind } from '../../../../src/adapters/connectors/integration-kind.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { loadDocuments } from '../../../../src/control-plane/documents/load-documents.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { troubleOf } from '../../../../src/messaging/dispatch/failover.ts'
import type { Command } from '../../../../src/messaging/commands/command.ts'
import { someCommand } from '../../../support/commands.ts'

const head = { apiVersion: 'neuronx/v1', kind: 'Integration' }
const twilio: JsonObject = {
  ...head,
  name: 'twilio',
  connector: 'twilio',
  connection: { accountSid: 'AC00000000000000000000000000000000', from: '+14155550100' },
  credentials: { authToken: { secret: 'twilio-token' } },
}
const ghl: JsonObject = {
  ...head,
  name: 'ghl',
  connector: 'gohighlevel',
  connection: { locationId: 'abc' },
  credentials: { accessToken: { secret: 'ghl-token' } },
}
const made = (body: JsonObject) => compileIntegration(integrationSchema.parse(body))
const now = new Date('2026-03-05T12:00:00Z')

function moved(from: JsonObject, to: JsonObject, input: JsonObject, fields: JsonObject = {}): Command | null {
  const command = someCommand({ integration: String(from['name']), operation: 'message.send', input })
  return moveSend({ command, channel: 'sms', from: made(from), to: made(to), fields, now })
}

describe('a message that goes over another integration', () => {
  it('keeps what it says, to whom, and whose cause it has', () => {
    const input = { to: '+15550001', text: 'hello', channel: 'sms' }
    const command = moved(twilio, { ...twilio, name: 'backup' }, input)
    expect(command).to.deep.include({ integration: 'backup', operation: 'message.send', input })
    const first = someCommand()
    expect(command).to.include({ cause: first.cause, eventId: first.eventId, entityKey: first.entityKey })
    expect(command).to.include({ parentId: first.id, idempotencyKey: `${first.idempotencyKey}~@backup` })
    expect(command?.id).to.not.equal(first.id)
  })

  it('has the repeatability of where it goes', () => {
    const resend: JsonObject = {
      ...head,
      name: 'resend',
      connector: 'resend',
      connection: { from: 'me@example.com' },
      credentials: { apiKey: { secret: 'key' } },
    }
    const command = someCommand({
      repeatable: 'no',
      input: { to: 'a@example.com', subject: 's', text: 't', channel: 'email' },
    })
    const there = moveSend({ command, channel: 'email', from: made(ghl), to: made(resend), fields: {}, now })
    expect(there).to.include({ repeatable: 'yes' })
  })

  it('finds the address of a contact that the first vendor knows by an id', () => {
    const input = { contact_id: '1', text: 'hello', channel: 'sms' }
    const there = { to: '+15550002', text: 'hello', channel: 'sms' }
    expect(moved(ghl, twilio, input, { phone: '+15550002' })?.input).to.deep.equal(there)
    expect(moved(ghl, twilio, input)).to.equal(null)
    // Another contact than the lead that is known here.
    expect(moved(ghl, twilio, { ...input, contact_id: 'boss' }, { phone: '+15550002' })).to.equal(null)
  })

  it('names nobody by an id that another vendor, or another account, has given', () => {
    const elsewhere: JsonObject = { ...ghl, name: 'other', connection: { locationId: 'xyz' } }
    const input = { to: '+15550001', text: 'hello', channel: 'sms' }
    expect(moved(ghl, elsewhere, input)).to.equal(null)
    expect(moved(ghl, elsewhere, { ...input, contact_id: 'boss' })).to.equal(null)
    const sameLocation = { ...ghl, name: 'other' }
    const withId = { ...input, contact_id: 'boss' }
    expect(moved(ghl, sameLocation, withId)?.input).to.deep.equal(withId)
    const own: JsonObject = {
      ...head,
      name: 'own',
      connector: 'http',
      connection: { baseUrl: 'https://a.example' },
      channels: { sms: 'text' },
      operations: {
        text: {
          method: 'POST',
          path: '/texts',
          effect: 'send',
          body: { person: '{{ input.contact_id }}', to: '{{ input.to }}', text: '{{ input.text }}' },
        },
      },
    }
    expect(moved(ghl, own, { ...input, contact_id: '1' })?.input).to.deep.equal(input)
    expect(moved(ghl, own, withId)).to.equal(null)
  })

  const stays: readonly [string, JsonObject, JsonObject, JsonObject][] = [
    ['somebody whom the other cannot be told', twilio, ghl, { to: '+1555', text: 'a', channel: 'sms' }],
    ['a template of another vendor', ghl, twilio, { template_id: 'x', to: '+1555', channel: 'sms' }],
    [
      'a sender that is a number of another account',
      twilio,
      { ...twilio, name: 'backup', connection: { accountSid: `AC${'1'.repeat(32)}`, from: '+14155550199' } },
      { to: '+15550001', text: 'a', from_number: '+14155550100', channel: 'sms' },
    ],
    ['nothing to say', twilio, { ...twilio, name: 'backup' }, { to: '+15550001', channel: 'sms' }],
    ['itself', twilio, twilio, { to: '+15550001', text: 'a', channel: 'sms' }],
    [
      'a channel that the other does not serve',
      twilio,
      { ...twilio, channels: ['voice'], name: 'backup' },
      { to: '+1555', text: 'a' },
    ],
  ]
  for (const [what, from, to, input] of stays)
    it(`stays: ${what}`, () => {
      expect(moved(from, to, input)).to.equal(null)
    })
})

describe('why a gate is shut', () => {
  const of = (breaker: 'open' | 'closed', reason: string) => troubleOf({ breaker, reason })
  it('is told by its breaker and its reason', () => {
    expect(of('open', 'NX-CALL-CREDENTIALS')).to.equal('credentials')
    expect(of('open', 'NX-AUTH-REFUSED')).to.equal('credentials')
    expect(of('open', 'NX-CALL-NO-ANSWER')).to.equal('down')
    expect(of('closed', 'NX-AUTH-UNREACHABLE')).to.equal('down')
    expect(of('closed', 'NX-CALL-QUOTA')).to.equal('quota')
    expect(of('closed', '')).to.equal('quota')
    expect(of('open', 'NX-INTEGRATION-OFF')).to.equal('off')
  })
})

describe('failover in a document', () => {
  const backup: JsonObject = { ...twilio, name: 'backup' }
  const first = (sms: JsonObject, change: JsonObject = {}): JsonObject => ({
    ...twilio,
    failover: { sms },
    ...change,
  })
  const setOf = (...bodies: readonly JsonObject[]) =>
    loadDocuments(
      bodies.map((body) => ({ kind: 'Integration', name: String(body['name']), digest: '', body })),
      [integrationKind],
    )
  const problems = (...bodies: readonly JsonObject[]) => {
    const set = setOf(...bodies)
    return set
      .ofKind(integrationKind)
      .flatMap((typed) => integrationKind.check?.(typed, set) ?? [])
      .map(({ code, path }) => `${code} ${path.join('.')}`)
  }

  it('makes the other the second for the channel, whatever their names', () => {
    const set = setOf(first({ to: 'backup' }), { ...backup, channels: ['sms'] })
    expect(problems(first({ to: 'backup' }), { ...backup, channels: ['sms'] })).to.deep.equal([])
    expect(compileIntegrations(set).catalog.channel('sms')).to.include({ integration: 'twilio' })
    const { failover } = compileIntegrations(set).byName.get('twilio')!
    expect(failover['sms']).to.deep.equal({
      to: 'backup',
      afterMs: 900_000,
      on: new Set(['down', 'credentials', 'quota']),
    })
  })

  const refused: readonly [string, readonly JsonObject[], readonly string[]][] = [
    [
      'an unknown integration',
      [first({ to: 'nobody' })],
      ['NX-INTEGRATION-FAILOVER-UNKNOWN failover.sms.to'],
    ],
    ['itself', [first({ to: 'twilio' })], ['NX-INTEGRATION-FAILOVER-SELF failover.sms.to']],
    [
      'one without the channel',
      [first({ to: 'backup' }, { channels: ['sms'] }), { ...backup, channels: ['voice'] }],
      ['NX-INTEGRATION-FAILOVER-CHANNEL failover.sms.to'],
    ],
    [
      'a channel that it does not serve',
      [first({ to: 'backup' }, { channels: ['voice'] }), { ...backup, channels: ['sms'] }],
      ['NX-INTEGRATION-FAILOVER-CHANNEL failover.sms'],
    ],
    [
      'a circle',
      [
        first({ to: 'backup' }, { channels: ['sms'] }),
        { ...backup, channels: ['sms'], failover: { sms: { to: 'twilio' } } },
      ],
      ['NX-INTEGRATION-FAILOVER-CYCLE failover.sms.to', 'NX-INTEGRATION-FAILOVER-CYCLE failover.sms.to'],
    ],
    [
      'one that is switched off in its document',
      [first({ to: 'backup' }, { channels: ['sms'] }), { ...backup, channels: ['sms'], mode: 'disabled' }],
      ['NX-INTEGRATION-FAILOVER-MODE failover.sms.to'],
    ],
    [
      'a third that serves the channel as well',
      [
        first({ to: 'backup' }, { channels: ['sms'] }),
        { ...backup, channels: ['sms'] },
        { ...twilio, name: 'z', channels: ['sms'] },
      ],
      ['NX-INTEGRATION-CHANNEL-TWICE channels'],
    ],
    [
      'read-only without a read',
      [
        {
          ...head,
          name: 'sink',
          connector: 'http',
          connection: { baseUrl: 'https://a.example' },
          operations: { hit: { method: 'POST', path: '/hit', effect: 'send' } },
          degrade: { readOnlyAfter: '10m' },
        },
      ],
      ['NX-INTEGRATION-DEGRADE degrade.readOnlyAfter'],
    ],
  ]
  for (const [what, bodies, expected] of refused)
    it(`refuses ${what}`, () => {
      expect(problems(...bodies)).to.deep.equal(expected)
    })

  it('refuses what is out of range and what there is not', () => {
    const paths = (body: JsonObject) =>
      (integrationSchema.safeParse(body).error?.issues ?? []).map(({ path }) => path.join('.'))
    expect(paths(first({ to: 'backup', after: '2d' }))).to.deep.equal(['failover.sms.after'])
    expect(paths(first({ to: 'backup', on: ['weather'] }))).to.deep.equal(['failover.sms.on.0'])
    expect(paths(first({ to: 'backup', on: [] }))).to.deep.equal(['failover.sms.on'])
    expect(paths(first({}))).to.deep.equal(['failover.sms.to'])
    expect(paths({ ...twilio, degrade: { readOnlyAfter: '13h' } })).to.deep.equal(['degrade.readOnlyAfter'])
  })
})
