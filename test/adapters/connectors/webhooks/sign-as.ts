import { createHmac, createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A request as somebody signs it, made without the code under test. */
export interface Signed {
  readonly headers: Record<string, string>
  readonly body: string
  readonly method: string
  readonly url: string
}

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()
const ed = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

export const secret = 'a secret of 2026'
const secretBase64 = Buffer.from(secret).toString('base64')

/** The keys that `signAs` signs with, by the names that schemes use. */
export const keysOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gohighlevel: { ed25519PublicKey: pem(ed.publicKey), rsaPublicKey: pem(rsa.publicKey) },
  twilio: { authToken: secret },
  meta: { appSecret: secret },
  slack: { signingSecret: secret },
  'standard-webhooks': { secret: `whsec_${secretBase64}` },
  svix: { secret: `whsec_${secretBase64}` },
  sendgrid: { publicKey: pem(ec.publicKey) },
  'teams-outgoing': { secret: secretBase64 },
  'graph-client-state': { clientState: secret },
}

const hmac = (text: string, encoding: 'hex' | 'base64', algorithm = 'sha256'): string =>
  createHmac(algorithm, secret).update(text).digest(encoding)

/** Signs by each vendor's own words. `at` seconds since 1970. */
export const signAs: Readonly<
  Record<string, (body: string, at: number, url: string) => Record<string, string>>
> = {
  gohighlevel: (body) => ({
    'x-ghl-signature': sign(null, Buffer.from(body), ed.privateKey).toString('base64'),
  }),
  'gohighlevel rsa': (body) => ({
    'x-wh-signature': sign('sha256', Buffer.from(body), rsa.privateKey).toString('base64'),
  }),
  twilio: (body, _at, url) => {
    const form = [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1))
    return { 'x-twilio-signature': hmac(url + form.flat().join(''), 'base64', 'sha1') }
  },
  meta: (body) => ({ 'x-hub-signature-256': `sha256=${hmac(body, 'hex')}` }),
  github: (body) => ({ 'x-hub-signature-256': `sha256=${hmac(body, 'hex')}` }),
  slack: (body, at) => ({
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': `v0=${hmac(`v0:${at}:${body}`, 'hex')}`,
  }),
  'hubspot-v3': (body, at, url) => ({
    'x-hubspot-request-timestamp': String(at * 1_000),
    'x-hubspot-signature-v3': hmac(`POST${url}${body}${at * 1_000}`, 'base64'),
  }),
  'hubspot-v2': (body, _at, url) => ({
    'x-hubspot-signature': createHash('sha256').update(`${secret}POST${url}${body}`).digest('hex'),
  }),
  'hubspot-v1': (body) => ({
    'x-hubspot-signature': createHash('sha256')
      .update(secret + body)
      .digest('hex'),
  }),
  xero: (body) => ({ 'x-xero-signature': hmac(body, 'base64') }),
  quickbooks: (body) => ({ 'intuit-signature': hmac(body, 'base64') }),
  bamboohr: (body, at) => ({
    'x-bamboohr-timestamp': String(at),
    'x-bamboohr-signature': hmac(`${body}${at}`, 'hex'),
  }),
  'standard-webhooks': (body, at) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,${hmac(`msg_1.${at}.${body}`, 'base64')}`,
  }),
  svix: (body, at) => ({
    'svix-id': 'msg_1',
    'svix-timestamp': String(at),
    'svix-signature': `v1,${hmac(`msg_1.${at}.${body}`, 'base64')}`,
  }),
  sendgrid: (body, at) => ({
    'x-twilio-email-event-webhook-timestamp': String(at),
    'x-twilio-email-event-webhook-signature': sign(
      'sha256',
      Buffer.from(`${at}${body}`),
      ec.privateKey,
    ).toString('base64'),
  }),
  'teams-outgoing': (body) => ({ authorization: `HMAC ${hmac(body, 'base64')}` }),
  'shared-header': () => ({ 'x-webhook-secret': secret }),
}
