import { expect } from 'chai'
import { ghlContactWebhook, signGhlWebhook } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { GatewaySetup, ghlKeys } from './gateway-setup.ts'

const ada = { id: 'c-1', firstName: 'Ada', lastName: 'Lovelace' }

describe('POST /v1/hooks/:tenant/:integration', () => {
  let setup: GatewaySetup

  beforeEach(async () => {
    setup = await new GatewaySetup().start()
  })

  afterEach(async () => await setup.stop())

  const contact = (change: JsonObject = {}) => ({
    ...ghlContactWebhook('ContactCreate', ada, {
      locationId: 'loc-1',
      webhookId: 'w-1',
      sentAt: setup.clock.now(),
    }),
    ...change,
  })

  async function deliver(
    payload: JsonObject | string,
    path = '/v1/hooks/acme/ghl',
    headers: Record<string, string> = {},
  ) {
    const signed = signGhlWebhook(payload, ghlKeys)
    return await setup.send('POST', path, { headers: { ...signed.headers, ...headers }, body: signed.body })
  }

  it('takes a signed webhook as an event of the integration', async () => {
    const { status, body } = await deliver(contact())
    expect(status).to.equal(202)
    expect(body?.accepted?.[0]?.duplicate).to.equal(false)
    const stored = setup.intake.requests[0]?.events[0]?.event
    expect(stored).to.deep.include({
      type: 'contact.created',
      source: 'integration/ghl',
      subject: { kind: 'lead', id: 'c-1' },
    })
  })

  it('verifies the bytes that were sent, not what a parser makes of them', async () => {
    const spaced = JSON.stringify(contact(), null, 3)
    expect((await deliver(spaced)).status).to.equal(202)
  })

  it('takes a repeated delivery with 202 and no second effect', async () => {
    const first = await deliver(contact())
    const again = await deliver(contact())
    expect([again.status, again.body?.accepted]).to.deep.equal([
      202,
      [{ id: first.body?.accepted?.[0]?.id, duplicate: true }],
    ])
  })

  it('puts a verified payload that cannot be mapped among the dead letters, with 202', async () => {
    const { status, body } = await deliver(contact({ type: 'SolarFlare' }))
    expect(status).to.equal(202)
    const [letter] = setup.intake.requests[0]?.deadLetters ?? []
    expect(body).to.deep.equal({ accepted: [], deadLetters: [letter?.id] })
    expect(letter?.reason).to.contain('SolarFlare')
  })

  it('puts a payload of another location among the dead letters: the signature proves the vendor only', async () => {
    expect((await deliver(contact({ locationId: 'somebody-else' }))).status).to.equal(202)
    expect(setup.intake.requests[0]?.deadLetters[0]?.code).to.equal('NX-HOOK-ACCOUNT')
  })

  const unverified: readonly [
    string,
    () => Promise<{ status: number; body: { code?: string } | null }>,
    string,
  ][] = [
    [
      'unsigned',
      async () => await setup.send('POST', '/v1/hooks/acme/ghl', { body: JSON.stringify(contact()) }),
      'unsigned',
    ],
    [
      'signed wrongly',
      async () => await deliver(contact(), undefined, { 'x-ghl-signature': 'AAAA' }),
      'mismatch',
    ],
    [
      'replayed later',
      async () => {
        const old = contact()
        setup.clock.advance(301_000)
        return await deliver(old)
      },
      'stale',
    ],
  ]
  for (const [what, request, why] of unverified) {
    it(`refuses one that is ${what} with 401, and tells the reason to the log only`, async () => {
      const { status, body } = await request()
      expect([status, body?.code]).to.deep.equal([401, 'NX-HOOK-SIGNATURE'])
      expect(setup.observed.refused).to.deep.equal([why])
      expect(setup.logged.join()).to.contain(why)
      expect(setup.intake.requests).to.deep.equal([])
    })
  }

  it('answers unknown tenants and unknown integrations alike', async () => {
    const strangers = [
      await deliver(contact(), '/v1/hooks/nobody/ghl'),
      await deliver(contact(), '/v1/hooks/acme/none'),
    ]
    for (const { status, body } of strangers) expect([status, body]).to.deep.equal([404, strangers[0]?.body])
  })

  it('tells that a tenant is suspended only to who can sign for it', async () => {
    const signed = await deliver(contact(), '/v1/hooks/asleep/ghl')
    expect([signed.status, signed.body?.code]).to.deep.equal([403, 'NX-TENANT-SUSPENDED'])
    const forged = await deliver(contact(), '/v1/hooks/asleep/ghl', { 'x-ghl-signature': 'AAAA' })
    expect(forged.status).to.equal(401)
  })

  it('refuses a signed body that is not JSON with 400, and an oversize one with 413', async () => {
    expect((await deliver('{"type":')).body?.code).to.equal('NX-HOOK-JSON')
    expect((await deliver('x'.repeat(600_000))).status).to.equal(413)
  })

  it('tells the vendor in its own way to try again when the store is down', async () => {
    setup.intake.failure = new NxError('unreachable', 'NX-DB-DOWN', 'down', { retryable: true })
    const { status, headers } = await deliver(contact())
    expect([status, headers.get('retry-after')]).to.deep.equal([429, '1'])
  })
})
