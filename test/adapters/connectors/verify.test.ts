import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts'
import { ExecutorSetup, leased } from './executor-setup.ts'

const verify: JsonObject = {
  path: '/messages',
  query: { lead: '{{ input.lead }}' },
  list: 'messages',
  match: { ref: '{{ key }}', lead: '{{ input.lead }}' },
  pageSize: 3,
  verifyAfterMs: 20_000,
}

describe('looking up a command in doubt', () => {
  let setup: ExecutorSetup
  let server: Server
  let answer: { status: number; body: JsonValue }
  let asked: string[]
  beforeEach(async () => {
    setup = await new ExecutorSetup().start()
    asked = []
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer.body))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  })
  afterEach(async () => {
    await setup.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const document = (change: JsonObject = {}): JsonObject => ({
    apiVersion: 'neuronx/v1',
    kind: 'Integration',
    name: 'sink',
    connector: 'http',
    connection: { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    operations: {
      once: {
        method: 'POST',
        path: '/once',
        effect: 'send',
        body: { lead: '{{ input.lead }}' },
        verify,
        ...change,
      },
    },
  })

  it('shows no secret that the vendor gives back', async () => {
    answer = { status: 200, body: { messages: [{ ref: 'key-of-once', lead: '42', echo: 'tok-1234' }] } }
    const auth = { kind: 'bearer', token: { secret: 'tok' } }
    const executor = setup.executorOf({ ...document(), auth }, { tok: 'tok-1234' })
    const found = await executor.verify(leased('once', { lead: '42' }), 60_000, new AbortController().signal)
    expect(found.state).to.equal('happened')
    expect(JSON.stringify(found)).to.contain('[secret]').and.to.not.contain('tok-1234')
  })

  const look = async (sentAgoMs: number, input: JsonObject = { lead: '42' }, change: JsonObject = {}) =>
    setup.executorOf(document(change)).verify(leased('once', input), sentAgoMs, new AbortController().signal)

  const message = (ref: string, lead: string): JsonObject => ({ ref, lead, id: 7 })
  const found = { status: 200, body: { messages: [message('key-of-once', '42')] } }

  it('finds what happened by every path that must match, with a GET that says what to look for', async () => {
    answer = found
    expect(await look(1_000)).to.deep.include({
      state: 'happened',
      result: { verified: true, answer: { ref: 'key-of-once', lead: '42', id: 7 } },
    })
    expect(asked).to.deep.equal(['GET /messages?lead=42'])
    answer = { status: 200, body: { messages: [message('key-of-once', '43')] } }
    expect(await look(60_000)).to.deep.include({ state: 'did_not_happen' })
  })

  const unclear: ReadonlyArray<readonly [string, { status: number; body: JsonValue }, number]> = [
    ['it is asked too early', { status: 200, body: { messages: [] } }, 19_000],
    [
      'the list may go on',
      { status: 200, body: { messages: ['1', '2', '3'].map((n) => message(n, n)) } },
      60_000,
    ],
    ['the other side fails', { status: 500, body: {} }, 60_000],
    ['the answer has another form', { status: 200, body: { items: [] } }, 60_000],
    ['there is nothing to be found at that address', { status: 404, body: {} }, 60_000],
  ]
  for (const [when, given, sentAgoMs] of unclear) {
    it(`does not say that it did not happen when ${when}`, async () => {
      answer = given
      expect(await look(sentAgoMs)).to.deep.include({ state: 'unknown' })
    })
  }

  it('takes a 404 for an answer where the connector says so', async () => {
    answer = { status: 404, body: {} }
    expect(
      await look(60_000, { lead: '42' }, { verify: { ...verify, absentStatus: [404] } }),
    ).to.deep.include({
      state: 'did_not_happen',
    })
  })

  it('does not look when a part of what must match is missing, or when nothing is declared', async () => {
    answer = found
    expect(await look(60_000, {})).to.deep.equal({ state: 'not_verifiable' })
    expect(
      await setup.executor().verify(leased('once', { lead: '42' }), 60_000, new AbortController().signal),
    ).to.deep.equal({ state: 'not_verifiable' })
    expect(asked).to.deep.equal([])
  })

  it('refuses a look-up of what may be repeated anyway, and templates that read what is not there', () => {
    const problemsOf = (change: JsonObject) =>
      compileIntegration(integrationSchema.parse(document(change))).connector.problems
    expect(problemsOf({})).to.deep.equal([])
    expect(problemsOf({ effect: 'upsert' })[0]).to.include({ code: 'NX-INTEGRATION-VERIFY' })
    const [problem] = problemsOf({ verify: { ...verify, match: { ref: '{{ nothing.here }}' } } })
    expect(problem?.path).to.deep.equal(['operations', 'once', 'verify', 'match', 'ref'])
    const [inPath] = problemsOf({ verify: { ...verify, path: '/{{ nothing.here }}' } })
    expect(inPath?.path).to.deep.equal(['operations', 'once', 'verify', 'path'])
  })
})
