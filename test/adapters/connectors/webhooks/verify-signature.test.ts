import { expect } from 'chai'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { createGhlTestKeys, signGhlWebhook } from '../../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { gohighlevel } from '../../../../src/adapters/connectors/vendors/gohighlevel.ts'
import type { SignatureScheme } from '../../../../src/adapters/connectors/webhooks/signature-scheme.ts'
import { verifySignature } from '../../../../src/adapters/connectors/webhooks/verify-signature.ts'
import { sharedData } from '../../../support/shared-data.ts'

const now = new Date('2026-03-05T12:00:00Z')
const window = { now, toleranceMs: 300_000 }
const hex = { encoding: 'hex' } as const
const base64 = { encoding: 'base64' } as const

const schemes = {
  slack: {
    name: 'slack',
    algorithm: 'hmac-sha256',
    key: 'secret',
    signature: { header: 'x-slack-signature', prefix: 'v0=', ...hex },
    signed: [{ literal: 'v0:' }, { header: 'x-slack-request-timestamp' }, { literal: ':' }, 'rawBody'],
    timestamp: { from: { header: 'x-slack-request-timestamp' }, unit: 's' },
  },
  twilio: {
    name: 'twilio',
    algorithm: 'hmac-sha1',
    key: 'secret',
    signature: { header: 'x-twilio-signature', ...base64 },
    signed: ['url', 'formSorted'],
  },
  hubspot1: {
    name: 'hubspot v1',
    algorithm: 'sha256',
    key: 'secret',
    signature: { header: 'x-hubspot-signature', ...hex },
    signed: ['secret', 'rawBody'],
  },
  hubspot2: {
    name: 'hubspot v2',
    algorithm: 'sha256',
    key: 'secret',
    signature: { header: 'x-hubspot-signature', ...hex },
    signed: ['secret', 'method', 'url', 'rawBody'],
  },
  standard: {
    name: 'standard webhooks',
    algorithm: 'hmac-sha256',
    key: 'secret',
    keyForm: { encoding: 'base64', prefix: 'whsec_' },
    signature: { header: 'webhook-signature', split: ' ', prefix: 'v1,', ...base64 },
    signed: [
      { header: 'webhook-id' },
      { literal: '.' },
      { header: 'webhook-timestamp' },
      { literal: '.' },
      'rawBody',
    ],
    timestamp: { from: { header: 'webhook-timestamp' }, unit: 's' },
  },
  hub: {
    name: 'x-hub-signature-256',
    algorithm: 'hmac-sha256',
    key: 'secret',
    signature: { header: 'x-hub-signature-256', prefix: 'sha256=', ...hex },
    signed: ['rawBody'],
  },
  mailgun: {
    name: 'mailgun',
    algorithm: 'hmac-sha256',
    key: 'secret',
    signature: { body: 'signature.signature', ...hex },
    signed: [{ body: 'signature.timestamp' }, { body: 'signature.token' }],
  },
  sendgrid: {
    name: 'sendgrid',
    algorithm: 'ecdsa-sha256',
    key: 'secret',
    signature: { header: 'x-signature', ...base64 },
    signed: [{ header: 'x-timestamp' }, 'rawBody'],
  },
  shared: {
    name: 'shared header',
    algorithm: 'equals',
    key: 'secret',
    signature: { header: 'x-secret', encoding: 'utf8' },
    signed: [],
  },
} satisfies Record<string, SignatureScheme>

interface Given {
  readonly secret: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly method?: string
  readonly url?: string
  readonly at?: Date
}

function verify(scheme: SignatureScheme, given: Given) {
  const request = {
    method: given.method ?? 'POST',
    url: given.url ?? 'https://hooks.example/x',
    headers: given.headers ?? {},
    body: Buffer.from(given.body ?? ''),
  }
  return verifySignature([scheme], { secret: given.secret }, request, { ...window, now: given.at ?? now })
}

interface Vector {
  readonly scheme: string
  readonly [member: string]: unknown
}

