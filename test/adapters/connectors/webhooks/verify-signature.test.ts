import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { createGhlTestKeys, signGhlWebhook } from '../../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { gohighlevelWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/gohighlevel-webhooks.ts'
import { signatureSchemes } from '../../../../src/adapters/connectors/webhooks/signatures/signature-schemes.ts'
import { twilioWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/twilio-webhooks.ts'
import { verifySignature } from '../../../../src/adapters/connectors/webhooks/verify-signature.ts'
import { cpuMs } from '../../../support/measures/cpu-ms.ts'

const now = Date.parse('2026-03-05T12:00:00Z')
const window = { now: new Date(now), toleranceMs: 300_000 }

describe('verifySignature', () => {
  describe("GoHighLevel's two schemes", () => {
    const keys = createGhlTestKeys()
    const publicKeys = { ed25519PublicKey: keys.ed25519.publicKeyPem, rsaPublicKey: keys.rsa.publicKeyPem }
    const check = (
      headers: Record<string, string>,
      body: string,
      given: Record<string, string> = publicKeys,
    ) =>
      verifySignature(
        gohighlevelWebhooks.schemes,
        given,
        { method: 'POST', url: '/', headers, body: Buffer.from(body) },
        window,
      )

    it('accepts either', () => {
      for (const scheme of ['ed25519', 'rsa'] as const) {
        const { headers, body } = signGhlWebhook('{"a":1}', keys, scheme)
        expect(check(headers as Record<string, string>, body).state).to.equal('verified')
      }
    })

    it('never falls back: a bad Ed25519 signature beside a good RSA one is refused', () => {
      const { headers, body } = signGhlWebhook('{"a":1}', keys, 'rsa')
      expect(check({ ...headers, 'x-ghl-signature': 'AAAA' }, body)).to.include({
        state: 'refused',
        why: 'mismatch',
        scheme: 'ed25519',
      })
    })

    it('never falls back: without the key of the scheme that is present it is refused', () => {
      const { headers, body } = signGhlWebhook('{"a":1}', keys)
      const rsa = signGhlWebhook('{"a":1}', keys, 'rsa')
      expect(check({ ...headers, ...rsa.headers }, body, { rsaPublicKey: keys.rsa.publicKeyPem })).to.include(
        { why: 'no_key' },
      )
    })

    it('refuses the unsigned', () =>
      expect(check({}, '{}')).to.include({ state: 'refused', why: 'unsigned' }))

    it('refuses every single-byte change of a body', () => {
      const { headers, body } = signGhlWebhook('{"type":"ContactCreate","id":"x"}', keys)
      fc.assert(
        fc.property(fc.nat({ max: body.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const bytes = Buffer.from(body)
          bytes[at] = (bytes[at] ?? 0) ^ change
          const request = { method: 'POST', url: '/', headers, body: bytes }
          expect(verifySignature(gohighlevelWebhooks.schemes, publicKeys, request, window).state).to.equal(
            'refused',
          )
        }),
        { numRuns: 50 },
      )
    })
  })

  it('reads what a stranger sent once, however many keys and places there are', () => {
    let reads = 0
    const body = Buffer.from(
      JSON.stringify({ signature: { signature: 'ab', timestamp: now / 1_000, token: 't' } }),
    )
    body.toString = (...given) => {
      reads += 1
      return Buffer.prototype.toString.apply(body, given)
    }
    const request = { method: 'POST', url: 'https://x.example/hook', headers: {}, body }
    const { schemes } = signatureSchemes.mailgun
    expect(verifySignature(schemes, { secret: ['new', 'old'] }, request, window)).to.include({
      why: 'mismatch',
    })
    expect(reads, 'the JSON').to.equal(1)

    reads = 0
    const form = {
      ...{ method: 'POST', url: request.url, headers: { 'x-twilio-signature': 'AAAA' } },
      get body() {
        reads += 1
        return Buffer.from('a=1&b=2')
      },
    }
    const keys = { authToken: ['new', 'old'] }
    expect(verifySignature(twilioWebhooks.schemes, keys, form, window)).to.include({ why: 'mismatch' })
    expect(reads, 'the form').to.equal(1)
  })

  it('takes no longer than the length of what a stranger sends: a form of as many fields as fit into a body', () => {
    const fields = Array.from({ length: 65_000 }, (_, index) => `${index.toString(36)}=${index % 7}`)
    const body = Buffer.from([...fields, 'a=2', 'a=1', 'a=2'].join('&'))
    const request = { method: 'POST', url: 'https://x.example/hook?a=b%20c', headers: {}, body }
    const signed = (text: string) => ({
      ...request,
      headers: { 'x-twilio-signature': createHmac('sha1', 'token').update(text).digest('base64') },
    })
    const verify = (given: typeof request) =>
      verifySignature(twilioWebhooks.schemes, { authToken: 'token' }, given, window).state
    const spent = cpuMs(() => expect(verify(signed('something else'))).to.equal('refused'))
    expect(spent).to.be.below(1_000)

    // Names in order, each value once, by an independent reading.
    const pairs = [...new Set(body.toString().split('&'))].sort((one, other) => {
      const [[a = '', b = ''], [c = '', d = '']] = [one.split('='), other.split('=')]
      return a === c ? (b < d ? -1 : 1) : a < c ? -1 : 1
    })
    const text = pairs.map((pair) => pair.replace('=', '')).join('')
    expect(verify(signed(request.url + text))).to.equal('verified')
  })
})
