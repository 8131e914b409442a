import { expect } from 'chai'
import { createHmac, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { verifySignature } from '../../../../src/adapters/connectors/webhooks/verify-signature.ts'
import type { WebhookKeys } from '../../../../src/adapters/connectors/webhooks/verify-signature.ts'
import { signatureSchemes } from '../../../../src/adapters/connectors/webhooks/signatures/signature-schemes.ts'
import type { SignatureName } from '../../../../src/adapters/connectors/webhooks/signatures/signature-schemes.ts'
import type { SignatureScheme } from '../../../../src/adapters/connectors/webhooks/signature-scheme.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { keysOf, secret, signAs } from './sign-as.ts'

const now = new Date('2026-03-05T12:00:00Z')
const at = now.getTime() / 1_000
const url = 'https://hooks.example.com/v1/hooks/acme/x'

function check(
  name: SignatureName,
  headers: Record<string, string>,
  body: string,
  change: {
    keys?: WebhookKeys
    url?: string
    now?: Date
    method?: string
    rawHeaders?: readonly string[]
  } = {},
) {
  const schemes: readonly SignatureScheme[] = signatureSchemes[name].schemes
  return verifySignature(
    schemes,
    change.keys ?? keysOf[name] ?? { secret },
    {
      method: change.method ?? 'POST',
      url: change.url ?? url,
      headers,
      body: Buffer.from(body),
      ...(change.rawHeaders === undefined ? {} : { rawHeaders: change.rawHeaders }),
    },
    { now: change.now ?? now, toleranceMs: 300_000 },
  )
}

const mailgunBody = (seconds: number): string => {
  const signature = createHmac('sha256', secret).update(`${seconds}tok`).digest('hex')
  return JSON.stringify({ signature: { timestamp: String(seconds), token: 'tok', signature } })
}
const graphBody = (...states: readonly (string | undefined)[]): string =>
  JSON.stringify({ value: states.map((clientState) => ({ clientState, changeType: 'created' })) })

describe('every way to sign that is known', () => {
  const names = Object.keys(signatureSchemes) as SignatureName[]
  const inBody: ReadonlySet<string> = new Set(['mailgun', 'graph-client-state'])

  it('has a vector of its own here', () => {
    const made = new Set([...Object.keys(signAs), ...inBody])
    expect(names.filter((name) => !made.has(name))).to.deep.equal([])
    expect(names.length).to.be.at.least(15)
  })

  it('says where it was read, and reads headers by lower-case names', () => {
    for (const name of names) {
      expect(signatureSchemes[name].source, name).to.not.equal('')
      const text = JSON.stringify(signatureSchemes[name].schemes)
      for (const [, header] of text.matchAll(/"header":"([^"]+)"/g))
        expect(header).to.equal(header?.toLowerCase())
    }
  })

  for (const [what, sign] of Object.entries(signAs)) {
    const name = what.split(' ')[0] as SignatureName
    const { algorithm, timestamp } = signatureSchemes[name].schemes[0] as SignatureScheme
    const body = name === 'twilio' ? 'From=%2B1&Body=hi+there' : '{"a": 1}'

    it(`${what}: verifies what was signed; nothing that was changed, moved to another key, or left out`, () => {
      const headers = sign(body, at, url)
      expect(check(name, headers, body).state).to.equal('verified')
      if (algorithm !== 'equals') {
        const reserialised =
          name === 'twilio' ? 'From=%2B1&Body=hi+there%20' : JSON.stringify(JSON.parse(body))
        expect(check(name, headers, reserialised)).to.include({ why: 'mismatch' })
      }
      const others = Object.fromEntries(
        Object.keys(keysOf[name] ?? { secret }).map((key) => [key, 'another']),
      )
      expect(check(name, headers, body, { keys: others })).to.include({ why: 'mismatch' })
      expect(check(name, headers, body, { keys: {} })).to.include({ why: 'no_key' })
      expect(check(name, {}, body)).to.include({ why: 'unsigned' })
    })

    it(`${what}: a header that comes twice proves nothing, even when both are right`, () => {
      const headers = sign(body, at, url)
      for (const [header, value] of Object.entries(headers)) {
        const rawHeaders = [header.toUpperCase(), value, 'Host', 'x', header, value]
        const isRead = JSON.stringify(signatureSchemes[name].schemes).includes(`"${header}"`)
        if (isRead) expect(check(name, headers, body, { rawHeaders }), header).to.include({ why: 'twice' })
      }
    })

    if (timestamp !== undefined)
      it(`${what}: a right signature with an old time, or one to come, is refused`, () => {
        for (const seconds of [-301, 301])
          expect(check(name, sign(body, at + seconds, url), body)).to.deep.include({
            why: 'stale',
            offByMs: -seconds * 1_000,
          })
        for (const seconds of [-299, 299])
          expect(check(name, sign(body, at + seconds, url), body).state).to.equal('verified')
      })
  }

  it('mailgun signs in the body, with a window', () => {
    expect(check('mailgun', {}, mailgunBody(at)).state).to.equal('verified')
    expect(check('mailgun', {}, mailgunBody(at - 301))).to.include({ why: 'stale' })
    expect(check('mailgun', {}, mailgunBody(at).replace('tok', 'tik'))).to.include({ why: 'mismatch' })
    expect(check('mailgun', {}, '{"signature":')).to.include({ why: 'unsigned' })
  })

  it('graph repeats its secret in every item: one without it spoils all', () => {
    expect(check('graph-client-state', {}, graphBody(secret, secret)).state).to.equal('verified')
    for (const body of [graphBody(secret, 'x'), graphBody('x'), graphBody('x', secret)])
      expect(check('graph-client-state', {}, body)).to.include({ why: 'mismatch' })
    for (const body of [graphBody(secret, undefined), graphBody(), '{}', '[]'])
      expect(check('graph-client-state', {}, body)).to.include({ why: 'unsigned' })
  })

  it('takes the new key and the one before while they change', () => {
    const headers = signAs['xero']!('{}', at, url)
    expect(check('xero', headers, '{}', { keys: { secret: ['new', secret] } }).state).to.equal('verified')
    expect(check('xero', headers, '{}', { keys: { secret: ['new', ''] } })).to.include({ why: 'mismatch' })
  })

  it('reads base64 and hex strictly: two values in one header are not the first of them', () => {
    const headers = signAs['standard-webhooks']!('{}', at, url)
    const good = headers['webhook-signature'] ?? ''
    expect(
      check('standard-webhooks', { ...headers, 'webhook-signature': `v1,AAAA ${good}` }, '{}').state,
    ).to.equal('verified')
    for (const joined of [`${good},`, `${good}, ${good},`, good.replace('v1,', 'v2,'), `${good}\u00e9`])
      expect(check('standard-webhooks', { ...headers, 'webhook-signature': joined }, '{}').state).to.equal(
        'refused',
      )
    const hex = signAs['meta']!('{}', at, url)['x-hub-signature-256'] ?? ''
    expect(check('meta', { 'x-hub-signature-256': `${hex}zz` }, '{}')).to.include({ why: 'mismatch' })
  })

  it('does not fall back to RSA for an Ed25519 header that is empty, nor take an RSA key for an Ed25519 signature', () => {
    const legacy = signAs['gohighlevel rsa']!('{}', at, url)
    expect(check('gohighlevel', legacy, '{}').state).to.equal('verified')
    expect(check('gohighlevel', { ...legacy, 'x-ghl-signature': '' }, '{}')).to.include({
      why: 'mismatch',
      scheme: 'ed25519',
    })
    const swapped = { ed25519PublicKey: keysOf['gohighlevel']?.['rsaPublicKey'] ?? '' }
    const moved = { 'x-ghl-signature': legacy['x-wh-signature'] ?? '' }
    expect(check('gohighlevel', moved, '{}', { keys: swapped })).to.include({ why: 'mismatch' })
  })
})

describe("Twilio's addresses", () => {
  const body = 'Body=hi&From=%2B1'
  const signedAt = (address: string): Record<string, string> => signAs['twilio']!(body, at, address)

  for (const [what, signedUrl, seen] of [
    ['with the default port', 'https://a.example:443/x', 'https://a.example/x'],
    ['without a port that is there', 'https://a.example/x', 'https://a.example:8443/x'],
    ['with the same port', 'https://a.example:8443/x', 'https://a.example:8443/x'],
    ['over http', 'http://a.example:80/x', 'http://a.example/x'],
    ['with plus for a blank', 'https://a.example/x?q=a+b&r=1', 'https://a.example/x?q=a%20b&r=1'],
    ['as it was written', 'https://a.example/x?q=a%20b', 'https://a.example/x?q=a%20b'],
  ] as const)
    it(`are signed ${what}`, () => {
      expect(check('twilio', signedAt(signedUrl), body, { url: seen }).state).to.equal('verified')
    })

  it('of somebody else are none', () => {
    for (const other of ['https://b.example/x', 'https://a.example/y', 'https://a.example/x?q=1'])
      expect(check('twilio', signedAt(other), body, { url: 'https://a.example/x' })).to.include({
        why: 'mismatch',
      })
  })

  it('hold the digest of a JSON body, which is checked too', () => {
    const json = '{"property": "value", "boolean": true}'
    const digest = createHash('sha256').update(json).digest('hex')
    const signedUrl = `https://a.example/x?bodySHA256=${digest}`
    const headers = {
      'x-twilio-signature': createHmac('sha1', secret).update(signedUrl).digest('base64'),
    }
    expect(check('twilio', headers, json, { url: signedUrl })).to.deep.equal({
      state: 'verified',
      scheme: 'twilio (JSON)',
    })
    expect(check('twilio', headers, `${json} `, { url: signedUrl })).to.include({ why: 'mismatch' })
    const without = signedUrl.replace(/\?.*/, '')
    expect(check('twilio', headers, json, { url: without })).to.include({ why: 'mismatch' })
    // A second digest beside the signed one.
    expect(check('twilio', headers, json, { url: `${signedUrl}&bodySHA256=00` })).to.include({
      why: 'mismatch',
    })
  })
})

describe('published vectors', () => {
  const file = sharedData('signatures/vectors.json')
  if (file === null) it.skip('skipped: ../shared/data/signatures is not here')
  const vectors = file === null ? [] : (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>[])

  for (const vector of vectors) {
    const text = (member: string): string => String(vector[member] ?? '')
    const params = (vector['params'] ?? []) as [string, string][]
    const seconds = text('timestamp')
    const form = params.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
    const known: Record<string, [SignatureName, Record<string, string>, string, WebhookKeys]> = {
      'slack-v0': [
        'slack',
        { 'x-slack-request-timestamp': seconds, 'x-slack-signature': text('signature') },
        text('body'),
        { signingSecret: text('secret') },
      ],
      'twilio-sha1': [
        'twilio',
        { 'x-twilio-signature': text('signature') },
        form,
        { authToken: text('token') },
      ],
      'hubspot-v1': [
        'hubspot-v1',
        { 'x-hubspot-signature': text('signature') },
        text('body'),
        { secret: text('clientSecret') },
      ],
      'hubspot-v2-get': [
        'hubspot-v2',
        { 'x-hubspot-signature': text('signature') },
        text('body'),
        { secret: text('clientSecret') },
      ],
      'standard-webhooks-v1': [
        'standard-webhooks',
        { 'webhook-id': text('id'), 'webhook-timestamp': seconds, 'webhook-signature': text('signature') },
        text('body'),
        { secret: text('secret') },
      ],
      'x-hub-signature-256 (Meta/GitHub algorithm)': [
        'github',
        { 'x-hub-signature-256': text('signature') },
        text('body'),
        { secret: text('secret') },
      ],
    }
    known['twilio-sha1-dup-params'] = known['twilio-sha1']!
    known['hubspot-v2-post'] = known['hubspot-v2-get']!
    const name = text('scheme')

    it(`${name}: verifies, and with a changed body does not`, () => {
      if (name === 'twilio-bodySHA256') {
        expect(createHash('sha256').update(text('body')).digest('hex')).to.equal(text('hash'))
        return
      }
      const found = known[name]
      if (found === undefined) throw new Error(`No scheme for the vector ${name}`)
      const [scheme, headers, body, keys] = found
      const change = {
        keys,
        url: text('url') === '' ? url : text('url'),
        method: text('method') === '' ? 'POST' : text('method'),
        now: seconds === '' ? now : new Date(Number(seconds) * 1_000),
      }
      expect(check(scheme, headers, body, change).state).to.equal('verified')
      expect(check(scheme, headers, `${body}&x=1`, change)).to.include({ why: 'mismatch' })
    })
  }
})
