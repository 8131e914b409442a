import { createHash, createHmac, createPrivateKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { secretBytes, signedPart } from '../../../adapters/connectors/webhooks/verify-signature.ts'
import { isFor } from '../../../adapters/connectors/webhooks/signatures/signed-url.ts'
import type { SignatureScheme } from '../../../adapters/connectors/webhooks/signature-scheme.ts'
import { NxError } from '../../../kernel/errors.ts'

/** What a delivery is signed with: text that both sides have, or a private key. */
export type SigningKey = { readonly secret: string } | { readonly privateKey: KeyObject }

/** A delivery before it is signed. */
export interface UnsignedDelivery {
  /** As the vendor knows the address: some sign it. */
  readonly url: string
  readonly body: string
  readonly id: string
  readonly now: Date
}

const algorithmsOf = { ed25519: 'ed25519', rsa: 'rsa-sha256', ec: 'ecdsa-sha256' } as const

/** The scheme that this key signs by; null: none of them. */
export function schemeFor(
  schemes: readonly SignatureScheme[],
  key: SigningKey,
  url: string,
): SignatureScheme | null {
  const mine = schemes.filter((scheme) => isFor(scheme, url) && 'header' in scheme.signature)
  if ('secret' in key) return mine.find(({ algorithm }) => /^(hmac-|sha256$)/.test(algorithm)) ?? null
  const type = key.privateKey.asymmetricKeyType as keyof typeof algorithmsOf
  return mine.find(({ algorithm }) => algorithm === algorithmsOf[type]) ?? null
}

/** The headers by which a scheme proves a delivery. Pure but for the keys' own randomness. */
export function signDelivery(
  scheme: SignatureScheme,
  key: SigningKey,
  { url, body, id, now }: UnsignedDelivery,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const part of scheme.signed)
    if (typeof part === 'object' && 'header' in part) headers[part.header] = id
  const { timestamp } = scheme
  if (timestamp !== undefined && 'header' in timestamp.from)
    headers[timestamp.from.header] = timeText(now, timestamp.unit)
  const request = { method: 'POST', url, headers, body: Buffer.from(body) }
  const secret = 'secret' in key ? key.secret : ''
  const content = Buffer.concat(scheme.signed.map((part) => signedPart(part, request, secret)))
  const { signature } = scheme
  if (!('header' in signature)) return headers
  headers[signature.header] =
    (signature.prefix ?? '') + signatureOf(scheme, key, content).toString(signature.encoding)
  return headers
}

/** A private key from PEM, or else the text as it is, one line end less. Throws NX-TRIGGER-KEY (invalid). */
export function readSigningKey(text: string, file: string): SigningKey {
  const trimmed = text.replace(/\r?\n$/, '')
  if (trimmed.trim() === '') throw badKey('It is empty.', file)
  if (!trimmed.includes('-----BEGIN')) return { secret: trimmed }
  try {
    return { privateKey: createPrivateKey(trimmed) }
  } catch {
    throw badKey('It is PEM, and no private key.', file)
  }
}

function badKey(detail: string, file: string): NxError {
  return new NxError('invalid', 'NX-TRIGGER-KEY', 'The key cannot sign', {
    detail,
    where: { file },
    fix: 'Give the signing secret as text, or a private key as PEM.',
  })
}

function signatureOf(scheme: SignatureScheme, key: SigningKey, content: Buffer): Buffer {
  if ('privateKey' in key)
    return sign(scheme.algorithm === 'ed25519' ? null : 'sha256', content, key.privateKey)
  if (scheme.algorithm === 'sha256') return createHash('sha256').update(content).digest()
  return createHmac(scheme.algorithm.slice('hmac-'.length), secretBytes(scheme, key.secret))
    .update(content)
    .digest()
}

function timeText(now: Date, unit: 's' | 'ms' | 'iso'): string {
  if (unit === 'iso') return now.toISOString()
  return String(unit === 's' ? Math.floor(now.getTime() / 1_000) : now.getTime())
}
