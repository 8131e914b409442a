import { expect } from 'chai'
import type { FakeVendorServer } from '../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { ExecutorSetup, leased } from './executor-setup.ts'

describe('ConnectorExecutor for GoHighLevel', () => {
  let setup: ExecutorSetup
  let vendor: FakeVendorServer

  beforeEach(async () => {
    setup = await new ExecutorSetup('gohighlevel').start()
    vendor = setup.vendor
  })

  afterEach(async () => await setup.stop())

  const ghl = () =>
    setup.executorOf({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'ghl',
      connector: 'gohighlevel',
      connection: { locationId: 'loc-1', baseUrl: vendor.url },
      credentials: { accessToken: { secret: 'sink-token' } },
    })

  it('sends a message to the contact that the lead is', async () => {
    const outcome = await setup.run(
      leased('message.send', { channel: 'sms', text: 'Hi' }, { integration: 'ghl' }),
      ghl(),
    )
    expect(outcome).to.deep.nested.include({
      state: 'succeeded',
      'result.conversation_id': 'conversation-of-42',
    })
    expect(outcome)
      .to.have.nested.property('result.message_id')
      .that.matches(/^message-[0-9a-f]{32}$/)
    expect(vendor.calls[0]?.body).to.deep.equal({ type: 'SMS', contactId: '42', message: 'Hi' })
    expect(vendor.calls[0]?.headers).to.include({ version: '2021-04-15' })
  })

  it('waits as long as its rate limit says', async () => {
    vendor.failNext({
      kind: 'status',
      status: 429,
      headers: { 'x-ratelimit-interval-milliseconds': '10000' },
    })
    const outcome = await setup.run(leased('tag.add', { tags: 'hot' }, { integration: 'ghl' }), ghl())
    expect(outcome).to.deep.include({ state: 'parked', retryAfterMs: 10_000 })
  })

  it('refuses an address that is neither number nor mail', async () => {
    const outcome = await setup.run(
      leased('message.send', { channel: 'sms', to: '#sales', text: 'Hi' }, { integration: 'ghl' }),
      ghl(),
    )
    expect(outcome.state === 'permanent' && outcome.error.message).to.contain('neither a phone number')
  })
})