describe('verifySignature', () => {
  describe('against published vectors', function () {
    const file = sharedData('signatures/vectors.json')
    const vectors = file === null ? [] : (JSON.parse(readFileSync(file, 'utf8')) as Vector[])
    if (file === null || !existsSync(file)) it.skip('skipped: ../shared/data/signatures is not here')

    const asRequest = (
      v: Record<string, string>,
      params: [string, string][],
    ): Record<string, [SignatureScheme, Given]> => {
      const form = params
        .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
        .join('&')
      const twilio: [SignatureScheme, Given] = [
        schemes.twilio,
        {
          secret: v['token'] ?? '',
          url: v['url'] ?? '',
          body: form,
          headers: { 'x-twilio-signature': v['signature'] ?? '' },
        },
      ]
      const hubspot: Given = {
        secret: v['clientSecret'] ?? '',
        method: v['method'] ?? '',
        url: v['url'] ?? '',
        body: v['body'] ?? '',
        headers: { 'x-hubspot-signature': v['signature'] ?? '' },
      }
      const at = new Date(Number(v['timestamp'] ?? 0) * 1_000)
      return {
        'slack-v0': [
          schemes.slack,
          {
            secret: v['secret'] ?? '',
            body: v['body'] ?? '',
            at,
            headers: {
              'x-slack-request-timestamp': v['timestamp'] ?? '',
              'x-slack-signature': v['signature'] ?? '',
            },
          },
        ],
        'twilio-sha1': twilio,
        'twilio-sha1-dup-params': twilio,
        'hubspot-v1': [schemes.hubspot1, hubspot],
        'hubspot-v2-get': [schemes.hubspot2, hubspot],
        'hubspot-v2-post': [schemes.hubspot2, hubspot],
        'standard-webhooks-v1': [
          schemes.standard,
          {
            secret: v['secret'] ?? '',
            body: v['body'] ?? '',
            at,
            headers: {
              'webhook-id': v['id'] ?? '',
              'webhook-timestamp': v['timestamp'] ?? '',
              'webhook-signature': `v1,AAAA ${v['signature'] ?? ''}`,
            },
          },
        ],
        'x-hub-signature-256 (Meta/GitHub algorithm)': [
          schemes.hub,
          {
            secret: v['secret'] ?? '',
            body: v['body'] ?? '',
            headers: { 'x-hub-signature-256': v['signature'] ?? '' },
          },
        ],
      }
    }

    for (const vector of vectors) {
      const params = (vector['params'] ?? []) as [string, string][]
      const found = asRequest(vector as unknown as Record<string, string>, params)[vector.scheme]
      if (found === undefined) continue
      const [scheme, given] = found
      it(`${vector.scheme}: the vector verifies, and a changed body does not`, () => {
        expect(verify(scheme, given).state).to.equal('verified')
        expect(verify(scheme, { ...given, body: `${given.body ?? ''}&x=1` }).state).to.equal('refused')
      })
    }
  })

  it('reads a signature and what it signs out of the body', () => {
    const signature = createHmac('sha256', 'k').update('1tok').digest('hex')
    const body = JSON.stringify({ signature: { timestamp: '1', token: 'tok', signature } })
    expect(verify(schemes.mailgun, { secret: 'k', body }).state).to.equal('verified')
    expect(verify(schemes.mailgun, { secret: 'k', body: '{' })).to.include({
      state: 'refused',
      why: 'unsigned',
    })
  })

  it('checks ECDSA over a header and the body', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const secret = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    const signature = sign('sha256', Buffer.from('17{}'), pair.privateKey).toString('base64')
    const headers = { 'x-timestamp': '17', 'x-signature': signature }
    expect(verify(schemes.sendgrid, { secret, body: '{}', headers }).state).to.equal('verified')
    expect(verify(schemes.sendgrid, { secret: 'no key', body: '{}', headers })).to.include({
      why: 'mismatch',
    })
  })

  it('compares a shared secret, and never accepts an empty one', () => {
    expect(verify(schemes.shared, { secret: 's3cret', headers: { 'x-secret': 's3cret' } }).state).to.equal(
      'verified',
    )
    expect(verify(schemes.shared, { secret: 's3cret', headers: { 'x-secret': 's3cre' } }).state).to.equal(
      'refused',
    )
    expect(verify(schemes.shared, { secret: '', headers: { 'x-secret': '' } }).state).to.equal('refused')
  })

  it('refuses what was signed outside the window', () => {
    const signed = (seconds: number) => {
      const stamp = String(Math.floor(now.getTime() / 1_000) + seconds)
      const signature = `v0=${createHmac('sha256', 'k').update(`v0:${stamp}:b`).digest('hex')}`
      const headers = { 'x-slack-request-timestamp': stamp, 'x-slack-signature': signature }
      return verify(schemes.slack, { secret: 'k', body: 'b', headers })
    }
    expect(signed(-299).state).to.equal('verified')
    expect(signed(-301)).to.include({ why: 'stale' })
    expect(signed(301)).to.include({ why: 'stale' })
  })

  describe("GoHighLevel's two schemes", () => {
    const keys = createGhlTestKeys()
    const publicKeys = { ed25519PublicKey: keys.ed25519.publicKeyPem, rsaPublicKey: keys.rsa.publicKeyPem }
    const check = (
      headers: Record<string, string>,
      body: string,
      given: Record<string, string> = publicKeys,
    ) =>
      verifySignature(
        gohighlevel.webhooks.schemes,
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
          expect(verifySignature(gohighlevel.webhooks.schemes, publicKeys, request, window).state).to.equal(
            'refused',
          )
        }),
        { numRuns: 50 },
      )
    })
  })
})
