import { expect } from 'chai'
import type { OperationDefinition } from '../../../../src/adapters/connectors/define-connector.ts'
import { idempotencyOf } from '../../../../src/adapters/connectors/definition/idempotency.ts'
import { resend } from '../../../../src/adapters/connectors/vendors/resend.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'
import { Conformance } from './conformance.ts'

const connection = { from: 'Acme <sales@acme.example>' }
const conformance = new Conformance(resend, connection)
const ada: JsonObject = { to: 'ada@example.com', subject: 'Hi', text: 'Hello' }

describe('Resend', () => {
  it('sends a mail with our key', () => {
    const { body, headers, pathname } = conformance.rendered('message.send', {
      ...ada,
      html: '<p>Hello</p>',
      reply_to: 'team@acme.example',
      headers: { 'X-Campaign': 'spring' },
      attachments: [{ url: 'https://e.example/a.pdf', name: 'a.pdf' }],
      scheduled_at: '2026-03-05T12:00:00+01:00',
    })
    expect(pathname).to.equal('/emails')
    expect(headers['idempotency-key']).to.equal('key')
    expect(body).to.deep.equal({
      from: connection.from,
      to: ['ada@example.com'],
      reply_to: 'team@acme.example',
      subject: 'Hi',
      text: 'Hello',
      html: '<p>Hello</p>',
      headers: { 'X-Campaign': 'spring' },
      attachments: [{ path: 'https://e.example/a.pdf', filename: 'a.pdf' }],
      scheduled_at: '2026-03-05T11:00:00.000Z',
    })
    expect(idempotencyOf(resend.operations['message.send'] as OperationDefinition)).to.equal('native')
  })

  it('holds nothing that was not given', () => {
    expect(conformance.rendered('message.send', ada).body).to.deep.equal({
      from: connection.from,
      to: ['ada@example.com'],
      subject: 'Hi',
      text: 'Hello',
    })
  })

  it('needs a sender and goes to one person', () => {
    expect(() => new Conformance(resend, {}).rendered('message.send', ada)).to.throw()
    for (const to of [['a@b.c', 'd@e.f'], 'a@b.c, d@e.f', 'nobody'])
      expect(() => conformance.rendered('message.send', { ...ada, to }), String(to)).to.throw()
    expect(() => conformance.rendered('message.send', { ...ada, bcc: 'x@y.z' })).to.throw()
  })

  describe('answers', () => {
    let setup: ExecutorSetup
    beforeEach(async () => {
      setup = await new ExecutorSetup().start()
    })
    afterEach(async () => await setup.stop())
    const send = async (status: number, body: JsonObject) => {
      setup.vendor.failNext({ kind: 'status', status, body })
      const spec = {
        apiVersion: 'neuronx/v1',
        kind: 'Integration',
        name: 'sink',
        connector: 'resend',
        connection: { ...connection, baseUrl: setup.vendor.url },
        credentials: { apiKey: { secret: 'sink-token' } },
      }
      const command = leased('message.send', ada, { repeatable: 'yes' })
      return await setup.run(command, setup.executorOf(spec))
    }
    const cases: readonly [number, JsonObject, object][] = [
      [200, { id: '49a3999c' }, { state: 'succeeded', result: { message_id: '49a3999c' } }],
      [
        429,
        { name: 'daily_quota_exceeded' },
        { state: 'parked', wholeIntegration: true, retryAfterMs: 3_600_000 },
      ],
      [429, { name: 'rate_limit_exceeded' }, { state: 'parked', wholeIntegration: true }],
      [409, { name: 'concurrent_idempotent_requests' }, { state: 'retryable', retryAfterMs: 2_000 }],
      [409, { name: 'invalid_idempotent_request' }, { state: 'permanent' }],
      [401, { name: 'restricted_api_key' }, { state: 'permanent' }],
      [403, { name: 'invalid_api_key' }, { state: 'parked', wholeIntegration: true }],
      [403, { name: 'validation_error' }, { state: 'permanent' }],
      [500, { name: 'internal_server_error' }, { state: 'retryable' }],
    ]
    for (const [status, body, expected] of cases)
      it(`${status} ${String(body['name'] ?? '')} means ${JSON.stringify(expected)}`, async () => {
        expect(await send(status, body)).to.deep.include(expected)
      })
  })
})
