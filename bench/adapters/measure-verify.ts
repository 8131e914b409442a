import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { signDelivery } from '../../src/app/adapters/trigger/sign-delivery.ts'
import type { SigningKey } from '../../src/app/adapters/trigger/sign-delivery.ts'
import { signatureSchemes } from '../../src/adapters/connectors/webhooks/signatures/signature-schemes.ts'
import type { SignatureScheme } from '../../src/adapters/connectors/webhooks/signature-scheme.ts'
import { verifySignature } from '../../src/adapters/connectors/webhooks/verify-signature.ts'
import { cpuOf } from '../rules/measure-cpu.ts'

/** How long it takes to verify a delivery, CPU microseconds by size of its body in KiB. */
export interface VerifyFigures {
  readonly scheme: string
  readonly algorithm: SignatureScheme['algorithm']
  readonly us: Readonly<Record<number, number>>
}

/** Of real payloads: most have 1 to 4 KiB. */
export const sizesKiB = [1, 4, 10] as const

const url = 'https://hooks.example.com/v1/hooks/acme/vendor'
const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`

/** Schemes of four vendors by HMAC, and the asymmetric ones. Each delivery must verify, and not with one byte changed. */
export async function measureVerify(): Promise<readonly VerifyFigures[]> {
  const pair = generateKeyPairSync('ed25519')
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const [ed25519, rsaLegacy] = signatureSchemes.gohighlevel.schemes
  const rows: VerifyFigures[] = []
  for (const [scheme, key, known] of [
    [signatureSchemes.slack.schemes[0], { secret }, secret],
    [signatureSchemes.meta.schemes[0], { secret }, secret],
    [signatureSchemes['standard-webhooks'].schemes[0], { secret }, secret],
    [signatureSchemes.twilio.schemes[1], { secret }, secret],
    [ed25519, { privateKey: pair.privateKey }, pem(pair.publicKey)],
    [rsaLegacy, { privateKey: rsa.privateKey }, pem(rsa.publicKey)],
  ] as const)
    rows.push({
      scheme: scheme.name,
      algorithm: scheme.algorithm,
      us: Object.fromEntries(
        await eachSize(async (size) => await verifyUs(scheme, key, known, size * 1_024)),
      ) as Record<number, number>,
    })
  return rows
}

async function eachSize(
  measure: (size: number) => Promise<number>,
): Promise<readonly (readonly [number, number])[]> {
  const found: (readonly [number, number])[] = []
  for (const size of sizesKiB) found.push([size, await measure(size)])
  return found
}

async function verifyUs(
  scheme: SignatureScheme,
  key: SigningKey,
  known: string,
  bytes: number,
): Promise<number> {
  const now = new Date()
  const body = bodyOf(scheme, bytes)
  const headers = signDelivery(scheme, key, { url, body, id: 'msg_1', now })
  const request = {
    method: 'POST',
    url,
    headers,
    rawHeaders: Object.entries(headers).flat(),
    body: Buffer.from(body),
  }
  const keys = { [scheme.key]: known }
  const window = { now, toleranceMs: 300_000 }
  const verify = (): string => verifySignature([scheme], keys, request, window).state
  const changed = { ...request, body: Buffer.from(body.replace('Ada', 'Adb')) }
  if (verify() !== 'verified' || verifySignature([scheme], keys, changed, window).state !== 'refused')
    throw new Error(`${scheme.name} does not tell a delivery from another`)
  return await cpuOf(verify)
}

/** About so many bytes: a form for Twilio, JSON for the others. */
function bodyOf({ signed }: SignatureScheme, bytes: number): string {
  const fill = (used: number): string =>
    'A lead wrote this. '.repeat(Math.ceil(bytes / 19)).slice(0, bytes - used)
  if (signed.includes('formSorted'))
    return new URLSearchParams({
      ...{ AccountSid: `AC${'0'.repeat(32)}`, MessageSid: `SM${'0'.repeat(32)}`, From: '+15005550100' },
      ...{ To: '+15005550006', NumMedia: '0', NumSegments: '1', ProfileName: 'Ada', Body: fill(260) },
    }).toString()
  return JSON.stringify({
    type: 'ContactCreate',
    locationId: 'loc-1',
    webhookId: 'webhook-1',
    name: 'Ada Example',
    tags: ['new', 'vip'],
    note: fill(140),
  })
}

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString()
}
