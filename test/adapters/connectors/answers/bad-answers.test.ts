import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createSocketServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'
import { ExecutorSetup, leased, secret } from '../executor-setup.ts'

interface Page {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

const refusal = JSON.stringify({ ok: false, error: 'no_such_lead' })
/** A vendor that says yes and no with 200, in the body. */
const saysNo: JsonObject = {
  errors: [{ when: { body: { ok: false } }, kind: 'permanent', notExecuted: true, says: 'No.' }],
}

describe('answers that are not as they should be', () => {
  let setup: ExecutorSetup
  let elsewhere: FakeVendorServer
  let server: Server
  let page: Page
  let heard: { path: string; headers: NodeJS.Dict<string | string[]> }[]
  beforeEach(async () => {
    setup = await new ExecutorSetup().start()
    elsewhere = await new FakeVendorServer().start()
    heard = []
    page = {}
    server = createServer((request, response) => {
      heard.push({ path: request.url ?? '', headers: request.headers })
      request.resume().on('end', () => {
        response.writeHead(page.status ?? 200, page.headers).end(page.body)
      })
    }).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
  })
  afterEach(async () => {
    await setup.stop()
    await elsewhere.stop()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const origin = (of: { address(): unknown } = server) =>
    `http://127.0.0.1:${(of.address() as AddressInfo).port}`
  const run = async (operation: string, answer: Page, change: JsonObject = {}) => {
    page = answer
    const subject = setup.executor({
      connection: { baseUrl: origin() },
      limits: { timeout: '5s' },
      ...change,
    })
    return await setup.run(leased(operation, { lead: '42' }), subject)
  }

  describe('a redirect', () => {
    const inside = 'http://169.254.169.254/latest/meta-data/'
    for (const status of [301, 302, 303, 307, 308]) {
      it(`with ${status} is never followed, inside or elsewhere, and takes no secret along`, async () => {
        for (const location of [inside, `${elsewhere.url}/there`, '//evil.example/', 'file:///etc/passwd']) {
          const outcome = await run('hit', { status, headers: { location } })
          expect(outcome, location).to.have.property('state', 'permanent')
          expect(JSON.stringify(outcome)).to.not.contain(secret)
        }
        expect([heard.length, elsewhere.received]).to.deep.equal([4, 0])
      })
    }
    for (const status of [302, 303]) {
      it(`with ${status} is no proof that nothing was sent: forms answer so when they have done the work`, async () => {
        const outcome = await run('once', { status, headers: { location: '/thanks' } })
        expect(outcome).to.have.property('state', 'unknown_outcome')
        expect(outcome).to.have.nested.property('error.message').that.contains('kind: ok')
        const told: JsonObject = { errors: [{ when: { status }, kind: 'ok' }] }
        expect(await run('once', { status }, told)).to.have.property('state', 'succeeded')
        const proven: JsonObject = { errors: [{ when: { status }, kind: 'permanent', notExecuted: true }] }
        expect(await run('once', { status }, proven)).to.have.property('state', 'permanent')
      })
    }
    it('that asks for the same call elsewhere did nothing', async () => {
      for (const status of [301, 307, 308])
        expect(await run('once', { status })).to.have.property('state', 'permanent')
    })
  })

  describe('a page where JSON should be', () => {
    const html = '<!doctype html><title>Sign in to the Wi-Fi</title>'
    it('is no yes from a vendor that says no with 200', async () => {
      expect(await run('once', { body: refusal }, saysNo)).to.have.nested.property(
        'error.message',
        'POST answered 200: the other side does not take this request. No.',
      )
      expect(await run('once', { body: html }, saysNo)).to.have.property('state', 'unknown_outcome')
      expect(await run('hit', { body: html }, saysNo)).to.have.property('state', 'retryable')
      expect(await run('once', { body: '{"ok":false' }, saysNo)).to.have.property('state', 'unknown_outcome')
    })
    it('is a yes where nobody reads it, and no words at all are one everywhere', async () => {
      expect(await run('once', { body: html })).to.have.property('state', 'succeeded')
      expect(await run('once', { status: 204 }, saysNo)).to.have.property('state', 'succeeded')
      const elsewhereOnly: JsonObject = {
        errors: [{ when: { status: 400, body: { ok: false } }, kind: 'permanent' }],
      }
      expect(await run('once', { body: html }, elsewhereOnly)).to.have.property('state', 'succeeded')
    })
    it('with an error status is what the status says', async () => {
      expect(await run('once', { status: 502, body: html })).to.have.property('state', 'unknown_outcome')
      expect(await run('once', { status: 404, body: html })).to.have.property('state', 'permanent')
    })
  })

  describe('JSON of another shape', () => {
    for (const body of [
      'null',
      '[]',
      '7',
      '"ok"',
      '{"id":{}}',
      '{"ID":"x"}',
      '{"data":{"id":"x"}}',
      '{"id":null}',
    ]) {
      it(`leaves a send in doubt whose id it should tell: ${body}`, async () => {
        const outcome = await run('checked', { status: 201, body })
        // An id that is an object is one that nobody can use, and an answer all the same.
        const expected = body === '{"id":{}}' ? 'succeeded' : 'unknown_outcome'
        expect(outcome).to.have.property('state', expected)
      })
    }
    it('reaches nothing that every object inherits', async () => {
      const output: JsonObject = {
        id: '{{ answer.constructor.name }}',
        key: '{{ answer.__proto__.toString }}',
      }
      const operations: JsonObject = { once: { method: 'POST', path: '/', effect: 'send', body: {}, output } }
      const outcome = await setupRun(operations, '{"id":"x"}')
      expect(outcome).to.have.property('state', 'unknown_outcome')
    })
    const setupRun = async (operations: JsonObject, body: string) => {
      page = { body }
      const subject = setup.executor({
        connection: { baseUrl: origin() },
        limits: { timeout: '5s' },
        operations,
      })
      return await setup.run(leased('once', {}), subject)
    }
  })

  describe('another coding', () => {
    const json = '{"id":"m-1","name":"Ada Lovelace"}'
    const kept = { state: 'succeeded', result: { id: 'm-1' } }
    it('is not asked for: unsaid, every compression would do', async () => {
      await run('once', {})
      expect(heard[0]?.headers['accept-encoding']).to.equal('identity')
    })
    it('that comes all the same is read by nobody, however large it would be', async () => {
      const body = gzipSync(Buffer.alloc(50_000_000, ' '))
      const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' }
      expect(await run('once', { headers, body })).to.have.property('state', 'succeeded')
      expect(await run('checked', { headers, body: gzipSync(json) })).to.have.property(
        'state',
        'unknown_outcome',
      )
      expect(await run('once', { headers, body: gzipSync(refusal) }, saysNo)).to.have.property(
        'state',
        'unknown_outcome',
      )
    })
    it('in UTF-16 is not read, whatever the header says; a mark of the byte order is no part of the text', async () => {
      const wide = Buffer.from(json, 'utf16le')
      for (const charset of ['utf-16le', 'utf-8']) {
        const headers = { 'content-type': `application/json; charset=${charset}` }
        expect(await run('checked', { headers, body: wide })).to.have.property('state', 'unknown_outcome')
      }
      expect(await run('checked', { body: `\uFEFF${json}` })).to.deep.include(kept)
      expect(await run('once', { body: `\uFEFF${refusal}` }, saysNo)).to.have.property('state', 'permanent')
    })
    it('in Latin 1 is read as far as it is UTF-8, and kept as text that the database can hold', async () => {
      const body = Buffer.from('{"id":"m-1","name":"Ren\u00e9"}', 'latin1')
      expect(await run('checked', { body })).to.deep.include(kept)
      const outcome = await run('once', { status: 400, body: Buffer.from([0x5b, 0xff, 0, 0x1b, 0x5d]) })
      expect(outcome).to.have.nested.property('error.answer', '[\uFFFD\uFFFD\uFFFD]')
      const turned = await run('once', { status: 400, body: 'no\n\u2028\u202e\u2066on' })
      expect(turned).to.have.nested.property('error.answer', 'no\n\uFFFD\uFFFD\uFFFDon')
    })
  })

  describe('as bytes', () => {
    /** Answers every request with these bytes, and closes. */
    async function bytes(answer: string, operation: string, change: JsonObject = {}) {
      const raw = createSocketServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => socket.end(answer))
      }).listen(0, '127.0.0.1')
      await new Promise((done) => raw.once('listening', done))
      const subject = setup.executor({
        connection: { baseUrl: origin(raw) },
        limits: { timeout: '5s' },
        ...change,
      })
      const outcome = await setup.run(leased(operation, { lead: '42' }), subject)
      await new Promise((done) => raw.close(done))
      return outcome
    }
    const ok = 'HTTP/1.1 200 OK\r\nconnection: close\r\n'
    it('come in chunks as whole', async () => {
      const chunks = [...'{"id":"m-1"}'].map((letter) => `1\r\n${letter}\r\n`).join('')
      expect(
        await bytes(`${ok}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`, 'checked'),
      ).to.deep.include({
        state: 'succeeded',
        result: { id: 'm-1' },
      })
    })
    it('that lie about their length, or end in the middle, prove nothing', async () => {
      for (const rest of [
        'transfer-encoding: chunked\r\n\r\nzz\r\n{"id":"m-1"}\r\n0\r\n\r\n',
        'transfer-encoding: chunked\r\n\r\nc\r\n{"id":"m-1"}\r\n',
        'content-length: 400\r\n\r\n{"id":"m-1"}',
        'content-length: 12\r\ncontent-length: 13\r\n\r\n{"id":"m-1"}',
      ])
        expect(await bytes(ok + rest, 'checked'), rest).to.have.property('state', 'unknown_outcome')
    })
    it('that are no HTTP, or more headers than anybody sends, leave a send in doubt', async () => {
      for (const answer of ['SSH-2.0-OpenSSH_9.9\r\n', `${ok}x: ${'y'.repeat(40_000)}\r\n\r\n{}`])
        expect(await bytes(answer, 'once')).to.have.property('state', 'unknown_outcome')
    })
    it('of 10 MB are read up to the limit, and no further', async () => {
      const answer = `${ok}content-length: 10485760\r\n\r\n{"id":"${'x'.repeat(10_485_760 - 9)}"}`
      expect(await bytes(answer, 'checked')).to.have.property('state', 'unknown_outcome')
      expect(await bytes(answer, 'once', saysNo)).to.have.property('state', 'unknown_outcome')
      const done = await bytes(answer, 'once')
      expect(done).to.deep.include({
        state: 'succeeded',
        result: { status: 200, note: 'the answer was cut by size' },
      })
    })
  })

  describe('by a clock that is not ours', () => {
    for (const offMs of [-7_200_000, 7_200_000]) {
      it(`ask for a pause that is no shorter and no longer for it: ${offMs / 3_600_000} h`, async () => {
        const now = Date.now()
        const at = (ms: number) => new Date(now + ms).toUTCString()
        const headers = { date: at(offMs), 'retry-after': at(offMs + 30_000) }
        expect(await run('once', { status: 429, headers })).to.deep.include({
          state: 'parked',
          retryAfterMs: 30_000,
        })
        const reset = { header: 'x-reset', unit: 'epoch_s' }
        const budget: JsonValue = [{ remaining: 'x-left', reset }]
        const epoch = Math.floor(Date.parse(headers.date) / 1_000) + 20
        const outcome = await run(
          'once',
          { headers: { date: headers.date, 'x-left': '0', 'x-reset': String(epoch) } },
          { budget },
        )
        expect(outcome.report?.pauseMs).to.equal(20_000)
      })
    }
    it('that cannot be read is ours', async () => {
      const headers = { date: '-5', 'retry-after': '7' }
      expect(await run('once', { status: 429, headers })).to.deep.include({ retryAfterMs: 7_000 })
    })
  })
})
