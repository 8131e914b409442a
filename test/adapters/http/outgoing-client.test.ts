import { expect } from 'chai'
import type { lookup } from 'node:dns'
import { FakeVendorServer } from '../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { OutgoingClient } from '../../../src/adapters/http/outgoing-client.ts'
import type { OutgoingRequest } from '../../../src/adapters/http/outgoing-request.ts'
import { closedPort } from '../../support/closed-port.ts'
import { eventually } from '../../support/eventually.ts'

const never = new AbortController().signal
const limits = { timeoutMs: 5_000, bulkhead: { key: 'k', concurrencyMax: 4 } }

function post(url: string): OutgoingRequest {
  return {
    method: 'POST',
    url: new URL(url),
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  }
}

describe('OutgoingClient', () => {
  let vendor: FakeVendorServer
  let client: OutgoingClient

  beforeEach(async () => {
    vendor = await new FakeVendorServer().start()
    client = new OutgoingClient({ allowPrivate: true, answerBytesMax: 200_000 })
  })

  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    await vendor.stop()
  })

  it('brings back status, headers and body', async () => {
    const answer = await client.send(post(`${vendor.url}/hit?x=1`), limits, never)
    expect(answer).to.deep.include({
      state: 'answered',
      status: 201,
      body: '{"ok":true,"id":"fake-1"}',
      cut: null,
    })
    expect(vendor.calls[0]).to.deep.include({ method: 'POST', path: '/hit?x=1', body: { a: 1 } })
  })

  it('knows that nothing was sent when nobody listens', async () => {
    const answer = await client.send(post(`http://127.0.0.1:${await closedPort()}/`), limits, never)
    expect(answer).to.include({ state: 'not_sent', reason: 'unreachable' })
  })

  it('knows that the request left when the answer never comes', async () => {
    vendor.failNext({ kind: 'hang' })
    const answer = await client.send(post(vendor.url), { ...limits, timeoutMs: 150 }, never)
    expect(answer).to.include({ state: 'lost', reason: 'timeout' })
    expect(vendor.received).to.equal(1)
  })

  it('knows that the request left when the connection breaks', async () => {
    vendor.failNext({ kind: 'reset' })
    expect(await client.send(post(vendor.url), limits, never)).to.include({
      state: 'lost',
      reason: 'connection',
    })
  })

  it('cuts an answer that never ends by size, keeping its status', async () => {
    vendor.failNext({ kind: 'endless' })
    const answer = await client.send(post(vendor.url), limits, never)
    expect(answer).to.include({ state: 'answered', status: 200, cut: 'size' })
    expect(answer.state === 'answered' && answer.body.length).to.equal(200_000)
  })

  it('says stopped, not timeout, when the caller stops', async () => {
    vendor.failNext({ kind: 'hang' })
    const stop = new AbortController()
    const call = client.send(post(vendor.url), limits, stop.signal)
    while (vendor.received === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    expect(await call).to.include({ state: 'lost', reason: 'stopped' })
  })

  it('does not follow redirects', async () => {
    vendor.failNext({ kind: 'status', status: 302, headers: { location: `${vendor.url}/elsewhere` } })
    expect(await client.send(post(vendor.url), limits, never)).to.include({ state: 'answered', status: 302 })
    expect(vendor.received).to.equal(1)
  })

  it('refuses calls beyond the bulkhead and its queue without sending them', async () => {
    vendor.failNext({ kind: 'hang' }, { kind: 'hang' })
    const one = { timeoutMs: 300, bulkhead: { key: 'one', concurrencyMax: 1 } }
    const answers = await Promise.all(
      [1, 2, 3].map(async () => await client.send(post(vendor.url), one, never)),
    )
    expect(
      answers.filter((answer) => answer.state === 'not_sent' && answer.reason === 'busy'),
    ).to.have.length(1)
  })

  it('gives a call that waited for its turn what is left of its time then, and makes none that has none', async () => {
    vendor.failNext({ kind: 'hang' }, { kind: 'hang' }, { kind: 'hang' })
    const one = { timeoutMs: 60_000, bulkhead: { key: 'one', concurrencyMax: 1 } }
    const holding = async (left: { ms: number }) => {
      const received = vendor.received
      const stop = new AbortController()
      const first = client.send(post(vendor.url), one, stop.signal)
      await eventually(() => vendor.received === received + 1)
      const mayStart = (): boolean => left.ms > 0
      const second = client.send(post(vendor.url), { ...one, leftMs: () => left.ms, mayStart }, never)
      const goOn = async (): Promise<void> => {
        stop.abort()
        await first
      }
      return { second, goOn }
    }
    const left = { ms: 60_000 }
    const short = await holding(left)
    left.ms = 1_000
    await short.goOn()
    expect(await short.second).to.include({ state: 'lost', reason: 'timeout' })
    const over = await holding(left)
    left.ms = -1
    await over.goOn()
    expect(await over.second).to.include({ state: 'not_sent', reason: 'stopped' })
    expect(vendor.received).to.equal(3)
  })

  it('lets no call wait for those of others to the same origin, however long they take', async () => {
    const hanging = Array.from({ length: 200 }, () => ({ kind: 'hang' }) as const)
    vendor.failNext(...hanging)
    const stop = new AbortController()
    const others = hanging.map(async (_, index) => {
      const bulkhead = { key: `tenant-${index % 4}`, concurrencyMax: 64 }
      return await client.send(post(vendor.url), { timeoutMs: 5_000, bulkhead }, stop.signal)
    })
    await eventually(() => vendor.received === hanging.length)
    const own = { timeoutMs: 2_000, bulkhead: { key: 'own', concurrencyMax: 1 } }
    expect(await client.send(post(vendor.url), own, never)).to.include({ state: 'answered' })
    stop.abort()
    await Promise.all(others)
  })

  it('refuses private addresses, written out or behind a name, without connecting', async () => {
    const resolve = ((_name: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof lookup
    await using guarded = new OutgoingClient({ allowPrivate: false, resolve })
    const { port } = new URL(vendor.url)
    for (const host of ['127.0.0.1', 'innocent.example', '[::1]', '2130706433', '0x7f.1']) {
      const answer = await guarded.send(post(`http://${host}:${port}/`), limits, never)
      expect(answer, host).to.include({ state: 'not_sent', reason: 'refused_address' })
    }
    expect(vendor.received).to.equal(0)
  })

  it('does not go inside by a name that changes its address between two calls', async () => {
    // Of no network: what is public about it is that no list holds it.
    const addresses = ['4000::1', '127.0.0.1', '4000::1', '::ffff:127.0.0.1']
    let asked = 0
    const resolve = ((_name: string, _options: object, done: (error: null, found: object[]) => void) => {
      const address = addresses[asked++ % addresses.length] ?? ''
      done(null, [{ address, family: address.includes(':') ? 6 : 4 }])
    }) as unknown as typeof lookup
    await using guarded = new OutgoingClient({ allowPrivate: false, resolve, connectTimeoutMs: 100 })
    const reasons: unknown[] = []
    for (let call = 0; call < 4; call += 1) {
      const answer = await guarded.send(
        post(`http://rebind.example:${new URL(vendor.url).port}/`),
        limits,
        never,
      )
      reasons.push(answer.state === 'not_sent' ? answer.reason : answer.state)
    }
    // One question a connection: what was checked is what is connected to.
    expect(asked).to.equal(4)
    expect(reasons).to.deep.equal(['unreachable', 'refused_address', 'unreachable', 'refused_address'])
    expect(vendor.received).to.equal(0)
  })
})
