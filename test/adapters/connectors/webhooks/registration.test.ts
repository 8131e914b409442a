import { expect } from 'chai'
import { compileConnector } from '../../../../src/adapters/connectors/compile-connector.ts'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { connectorSchema } from '../../../../src/adapters/connectors/definition/connector-schema.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { connectorNames, connectorOf } from '../../../../src/adapters/connectors/vendors/registry.ts'
import { twilio } from '../../../../src/adapters/connectors/vendors/twilio.ts'
import { readEntries } from '../../../../src/adapters/connectors/webhooks/registration/read-entries.ts'
import { registrationIntegration } from '../../../../src/adapters/connectors/webhooks/registration/registration-integration.ts'
import type { RegistrationByApi } from '../../../../src/adapters/connectors/webhooks/registration/webhook-registration.ts'
import { judgeEntries } from '../../../../src/app/adapters/webhooks/webhook-standing.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { OpenApiCheck } from '../../../support/openapi-check.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { Conformance } from '../vendors/conformance.ts'

const address = 'https://hooks.example.com/v1/hooks/acme/sms'
const connection = { accountSid: `AC${'0a'.repeat(16)}`, from: '+14155550100' }
const twilioApi: RegistrationByApi = twilio.webhooks.register

function registers(): readonly (readonly [string, RegistrationByApi])[] {
  return connectorNames.flatMap((name) => {
    const register = connectorOf(name).webhooks?.register
    return register?.kind === 'api' ? [[name, register] as const] : []
  })
}

describe('registrations of webhooks', () => {
  it('every vendor that sends webhooks says how it is told where to', () => {
    for (const name of connectorNames) {
      const { webhooks } = connectorOf(name)
      if (webhooks === null) continue
      expect(webhooks.register, name).to.not.equal(undefined)
      if (webhooks.register?.kind === 'steps')
        expect(webhooks.register.steps.join(), name).to.contain('{{ address }}')
    }
    expect(
      registers()
        .map(([name]) => name)
        .sort(),
    ).to.include.members(['resend', 'twilio', 'whatsapp'])
  })

  it('is read by the format, and its templates compile', () => {
    for (const [name, { list, set, change, remove }] of registers()) {
      const definition = connectorOf(name)
      expect(connectorSchema.safeParse(JSON.parse(JSON.stringify(definition))).error, name).to.equal(
        undefined,
      )
      const operations = { list, set, remove, ...(change === undefined ? {} : { change }) }
      expect(compileConnector({ ...definition, operations, channels: {} }).problems, name).to.deep.equal([])
    }
    const wrong = JSON.parse(JSON.stringify(twilio)) as {
      webhooks: { register: { set: { effect: string } } }
    }
    wrong.webhooks.register.set.effect = 'read'
    expect(connectorSchema.safeParse(wrong).success).to.equal(false)
  })

  it('cannot be called by rules: it is no operation of the integration', () => {
    const spec = {
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'sms',
      connector: 'twilio',
      connection,
    }
    const integration = compileIntegration(
      integrationSchema.parse({ ...spec, credentials: { authToken: { secret: 't' } } }),
    )
    expect([...integration.connector.operations.keys()].join()).to.not.contain('webhook.')
    expect([...registrationIntegration(integration).connector.operations.keys()]).to.deep.equal([
      'webhook.list',
      'webhook.set',
      'webhook.remove',
    ])
  })

  const file = sharedData('specs/twilio/twilio_api_v2010.json')
  if (file === null) it.skip('skipped: ../shared/data/specs/twilio is not here')
  else
    it("Twilio's requests conform to its description, closed world", () => {
      const { list, set, remove } = twilioApi
      const conformance = new Conformance(
        { ...twilio, operations: { list, set, remove }, channels: {}, health: undefined },
        connection,
      )
      const check = new OpenApiCheck(file)
      const id = `PN${'3d'.repeat(16)}`
      expect(conformance.problems(check, 'list', {})).to.deep.equal([])
      expect(conformance.problems(check, 'set', { id, address })).to.deep.equal([])
      expect(conformance.problems(check, 'remove', { id })).to.deep.equal([])
      expect(conformance.rendered('set', { id, address }).body).to.equal(
        `SmsUrl=${encodeURIComponent(address)}&SmsMethod=POST&StatusCallback=${encodeURIComponent(address)}&StatusCallbackMethod=POST`,
      )
    })
})

describe('what a vendor has', () => {
  const number = (more: JsonObject = {}): JsonObject => ({
    sid: 'PN1',
    phone_number: '+14155550100',
    sms_url: address,
    sms_method: 'POST',
    status_callback: address,
    status_callback_method: 'POST',
    sms_application_sid: '',
    ...more,
  })
  const judged = (...numbers: readonly JsonObject[]) => {
    const entries = readEntries(twilioApi, { incoming_phone_numbers: numbers }, connection, address)
    return entries === null ? null : judgeEntries(twilioApi, entries, { storedAt: null, doubtAt: null })
  }

  it('is ours, elsewhere, nowhere, or ours with something amiss', () => {
    expect(judged(number())).to.include({ state: 'registered' })
    expect(judged(number({ sms_url: '', status_callback: null }))).to.include({ state: 'absent' })
    expect(judged(number({ sms_url: 'https://other.example/x' }))).to.include({ state: 'other' })
    // Somebody else hears of calls: that would be overwritten too.
    expect(judged(number({ status_callback: 'https://other.example/x' }))).to.include({ state: 'other' })
    expect(judged(number({ status_callback: '' }))).to.deep.include({
      state: 'differs',
      differences: ['status_callback is not set'],
    })
    expect(judged(number({ sms_method: 'GET' }))?.differences).to.deep.equal([
      'sms_method is "GET", and must be "POST"',
    ])
    expect(judged(number({ sms_application_sid: 'AP1' }))?.overruled).to.match(/TwiML application/)
  })

  it('looks at no other number than that of the connection, and believes no answer without a list', () => {
    expect(judged(number({ phone_number: '+141555501001' }))).to.deep.include({ state: 'absent', ours: [] })
    expect(judged()?.differences.join()).to.match(/no such number/)
    expect(readEntries(twilioApi, { message: 'hello' }, connection, address)).to.equal(null)
    expect(readEntries(twilioApi, null, connection, address)).to.equal(null)
  })

  it('believes no list that goes on', () => {
    const [, resend] = registers().find(([name]) => name === 'resend') ?? []
    if (resend === undefined) throw new Error('Resend has no registration')
    expect(readEntries(resend, { data: [], has_more: true }, {}, address)).to.equal(null)
    expect(readEntries(resend, { data: [], has_more: false }, {}, address)).to.deep.equal([])
  })
})
