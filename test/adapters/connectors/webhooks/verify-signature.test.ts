import { expect } from 'chai'
import fc from 'fast-check'
import { createGhlTestKeys, signGhlWebhook } from '../../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { gohighlevelWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/gohighlevel-webhooks.ts'
import { verifySignature } from '../../../../src/adapters/connectors/webhooks/verify-signature.ts'

const window = { now: new Date('2026-03-05T12:00:00Z'), toleranceMs: 300_000 }

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
})
