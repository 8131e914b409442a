import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { applyAuth } from '../../../../src/adapters/connectors/auth/apply-auth.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import type { OutgoingRequest } from '../../../../src/adapters/http/outgoing-request.ts'
import { makeAuthority } from '../../nats/access/certificates.ts'

const authority = makeAuthority()
const ada = authority.issue(['ada'])
const bob = authority.issue(['bob'])
const bulkhead = { key: 'x', concurrencyMax: 8 }

describe('a client certificate', () => {
  let server: Server
  let client: OutgoingClient
  let before: readonly string[]
  let sockets: Set<unknown>
  beforeEach(async () => {
    before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, authority.cert])
    sockets = new Set()
    const own = authority.issue(['localhost'])
    server = createServer(
      { ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const socket = request.socket as TLSSocket
        sockets.add(socket)
        response.end(
          JSON.stringify({
            authorized: socket.authorized,
            name: socket.getPeerCertificate().subject?.CN ?? null,
            authorization: request.headers.authorization ?? null,
          }),
        )
      },
    ).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    client = new OutgoingClient({ allowPrivate: true })
  })
  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    tls.setDefaultCACertificates([...before])
  })
  const request = (): OutgoingRequest => ({
    method: 'GET',
    url: new URL(`https://localhost:${(server.address() as AddressInfo).port}/`),
    headers: {},
    body: null,
  })
  const as = (credentials: Record<string, string>) =>
    applyAuth(request(), {
      auth: {
        kind: 'mtls',
        certificate: 'certificate',
        key: 'key',
        with: { kind: 'bearer', token: 'token' },
      },
      credentials,
      connection: {},
      accessToken: null,
      idempotencyKey: 'k',
      now: new Date(0),
      nonce: 'n',
    })
  const send = async (outgoing: OutgoingRequest) => {
    const answer = await client.send(outgoing, { timeoutMs: 5_000, bulkhead }, new AbortController().signal)
    return answer.state === 'answered' ? (JSON.parse(answer.body) as unknown) : answer
  }

  it('is shown, with what else proves the caller', async () => {
    expect(await send(as({ certificate: ada.cert, key: ada.key, token: 't' }))).to.deep.equal({
      authorized: true,
      name: 'ada',
      authorization: 'Bearer t',
    })
    expect(await send(request())).to.deep.equal({ authorized: false, name: null, authorization: null })
  })

  it('never lends its connection to another', async () => {
    const [first, second, again] = [ada, bob, ada].map(({ cert, key }) =>
      as({ certificate: cert, key, token: 't' }),
    )
    for (const [outgoing, name] of [
      [first, 'ada'],
      [second, 'bob'],
      [again, 'ada'],
    ] as const)
      expect(await send(outgoing as OutgoingRequest)).to.include({ name })
    // The third call took the connection of the first.
    expect(sockets.size).to.equal(2)
  })

  it('that is none ends before anything is sent', async () => {
    expect(await send(as({ certificate: 'nonsense', key: 'nonsense', token: 't' }))).to.include({
      state: 'not_sent',
    })
    expect(sockets.size).to.equal(0)
  })
})
