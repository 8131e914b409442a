import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'

/** What people, and those who are none, write into a form that asks for a name. */
const names = [
  'Ada Lovelace',
  'Zoë "Zo" O\'Brien & Søn',
  '李小龍 🐉',
  'Ada\r\nX-Evil: 1',
  'Ada\nBcc: all@example.com',
  'Ada\r\n\r\nGET /admin HTTP/1.1\r\nHost: x',
  'Ada\u0085X-Evil: 1',
  'Ada\u2028{"level":"error","msg":"forged"}',
  '\u001b[2J\u009b31mAda',
  'Ada\u0000',
  'Ada\ud800',
  '../../admin',
  '..\\..\\admin',
  '%2e%2e%2fadmin',
  '%0d%0aX-Evil:%201',
  'x&To=%2B15005550199&Body=free',
  'x?admin=1#top',
  '"},"admin":true,"x":{"',
  '{{ connection.baseUrl }} {% raw %}',
  '__proto__',
  'https://evil.example/',
  '//evil.example/',
  '@evil.example',
]
const isHeaderText = (name: string): boolean =>
  [...name].every((letter) => /[\t -~\u00a0-\u00ff]/.test(letter) && !/[\ud800-\udfff]/.test(letter))

const operations: JsonObject = {
  header: {
    method: 'POST',
    path: '/fixed',
    effect: 'send',
    headers: { 'X-Lead': '{{ input.name }}' },
    body: {},
  },
  path: { method: 'PUT', path: '/leads/{{ input.name }}/note', effect: 'update', body: {} },
  query: { method: 'GET', path: '/find', effect: 'read', query: { name: '{{ input.name }}', limit: 1 } },
  form: {
    method: 'POST',
    path: '/form',
    effect: 'send',
    encode: 'form',
    body: { To: '+15005550100', Body: 'Hello {{ input.name }}' },
  },
  json: { method: 'POST', path: '/json', effect: 'send', body: { name: '{{ input.name }}', admin: false } },
}

describe('what leads are called, in requests', () => {
  let setup: ExecutorSetup
  let server: Server
  let heard: { request: IncomingMessage; body: string }[]
  beforeEach(async () => {
    setup = await new ExecutorSetup().start()
    heard = []
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        heard.push({ request, body: Buffer.concat(chunks).toString() })
        response.end('{}')
      })
    }).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
  })
  afterEach(async () => {
    await setup.stop()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const run = async (operation: string, name: string) => {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const subject = setup.executor({ connection: { baseUrl }, operations, limits: { timeout: '5s' } })
    heard.length = 0
    return { outcome: await setup.run(leased(operation, { name }), subject), got: heard[0] }
  }

  for (const name of names) {
    const shown = JSON.stringify(name)
    it(`stay one value of one header, or are refused: ${shown}`, async () => {
      const { outcome, got } = await run('header', name)
      if (isHeaderText(name)) {
        expect(outcome).to.have.property('state', 'succeeded')
        const sent = got?.request.headers['x-lead'] as string
        expect(sent).to.equal(name)
      } else {
        expect(outcome).to.have.property('state', 'permanent')
        expect(outcome).to.have.nested.property('error.code', 'NX-CONNECTOR-INPUT')
        // What cannot be sent is not quoted either: the message goes into logs and onto terminals.
        expect(outcome)
          .to.have.nested.property('error.message')
          .that.matches(/^[ -~]*$/)
        expect(heard).to.deep.equal([])
      }
      expect(got?.request.headers['x-evil']).to.equal(undefined)
    })
    it(`stay one part of the path: ${shown}`, async () => {
      const { got } = await run('path', name)
      const [, leads, part = '', note, ...more] = got?.request.url?.split('/') ?? []
      expect([leads, note, more]).to.deep.equal(['leads', 'note', []])
      expect(decodeURIComponent(part)).to.equal(name.toWellFormed())
      expect(got?.request.headers.host).to.match(/^127\.0\.0\.1:/)
    })
    it(`stay one parameter of the address, one field of a form, one text of JSON: ${shown}`, async () => {
      const whole = name.toWellFormed()
      const { got: query } = await run('query', name)
      const url = new URL(query?.request.url ?? '', 'http://x')
      expect([url.pathname, [...url.searchParams]]).to.deep.equal([
        '/find',
        [
          ['name', whole],
          ['limit', '1'],
        ],
      ])
      const { got: form } = await run('form', name)
      expect([...new URLSearchParams(form?.body)]).to.deep.equal([
        ['To', '+15005550100'],
        ['Body', `Hello ${whole}`],
      ])
      const { got: json } = await run('json', name)
      expect(JSON.parse(json?.body ?? '')).to.deep.equal({
        name: json?.body.includes('\\ud800') ? name : whole,
        admin: false,
      })
    })
  }

  it('of 10 MB, or of more than a request holds, send nothing and are not quoted', async () => {
    for (const length of [1_100_000, 10_485_760]) {
      const name = 'Ada '.repeat(length / 4)
      for (const operation of ['json', 'form', 'path', 'query', 'header']) {
        const { outcome } = await run(operation, name)
        expect(outcome, `${operation} ${length}`).to.have.nested.property('error.code', 'NX-CONNECTOR-INPUT')
        expect(JSON.stringify(outcome).length).to.be.below(2_000)
      }
    }
    expect(heard).to.deep.equal([])
  })
})
