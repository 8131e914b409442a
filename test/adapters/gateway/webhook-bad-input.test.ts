import { expect } from 'chai'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { ghlContactWebhook, signGhlWebhook } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { GatewaySetup, ghlKeys } from './gateway-setup.ts'

const path = '/v1/hooks/acme/ghl'

describe('webhooks that are not as they should be', () => {
  let setup: GatewaySetup
  beforeEach(async () => {
    setup = await new GatewaySetup().start()
  })
  afterEach(async () => await setup.stop())

  const contact = (change: JsonObject = {}, agoMs = 0): JsonObject => ({
    ...ghlContactWebhook(
      'ContactCreate',
      { id: 'c-1', firstName: 'Ada', lastName: 'Lovelace' },
      { locationId: 'loc-1', webhookId: 'w-1', sentAt: new Date(setup.clock.now().getTime() - agoMs) },
    ),
    ...change,
  })
  const deliver = async (body: string | Buffer, headers: Record<string, string>) =>
    await setup.send('POST', path, { headers, body: typeof body === 'string' ? body : new Uint8Array(body) })

  /** Sends bytes as they are and returns the status and the whole answer. */
  async function raw(
    lines: readonly string[],
    body: string | Buffer = '',
  ): Promise<{ status: number; text: string }> {
    const { hostname, port } = new URL(setup.url)
    return await new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.on('close', () => resolve({ status: Number(text.split(' ')[1]), text }))
      socket.on('error', reject)
      socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`)
      socket.write(body)
    })
  }

  it('signed over the same JSON written otherwise: refused', async () => {
    const { headers, body } = signGhlWebhook(JSON.stringify(contact(), null, 2), ghlKeys)
    expect((await deliver(body, { ...headers })).status).to.equal(202)
    const again = JSON.stringify(JSON.parse(body))
    expect((await deliver(again, { ...headers })).status).to.equal(401)
    expect(setup.observed.refused).to.deep.equal(['mismatch'])
  })

  it('rightly signed and old, or from a clock that is ahead: refused, and the log says by how much', async () => {
    for (const agoMs of [301_000, -301_000]) {
      const { headers, body } = signGhlWebhook(contact({}, agoMs), ghlKeys)
      expect((await deliver(body, { ...headers })).status).to.equal(401)
      expect(setup.logged.at(-1)).to.contain(`"offByMs":${agoMs}`)
    }
    for (const agoMs of [299_000, -299_000]) {
      const { headers, body } = signGhlWebhook(contact({ webhookId: `w${agoMs}` }, agoMs), ghlKeys)
      expect((await deliver(body, { ...headers })).status).to.equal(202)
    }
  })

  it('with a signature twice: refused, whichever of them is right', async () => {
    const { headers, body } = signGhlWebhook(contact(), ghlKeys)
    const good = `x-ghl-signature: ${headers['x-ghl-signature']}`
    for (const pair of [
      [good, 'X-GHL-Signature: AAAA'],
      ['X-GHL-Signature: AAAA', good],
      [good, good],
    ]) {
      const lines = [
        `POST ${path} HTTP/1.1`,
        'Host: x',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ]
      expect((await raw([...lines, ...pair], body)).status).to.equal(401)
    }
    expect(setup.observed.refused).to.deep.equal(['twice', 'twice', 'twice'])
    expect(setup.intake.requests).to.deep.equal([])
  })

  it('with a bad Ed25519 signature and a good RSA one, or an empty one: refused', async () => {
    const { headers, body } = signGhlWebhook(contact(), ghlKeys, 'rsa')
    for (const strong of ['AAAA', '']) {
      const lines = [
        `POST ${path} HTTP/1.1`,
        'Host: x',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ]
      const weak = `x-wh-signature: ${headers['x-wh-signature']}`
      expect((await raw([...lines, weak, `x-ghl-signature: ${strong}`], body)).status).to.equal(401)
    }
    expect(setup.observed.refused).to.deep.equal(['mismatch', 'mismatch'])
  })

  it('in chunks: the bytes count, however they come; a chunk that lies or a length beside them does not', async () => {
    const { headers, body } = signGhlWebhook(contact(), ghlKeys)
    const signed = [`x-ghl-signature: ${headers['x-ghl-signature']}`, 'Content-Type: application/json']
    const begin = [`POST ${path} HTTP/1.1`, 'Host: x', ...signed, 'Transfer-Encoding: chunked']
    const chunks = [...body]
      .map((letter) => `${Buffer.byteLength(letter).toString(16)}\r\n${letter}\r\n`)
      .join('')
    expect((await raw(begin, `${chunks}0\r\n\r\n`)).status).to.equal(202)
    expect((await raw(begin, `zz\r\n${body}\r\n0\r\n\r\n`)).status).to.equal(400)
    const smuggled = await raw([...begin, `Content-Length: ${body.length}`], `${chunks}0\r\n\r\n`)
    expect(smuggled.status).to.equal(400)
    expect(setup.intake.requests).to.have.length(1)
  })

  it('compressed: refused, so that no limit on size is a guess', async () => {
    const { headers, body } = signGhlWebhook(contact(), ghlKeys)
    const packed = gzipSync(body)
    for (const encoding of ['gzip', 'br', 'identity, gzip'])
      expect((await deliver(packed, { ...headers, 'content-encoding': encoding })).body?.code).to.equal(
        'NX-HTTP-ENCODING',
      )
    // Without saying so it is no JSON, and not what was signed.
    expect((await deliver(packed, { ...headers })).status).to.equal(401)
  })

  it('of 10 MB: refused by what is announced, and by what comes unannounced', async () => {
    const begin = [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      'x-ghl-signature: AAAA',
      'Content-Type: application/json',
    ]
    const announced = await raw([...begin, `Content-Length: ${10 * 1024 * 1024}`])
    expect([announced.status, announced.text.includes('NX-HTTP-TOO-LARGE')]).to.deep.equal([413, true])
    const megabyte = `100000\r\n${'x'.repeat(1024 * 1024)}\r\n`
    const unannounced = await raw([...begin, 'Transfer-Encoding: chunked'], megabyte).catch(() => null)
    expect(unannounced === null || unannounced.status === 413).to.equal(true)
    expect(setup.observed.refused).to.deep.equal([])
  })

  it('in another charset than it says: refused as unreadable, signed or not', async () => {
    for (const type of ['application/json; charset=utf-16le', 'application/json; charset=utf-7']) {
      const { headers, body } = signGhlWebhook(contact(), ghlKeys)
      const answer = await deliver(body, { ...headers, 'content-type': type })
      expect([answer.status, answer.body?.code]).to.deep.equal([400, 'NX-HOOK-JSON'])
    }
  })

  it('about leads with names that would be lines of a log, or templates: kept as data, and in no log', async () => {
    const name = 'Ada\r\n{"level":"error","msg":"forged"} {{ connection.locationId }}'
    const { headers, body } = signGhlWebhook(contact({ name, firstName: name }), ghlKeys)
    expect((await deliver(body, { ...headers })).status).to.equal(202)
    expect(setup.intake.requests[0]?.events[0]?.event.data).to.include({ name, first_name: name })
    expect(setup.logged.join()).to.not.contain('forged')
    const odd = signGhlWebhook(contact({ type: 'x\n{"forged":1}' }), ghlKeys)
    await deliver(odd.body, { ...odd.headers })
    expect(setup.intake.requests[1]?.deadLetters[0]?.reason).to.match(/^[^\n]*$/)
  })
})
