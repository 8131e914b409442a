import { createServer } from 'node:https'
import type { Server, ServerOptions } from 'node:https'
import { createServer as createPlainServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { lookup } from 'node:dns'
import tls from 'node:tls'
import { expect } from 'chai'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import type { OutgoingAnswer } from '../../../../src/adapters/http/exchange.ts'
import { ExecutorSetup, leased } from '../../connectors/executor-setup.ts'
import { makeAuthority } from '../../nats/access/certificates.ts'
import type { Certificate } from '../../nats/access/certificates.ts'

const authority = makeAuthority()
const stranger = makeAuthority()
const limits = { timeoutMs: 5_000, bulkhead: { key: 'tls', concurrencyMax: 8 } }
const day = 86_400_000
const between = (from: number, to: number) => ({
  from: new Date(Date.now() + from * day),
  to: new Date(Date.now() + to * day),
})
/** Every name is this machine. */
const resolve = ((_name: string, _options: object, done: (error: null, found: object[]) => void) =>
  done(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof lookup

describe('the certificate of the other side', () => {
  let before: readonly string[]
  let client: OutgoingClient
  let server: Server | null
  let heard: number
  beforeEach(() => {
    before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, authority.cert])
    client = new OutgoingClient({ allowPrivate: true, resolve })
    server = null
    heard = 0
  })
  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    server?.closeAllConnections()
    await new Promise((done) => (server === null ? done(null) : server.close(done)))
    tls.setDefaultCACertificates([...before])
  })

  /** The port of a server that shows this certificate and counts what it hears. */
  async function listen(options: ServerOptions): Promise<number> {
    server = createServer(options, (_request, response) => {
      heard += 1
      response.end('{"ok":true}')
    }).listen(0, '127.0.0.1')
    await new Promise((done) => server?.once('listening', done))
    return (server.address() as AddressInfo).port
  }
  const call = async (origin: string): Promise<OutgoingAnswer> =>
    await client.send(
      { method: 'POST', url: new URL(origin), headers: { authorization: 'Bearer t0ken' }, body: '{}' },
      limits,
      new AbortController().signal,
    )

  const refused: readonly [string, () => Certificate, RegExp][] = [
    ['that ended yesterday', () => authority.issue(['vendor.example'], between(-9, -1)), /expired/],
    ['that begins tomorrow', () => authority.issue(['vendor.example'], between(1, 9)), /not.yet.valid/],
    [
      'of nobody that we know',
      () => stranger.issue(['vendor.example']),
      /unable to verify|signature failure/,
    ],
    ['that signed itself', () => stranger, /self.signed/],
    ['for another name', () => authority.issue(['other.example']), /vendor\.example/],
    ['for a name above', () => authority.issue(['example']), /vendor\.example/],
    ['for an address', () => authority.issue(['127.0.0.1']), /vendor\.example/],
  ]
  for (const [what, certificate, message] of refused) {
    it(`${what} is refused before the request, and its secret, leave`, async () => {
      const port = await listen(certificate())
      const answer = await call(`https://vendor.example:${port}/`)
      expect(answer).to.include({ state: 'not_sent', reason: 'unreachable' })
      expect(answer.state === 'not_sent' && answer.message).to.match(message)
      expect(heard).to.equal(0)
    })
  }

  it('is asked for by the name that is called (SNI), and by no name for an address', async () => {
    const asked: string[] = []
    const port = await listen({
      ...authority.issue(['127.0.0.1']),
      SNICallback: (name, done) => {
        asked.push(name)
        const { cert, key } = authority.issue([name === 'b.example' ? 'a.example' : name])
        done(null, tls.createSecureContext({ cert, key }))
      },
    })
    expect(await call(`https://a.example:${port}/`)).to.include({ state: 'answered', status: 200 })
    expect(await call(`https://b.example:${port}/`)).to.include({ state: 'not_sent' })
    expect(await call(`https://127.0.0.1:${port}/`)).to.include({ state: 'answered', status: 200 })
    expect(asked).to.deep.equal(['a.example', 'b.example'])
    expect(heard).to.equal(2)
  })

  it('must come with a version of TLS that is still safe', async () => {
    const own = authority.issue(['vendor.example'])
    const port = await listen({
      ...own,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    })
    expect(await call(`https://vendor.example:${port}/`)).to.include({ state: 'not_sent' })
    expect(heard).to.equal(0)
  })

  it('must come at all: a server that speaks plain HTTP on that port hears no request', async () => {
    let text = ''
    const plain = createPlainServer((socket) => {
      socket.on('data', (chunk) => (text += chunk.toString('latin1')))
      socket.on('error', () => {})
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
    }).listen(0, '127.0.0.1')
    await new Promise((done) => plain.once('listening', done))
    const answer = await call(`https://vendor.example:${(plain.address() as AddressInfo).port}/`)
    expect(answer).to.include({ state: 'not_sent', reason: 'unreachable' })
    expect(text).to.not.contain('t0ken')
    await new Promise((done) => plain.close(done))
  })

  it('whose name holds a line of a log, or what steers a terminal, is quoted as text that does neither', async () => {
    const setup = await new ExecutorSetup().start()
    const evil = 'x\r\n{"level":"error"}\u001b[2J\u0000'
    const port = await listen(authority.issue([evil, 'x.example']))
    const inName = `Host: vendor.example. is not cert's CN: ${evil}`
    const quoting = { send: async () => ({ state: 'not_sent', reason: 'unreachable', message: inName }) }
    for (const way of [client, quoting as unknown as OutgoingClient]) {
      setup.client = way
      const subject = setup.executor({
        connection: { baseUrl: `https://vendor.example:${port}` },
        limits: { timeout: '5s' },
      })
      const outcome = await setup.run(leased('once', { lead: '42' }), subject)
      expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
      expect(outcome).to.have.nested.property('error.code', 'NX-CALL-UNREACHABLE')
      const { message } = (outcome as { error: { message: string } }).error
      expect(message)
        .to.match(/^[^\p{Cc}]*$/u)
        .and.to.contain('vendor.example')
    }
    setup.client = new OutgoingClient({ allowPrivate: true })
    await setup.stop()
  })
})
