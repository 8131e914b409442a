import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readPath } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { SignatureScheme, SignedPart } from './signature-scheme.ts'

/** A webhook as it arrived. `body` is the raw bytes: what was signed, not what a parser made of it. */
export interface SignedRequest {
  readonly method: string
  readonly url: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export type Verification =
  | { readonly state: 'verified'; readonly scheme: string }
  | {
      readonly state: 'refused'
      readonly why: 'unsigned' | 'no_key' | 'stale' | 'mismatch'
      readonly scheme: string | null
    }

/**
 * Checks a request against schemes in order: the first whose signature is present decides, so that a forged strong signature
 * cannot fall back to a weaker scheme. Everything that is not proven is refused. Comparisons take constant time.
 */
export function verifySignature(
  schemes: readonly SignatureScheme[],
  keys: Readonly<Record<string, string>>,
  request: SignedRequest,
  window: { readonly now: Date; readonly toleranceMs: number },
): Verification {
  for (const scheme of schemes) {
    const given = readFrom(scheme.signature, request)
    if (given === null) continue
    const refuse = (why: 'no_key' | 'stale' | 'mismatch'): Verification => ({
      state: 'refused',
      why,
      scheme: scheme.name,
    })
    const key = Object.hasOwn(keys, scheme.key) ? keys[scheme.key] : undefined
    if (key === undefined || key === '') return refuse('no_key')
    if (!inWindow(scheme, request, window)) return refuse('stale')
    const candidates = split(given, scheme.signature)
    const content = Buffer.concat(scheme.signed.map((part) => signedPart(part, request, key)))
    return candidates.some((candidate) => matches(scheme, key, content, candidate))
      ? { state: 'verified', scheme: scheme.name }
      : refuse('mismatch')
  }
  return { state: 'refused', why: 'unsigned', scheme: null }
}

/** Is a moment inside the window around now? Both sides: clocks differ. */
export function withinTolerance(
  at: Date,
  window: { readonly now: Date; readonly toleranceMs: number },
): boolean {
  return Math.abs(window.now.getTime() - at.getTime()) <= window.toleranceMs
}

/** A timestamp as vendors write it; null when it is none. */
export function readTimestamp(text: string, unit: 's' | 'ms' | 'iso'): Date | null {
  const ms =
    unit === 'iso'
      ? Date.parse(text)
      : /^\d+(\.\d+)?$/.test(text)
        ? Number(text) * (unit === 's' ? 1_000 : 1)
        : Number.NaN
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms) : null
}

function inWindow(
  scheme: SignatureScheme,
  request: SignedRequest,
  window: { now: Date; toleranceMs: number },
): boolean {
  if (scheme.timestamp === undefined) return true
  const text = readFrom(scheme.timestamp.from, request)
  const at = text === null ? null : readTimestamp(text, scheme.timestamp.unit)
  return at !== null && withinTolerance(at, window)
}

function split(given: string, form: SignatureScheme['signature']): readonly string[] {
  const all = form.split === undefined ? [given] : given.split(form.split)
  const prefix = form.prefix ?? ''
  return all.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length))
}

function matches(scheme: SignatureScheme, key: string, content: Buffer, candidate: string): boolean {
  const signature = Buffer.from(candidate, scheme.signature.encoding)
  switch (scheme.algorithm) {
    case 'hmac-sha256':
    case 'hmac-sha1':
      return same(
        signature,
        createHmac(scheme.algorithm.slice(5), secretBytes(scheme, key)).update(content).digest(),
      )
    case 'sha256':
      return same(signature, createHash('sha256').update(content).digest())
    case 'equals':
      return same(signature, secretBytes(scheme, key))
    case 'ed25519':
      return verifies(null, content, key, signature)
    case 'rsa-sha256':
    case 'ecdsa-sha256':
      return verifies('sha256', content, key, signature)
  }
}

function same(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function verifies(digest: string | null, content: Buffer, key: string, signature: Buffer): boolean {
  try {
    return verify(digest, content, readPublicKey(key), signature)
  } catch {
    return false
  }
}

function secretBytes({ keyForm }: SignatureScheme, key: string): Buffer {
  const prefix = keyForm?.prefix ?? ''
  const bare = prefix !== '' && key.startsWith(prefix) ? key.slice(prefix.length) : key
  return Buffer.from(bare, keyForm?.encoding ?? 'utf8')
}

const parsedKeys = new Map<string, KeyObject>()
const parsedKeysMax = 1_000

/** A public key from PEM, or from the base64 of its DER (SPKI). Throws what node:crypto throws when it is neither. */
export function readPublicKey(text: string): KeyObject {
  const held = parsedKeys.get(text)
  if (held !== undefined) return held
  const key = text.includes('-----BEGIN')
    ? createPublicKey(text)
    : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  if (parsedKeys.size >= parsedKeysMax) parsedKeys.clear()
  parsedKeys.set(text, key)
  return key
}

function signedPart(part: SignedPart, request: SignedRequest, key: string): Buffer {
  switch (part) {
    case 'method':
      return Buffer.from(request.method)
    case 'url':
      return Buffer.from(request.url)
    case 'rawBody':
      return request.body
    case 'secret':
      return Buffer.from(key)
    case 'formSorted':
      return Buffer.from(sortedForm(request.body.toString('utf8')))
    default:
      return Buffer.from('literal' in part ? part.literal : (readFrom(part, request) ?? ''))
  }
}

function sortedForm(body: string): string {
  const fields = new URLSearchParams(body)
  const names = [...new Set(fields.keys())].sort()
  return names
    .map((name) =>
      [...new Set(fields.getAll(name))]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('')
}

function readFrom(
  place: { readonly header: string } | { readonly body: string },
  request: SignedRequest,
): string | null {
  if ('header' in place) {
    const value = request.headers[place.header]
    // A header that comes twice is ambiguous: joined, it verifies as neither.
    const text = Array.isArray(value) ? value.join(', ') : value
    return text === undefined || text === '' ? null : text
  }
  try {
    const found = readPath(JSON.parse(request.body.toString('utf8')) as JsonValue, place.body)
    return typeof found === 'string' || typeof found === 'number' ? String(found) : null
  } catch {
    return null
  }
}
