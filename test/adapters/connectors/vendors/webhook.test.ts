import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import {
  standardWebhookHeaders,
  webhookMessageId,
} from '../../../../src/adapters/connectors/auth/standard-webhooks.ts'
import { verifySignature } from '../../../../src/adapters/connectors/webhooks/verify-signature.ts'
import type { SignatureScheme } from '../../../../src/adapters/connectors/webhooks/signature-scheme.ts'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const older = `whsec_${Buffer.alloc(24, 9).toString('base64')}`

/** Standard Webhooks as a receiver declares them. */
const scheme: SignatureScheme = {
  name: 'standard',
  algorithm: 'hmac-sha256',
  key: 'key',
  keyForm: { encoding: 'base64', prefix: 'whsec_' },
  signature: { header: 'webhook-signature', prefix: 'v1,', split: ' ', encoding: 'base64' },
  signed: [
    { header: 'webhook-id' },
    { literal: '.' },
    { header: 'webhook-timestamp' },
    { literal: '.' },
    'rawBody',
  ],
  timestamp: { from: { header: 'webhook-timestamp' }, unit: 's' },
}

describe('outgoing webhooks', () => {
  const file = sharedData('signatures/vectors.json')
  if (file === null) it.skip('skipped: ../shared/data/signatures is not here')
  else {
    it('are signed as the published vector is', () => {
      const vectors = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>[]
      const found = vectors.filter((one) => one['scheme'] === 'standard-webhooks-v1')
      expect(found).to.not.have.length(0)
      for (const vector of found) {
        const headers = standardWebhookHeaders(
          { id: vector['id'] ?? '', timestamp: Number(vector['timestamp']), body: vector['body'] ?? '' },
          [vector['secret'] ?? ''],
        )
        expect(headers['webhook-signature']).to.equal(vector['signature'])
      }
    })
  }

  for (const bad of [
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    'whsec_not base64 at all, but long enough',
    `whsec_${Buffer.alloc(65).toString('base64')}`,
  ]) {
    it(`are not signed with ${JSON.stringify(bad.slice(0, 30))}`, () => {
      expect(() => standardWebhookHeaders({ id: 'm', timestamp: 1, body: '' }, [bad]))
        .to.throw()
        .with.property('code', 'NX-AUTH-SECRET')
    })
  }

  it('have an id without a dot, the same for every attempt', () => {
    expect(webhookMessageId('a.b'))
      .to.equal(webhookMessageId('a.b'))
      .and.to.match(/^msg_[0-9a-f]{32}$/)
    expect(webhookMessageId('a.c')).to.not.equal(webhookMessageId('a.b'))
  })

  describe('of an integration', () => {
    let setup: ExecutorSetup
    let receiver: FakeVendorServer
    beforeEach(async () => {
      setup = await new ExecutorSetup().start()
      receiver = await new FakeVendorServer().start()
    })
    afterEach(async () => {
      await setup.stop()
      await receiver.stop()
    })
    const document = (change: JsonObject = {}): JsonObject => ({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'sink',
      connector: 'webhook',
      connection: { url: `${receiver.url}/in/` },
      credentials: { secret: { secret: 'now' }, previousSecret: { secret: 'before' } },
      ...change,
    })
    const command = () =>
      leased('event.send', {
        type: 'lead.hot',
        timestamp: '2026-03-05T12:00:00Z',
        data: { id: '42' },
      })
    const run = async (secrets: Record<string, string> = { now: secret, before: older }) =>
      await setup.run(command(), setup.executorOf(document(), secrets))

    it('a receiver proves them with either secret, and with no other', async () => {
      expect(await run()).to.deep.include({ state: 'succeeded', result: { status: 201 } })
      const [call] = receiver.calls
      expect(call?.path).to.equal('/in/')
      const body = JSON.stringify({
        type: 'lead.hot',
        timestamp: '2026-03-05T12:00:00.000Z',
        data: { id: '42' },
      })
      const window = { now: new Date(), toleranceMs: 60_000 }
      const proven = (key: string, text = body) =>
        verifySignature(
          [scheme],
          { key },
          { method: 'POST', url: '', headers: call?.headers ?? {}, body: Buffer.from(text) } as never,
          window,
        ).state
      expect([proven(secret), proven(older)]).to.deep.equal(['verified', 'verified'])
      expect(proven(`whsec_${Buffer.alloc(32, 1).toString('base64')}`)).to.equal('refused')
      expect(proven(secret, body.replace('42', '43'))).to.equal('refused')
    })

    it('keep their id when they are sent again after no answer', async () => {
      receiver.failNext({ kind: 'reset' })
      expect((await run()).state).to.equal('retryable')
      expect((await run()).state).to.equal('succeeded')
      const ids = receiver.calls.map(({ headers }) => headers['webhook-id'])
      expect(new Set(ids).size).to.equal(1)
      expect(ids).to.have.length(2)
    })

    it('wait for a person when the secret cannot sign, and nothing leaves', async () => {
      const outcome = await run({ now: 'short', before: older })
      expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
      expect(outcome).to.have.nested.property('error.code', 'NX-AUTH-SECRET')
      expect(outcome).to.have.nested.property('report.health', 'credentials')
      expect(receiver.calls).to.deep.equal([])
    })

    it('are given up when the address is gone, with what to do', async () => {
      receiver.failNext({ kind: 'status', status: 410 })
      const outcome = await run()
      expect(outcome.state).to.equal('permanent')
      expect(outcome).to.have.nested.property('error.message').that.contains('out of service')
    })

    for (const url of [
      'ftp://a.example/x',
      'https://user:pw@a.example/x',
      'https://a.example/x?token=1',
      'https://a.example/#x',
      'nonsense',
    ]) {
      it(`do not go to ${url}`, () => {
        expect(() => setup.executorOf(document({ connection: { url } }))).to.throw()
      })
    }
  })
})
