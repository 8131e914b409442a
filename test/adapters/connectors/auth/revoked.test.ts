import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { AccessTokens } from '../../../../src/adapters/connectors/auth/access-tokens.ts'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { ConnectorExecutor } from '../../../../src/adapters/connectors/connector-executor.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { cleared } from '../../../fakes/open-gate.ts'
import { leased, sinkDocument } from '../executor-setup.ts'

const calls = 20

describe('a token that is taken back while calls are under way', () => {
  let client: OutgoingClient
  let server: Server
  let good: Set<string>
  /** How often each command took effect. */
  let effects: Map<string, number>
  let onEffect: () => void
  beforeEach(async () => {
    client = new OutgoingClient({ allowPrivate: true })
    good = new Set(['token-1'])
    effects = new Map()
    onEffect = () => {}
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
        if (!good.has(token)) return response.writeHead(401).end('{"error":"revoked"}')
        const key = request.headers['x-key'] as string
        effects.set(key, (effects.get(key) ?? 0) + 1)
        onEffect()
        response.end('{"ok":true}')
      })
    }).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
  })
  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })

  const executor = (auth: object, accessTokens?: AccessTokens): ConnectorExecutor => {
    const integration = compileIntegration(
      integrationSchema.parse({
        ...sinkDocument(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
        auth,
        limits: { concurrency: 20 },
        operations: {
          once: {
            method: 'POST',
            path: '/once',
            effect: 'send',
            headers: { 'X-Key': '{{ key }}' },
            body: {},
          },
          list: { method: 'GET', path: '/list', effect: 'read' },
        },
      }),
    )
    return new ConnectorExecutor({
      integrations: { integration: async () => integration },
      secrets: { resolve: async () => 'token-1' },
      client,
      ...(accessTokens === undefined ? {} : { accessTokens }),
      clock: systemClock,
      logger: silentLogger,
    })
  }
  const sendAll = async (subject: ConnectorExecutor) =>
    await Promise.all(
      Array.from({ length: calls }, async (_, index) => {
        const command = leased('once', {}, { id: `c-${index}`, idempotencyKey: `key-${index}` })
        return await subject.execute(await cleared(command), new AbortController().signal)
      }),
    )
  const oauth2 = {
    kind: 'oauth2',
    grant: 'client_credentials',
    tokenUrl: 'https://login.example/token',
    clientId: 'id',
    clientSecret: { secret: 'client' },
    clientAuth: 'body',
  }
  /** Gives what is good now; a version is given back once, whoever says so first. */
  class Tokens implements AccessTokens {
    version = 1
    readonly givenBack: number[] = []
    async get() {
      return {
        state: 'token' as const,
        token: `token-${this.version}`,
        version: this.version,
        connection: {},
      }
    }
    async invalidate(_owner: unknown, version: number): Promise<void> {
      this.givenBack.push(version)
      if (version !== this.version) return
      this.version += 1
      good.add(`token-${this.version}`)
    }
  }

  it('that a person has to renew: what was sent is done, the rest waits whole, nothing is in doubt', async () => {
    onEffect = () => void (effects.size >= 5 && good.clear())
    const outcomes = await sendAll(executor({ kind: 'bearer', token: { secret: 't' } }))
    const parked = outcomes.filter(({ state }) => state === 'parked')
    expect(parked).to.have.length(calls - 5)
    for (const outcome of parked) {
      expect(outcome).to.deep.include({ wholeIntegration: true })
      expect(outcome).to.have.nested.property('error.code', 'NX-CALL-CREDENTIALS')
      expect(outcome.report?.health).to.equal('credentials')
    }
    expect([effects.size, outcomes.filter(({ state }) => state === 'succeeded').length]).to.deep.equal([5, 5])
  })

  it('that can be got anew: every call is done once, and none of them waits', async () => {
    const tokens = new Tokens()
    onEffect = () => void (effects.size === 5 && good.delete('token-1'))
    const outcomes = await sendAll(executor(oauth2, tokens))
    expect(outcomes.map(({ state }) => state)).to.deep.equal(Array<string>(calls).fill('succeeded'))
    expect([...effects.values()]).to.deep.equal(Array<number>(calls).fill(1))
    // All who were refused say so, of the same token: one renewal for all.
    expect(new Set(tokens.givenBack)).to.deep.equal(new Set([1]))
    expect(tokens.version).to.equal(2)
  })

  it('between two pages of a read: the page is asked for again, once', async () => {
    const tokens = new Tokens()
    const subject = executor(oauth2, tokens)
    const page = async () =>
      await subject.readPage(
        {
          tenantId: 't',
          workspace: 'default',
          integration: 'sink',
          operation: 'list',
          input: {},
          since: null,
        },
        new AbortController().signal,
      )
    expect((await page()).state).to.equal('page')
    good.clear()
    expect((await page()).state).to.equal('page')
    expect(tokens.givenBack).to.deep.equal([1])
    good = new Set()
    tokens.invalidate = async (_owner, version) => void tokens.givenBack.push(version)
    const failed = await page()
    expect(failed).to.have.nested.property('outcome.error.code', 'NX-CALL-CREDENTIALS')
    expect(tokens.givenBack).to.deep.equal([1, 2])
  })
})
