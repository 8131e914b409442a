import { expect } from 'chai'
import { cleared } from '../../fakes/open-gate.ts'
import { ConnectorExecutor } from '../../../src/adapters/connectors/connector-executor.ts'
import type { FakeVendorServer } from '../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import type { VendorFault } from '../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { OutgoingClient } from '../../../src/adapters/http/outgoing-client.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { ExecutorSetup, leased, secret } from './executor-setup.ts'
import { closedPort } from '../../support/closed-port.ts'

describe('ConnectorExecutor', () => {
  let setup: ExecutorSetup
  let vendor: FakeVendorServer

  beforeEach(async () => {
    setup = await new ExecutorSetup().start()
    vendor = setup.vendor
  })

  afterEach(async () => await setup.stop())

  it('sends what the operation says, with key and credentials, and keeps a small answer', async () => {
    const outcome = await setup.run(leased('hit', { lead: '42', score: 87.5 }))
    expect(outcome).to.deep.include({
      state: 'succeeded',
      status: 201,
      result: { status: 201, answer: { ok: true, id: 'fake-1' } },
    })
    const [call] = vendor.calls
    expect(call).to.deep.include({
      method: 'POST',
      path: '/hit',
      body: { lead: '42', score: 87.5 },
      idempotencyKey: 'key-of-hit',
    })
    expect(call?.headers).to.include({
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
    })
  })

  it('keeps what the operation declares as output', async () => {
    expect(await setup.run(leased('checked', { lead: '1' }))).to.deep.include({
      state: 'succeeded',
      status: 201,
      result: { id: 'fake-1' },
    })
  })

  it('percent-encodes values in paths', async () => {
    await setup.run(leased('put', { lead: 'a/b?c d' }))
    expect(vendor.calls[0]?.path).to.equal('/leads/a%2Fb%3Fc%20d')
  })

  const answers: readonly [string, VendorFault, string, object][] = [
    ['400: permanent', { kind: 'status', status: 400 }, 'hit', { state: 'permanent' }],
    ['403: permanent', { kind: 'status', status: 403 }, 'hit', { state: 'permanent' }],
    ['404: permanent', { kind: 'status', status: 404 }, 'hit', { state: 'permanent' }],
    [
      'a redirect: permanent',
      { kind: 'status', status: 307, headers: { location: '/' } },
      'hit',
      { state: 'permanent' },
    ],
    [
      '401: the integration is parked',
      { kind: 'status', status: 401 },
      'hit',
      { state: 'parked', wholeIntegration: true, retryAfterMs: null },
    ],
    [
      '429 with Retry-After: parked for as long',
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      'once',
      { state: 'parked', wholeIntegration: true, retryAfterMs: 7_000 },
    ],
    ['429 without: parked', { kind: 'status', status: 429 }, 'hit', { state: 'parked', retryAfterMs: null }],
    ['500, may be repeated: retryable', { kind: 'status', status: 500 }, 'hit', { state: 'retryable' }],
    [
      '503 with Retry-After: retryable then',
      { kind: 'status', status: 503, headers: { 'retry-after': '2' } },
      'hit',
      { state: 'retryable', retryAfterMs: 2_000 },
    ],
    [
      '500, may not be repeated: unknown',
      { kind: 'status', status: 500 },
      'once',
      { state: 'unknown_outcome' },
    ],
    ['no answer, may be repeated: retryable', { kind: 'hang' }, 'hit', { state: 'retryable' }],
    ['no answer, may not be repeated: unknown', { kind: 'hang' }, 'once', { state: 'unknown_outcome' }],
    ['a broken connection, may be repeated: retryable', { kind: 'reset' }, 'hit', { state: 'retryable' }],
    [
      'a broken connection, may not be repeated: unknown',
      { kind: 'reset' },
      'once',
      { state: 'unknown_outcome' },
    ],
    ['garbage with 200 where nothing is declared: done', { kind: 'garbage' }, 'once', { state: 'succeeded' }],
    [
      'garbage with 200 where an output is declared: unknown',
      { kind: 'garbage' },
      'checked',
      { state: 'unknown_outcome' },
    ],
    [
      'an answer that never ends, nothing declared: done',
      { kind: 'endless' },
      'once',
      { state: 'succeeded' },
    ],
    [
      'an answer that never ends, output declared: unknown',
      { kind: 'endless' },
      'checked',
      { state: 'unknown_outcome' },
    ],
  ]
  for (const [what, fault, operation, expected] of answers) {
    it(`takes ${what}`, async () => {
      vendor.failNext(fault)
      expect(await setup.run(leased(operation, { lead: '42' }))).to.deep.include(expected)
    })
  }

  it('has one effect however often a call with a key is repeated', async () => {
    vendor.failNext({ kind: 'reset' })
    expect((await setup.run(leased('hit', { lead: '42' }))).state).to.equal('retryable')
    expect((await setup.run(leased('hit', { lead: '42' }))).state).to.equal('succeeded')
    expect([vendor.received, vendor.effects.length]).to.deep.equal([2, 1])
  })

  it('is careful when the configuration now says that it may not be repeated', async () => {
    vendor.failNext({ kind: 'status', status: 502 })
    expect((await setup.run(leased('once', { lead: '1' }, { repeatable: 'yes' }))).state).to.equal(
      'unknown_outcome',
    )
  })

  it('parks without an attempt when nobody listens', async () => {
    const subject = setup.executor({ connection: { baseUrl: `http://127.0.0.1:${await closedPort()}` } })
    expect(await setup.run(leased('once', { lead: '1' }), subject)).to.deep.include({
      state: 'parked',
      wholeIntegration: true,
    })
  })

  it('parks the integration when a secret is missing, and names it', async () => {
    const outcome = await setup.run(leased('hit', { lead: '1' }), setup.executor({}, {}))
    expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
    expect(outcome.state === 'parked' && outcome.error.message).to.contain('neuronx secret set sink-token')
    expect(vendor.received).to.equal(0)
  })

  it('refuses private addresses for good', async () => {
    await using guarded = new OutgoingClient({ allowPrivate: false })
    setup.client = guarded
    const outcome = await setup.run(leased('hit', { lead: '1' }))
    expect(outcome).to.have.property('state', 'permanent')
    expect(outcome.state === 'permanent' && outcome.error.code).to.equal('NX-EGRESS-PRIVATE')
    expect(vendor.received).to.equal(0)
  })

  const misfits: readonly [string, string, JsonObject, RegExp][] = [
    ['an input that the operation does not read', 'hit', { lead: '1', scroe: 3 }, /no input scroe/],
    ['a path that would lead elsewhere', 'put', { lead: '..' }, /not a plain name/],
    ['a path with nothing in it', 'put', {}, /missing/],
  ]
  for (const [what, operation, input, message] of misfits) {
    it(`refuses ${what}, and sends nothing`, async () => {
      const outcome = await setup.run(leased(operation, input))
      expect(outcome.state === 'permanent' && outcome.error).to.include({ code: 'NX-CONNECTOR-INPUT' })
      expect(outcome.state === 'permanent' && outcome.error.message).to.match(message)
      expect(vendor.received).to.equal(0)
    })
  }

  it('says so when the integration or the operation is gone', async () => {
    expect(await setup.run(leased('hit', {}, { integration: 'none' }))).to.have.nested.property(
      'error.code',
      'NX-INTEGRATION-GONE',
    )
    expect(await setup.run(leased('none', {}))).to.have.nested.property('error.code', 'NX-OPERATION-GONE')
  })

  it('never lets a secret out, even when the vendor sends it back', async () => {
    const echo = {
      message: `token ${secret}`,
      again: [`Bearer ${secret}`, Buffer.from(secret).toString('base64')],
    }
    for (const status of [400, 200]) {
      vendor.failNext({ kind: 'status', status, body: echo })
      const text = JSON.stringify(await setup.run(leased('hit', { lead: '1' })))
      expect(text).to.contain('[secret]')
      expect(text).to.not.contain(secret).and.not.contain(Buffer.from(secret).toString('base64'))
    }
  })

  it('reads bodies before the status when a rule says so', async () => {
    const errors = [
      {
        when: { status: 200, body: { ok: false, error: ['ratelimited'] } },
        kind: 'rate_limited',
        waitMs: 500,
      },
    ]
    vendor.failNext({ kind: 'status', status: 200, body: { ok: false, error: 'ratelimited' } })
    expect(await setup.run(leased('hit', { lead: '1' }), setup.executor({ errors }))).to.deep.include({
      state: 'parked',
      retryAfterMs: 500,
    })
  })

  it('retries what may not be repeated when a rule proves that nothing was done', async () => {
    const errors = [{ when: { status: 503 }, kind: 'transient', notExecuted: true }]
    vendor.failNext({ kind: 'status', status: 503 })
    expect((await setup.run(leased('once', { lead: '1' }), setup.executor({ errors }))).state).to.equal(
      'retryable',
    )
  })

  it('tells the limits of an integration before its first call, and careful ones when it is gone', async () => {
    const subject = setup.executor({ limits: { concurrency: 3, perSecond: 0.5, timeout: '300ms' } })
    expect(await subject.limits('t-1', 'default', 'sink')).to.deep.equal({
      perSecond: 0.5,
      burst: 1,
      concurrency: 3,
    })
    expect(await subject.limits('t-1', 'default', 'gone')).to.include({ concurrency: 8 })
  })

  it("keeps an integration under its tenant's limits, its calls included", async () => {
    const caps = {
      commandsPerSecond: 2,
      channelCommandsPerSecond: new Map<string, number>(),
      callTimeoutMs: 50,
      perIntegration: 1,
    }
    const subject = setup.executor(
      { limits: { concurrency: 3, perSecond: 9, timeout: '20s' } },
      undefined,
      caps,
    )
    expect(await subject.limits('t-1', 'default', 'sink')).to.deep.equal({
      perSecond: 2,
      burst: 2,
      concurrency: 1,
    })
    vendor.failNext({ kind: 'hang' })
    // The integration itself would wait for twenty seconds, longer than this test may take.
    expect((await setup.run(leased('hit', { lead: '1' }), subject)).state).to.equal('retryable')
  })

  it('sends nothing when its lease is about to end, or the daemon stops', async () => {
    const late = { ...leased('hit', { lead: '1' }), leaseEndsMs: systemClock.monotonicMs() + 500 }
    expect(await setup.run(late)).to.have.nested.property('error.code', 'NX-CALL-NO-TIME')
    expect(
      await setup.executor().execute(await cleared(leased('hit', { lead: '1' })), AbortSignal.abort()),
    ).to.have.nested.property('error.code', 'NX-CALL-STOPPED')
    expect(vendor.received).to.equal(0)
  })

  it('never throws: a store that is down parks the command', async () => {
    const down = async () => await Promise.reject(new Error('down'))
    const subject = new ConnectorExecutor({
      integrations: { integration: down },
      secrets: { resolve: down },
      client: setup.client,
      clock: systemClock,
      logger: silentLogger,
    })
    expect(await setup.run(leased('hit', {}), subject)).to.deep.include({
      state: 'parked',
      wholeIntegration: false,
    })
  })
})
