import { createHash, createHmac, timingSafeEqual, verify } from 'node:crypto'
import { readPublicKey } from './signatures/public-key.ts'
import { cameTwice, headersOf, readPlace } from './signatures/read-signed.ts'
import { readTimestamp, withinTolerance } from './signatures/replay-window.ts'
import type { ReplayWindow } from './signatures/replay-window.ts'
import type { SignedRequest } from './signatures/signed-request.ts'
import { isFor, queryValue, signedUrls } from './signatures/signed-url.ts'
import { sortedForm } from './signatures/sorted-form.ts'
import { decodeStrictly } from './signatures/strict-decode.ts'
import type { SignatureScheme, SignedPart } from './signature-scheme.ts'

/** Keys by name; several while one takes over from another. */
export type WebhookKeys = Readonly<Record<string, string | readonly string[]>>

export type RefusedWhy = 'unsigned' | 'no_key' | 'stale' | 'mismatch' | 'twice'

export type Verification =
  | { readonly state: 'verified'; readonly scheme: string }
  | {
      readonly state: 'refused'
      readonly why: RefusedWhy
      readonly scheme: string | null
      /** Of a stale one with a readable time: the sender's clock, or its age, against ours. */
      readonly offByMs?: number
    }

/** More signatures than this in one request are no honest change of keys. */
const signaturesMax = 10

/**
 * Checks a request against schemes in order: the first whose signature is present decides, so that a forged strong signature
 * cannot fall back to a weaker scheme. Everything that is not proven is refused. Comparisons take constant time.
 */
export function verifySignature(
  schemes: readonly SignatureScheme[],
  keys: WebhookKeys,
  request: SignedRequest,
  window: ReplayWindow,
): Verification {
  for (const scheme of schemes) {
    if (!isFor(scheme, request.url)) continue
    const given = readPlace(scheme.signature, request)
    if (given.length === 0) continue
    return verifyBy(scheme, keysNamed(keys, scheme.key), given, request, window)
  }
  return { state: 'refused', why: 'unsigned', scheme: null }
}

function verifyBy(
  scheme: SignatureScheme,
  keys: readonly string[],
  given: readonly string[],
  request: SignedRequest,
  window: ReplayWindow,
): Verification {
  const refuse = (why: RefusedWhy, offByMs?: number): Verification => ({
    state: 'refused',
    why,
    scheme: scheme.name,
    ...(offByMs === undefined ? {} : { offByMs }),
  })
  if (cameTwice(headersOf(scheme), request)) return refuse('twice')
  if (keys.length === 0) return refuse('no_key')
  const sent = sentAt(scheme, request)
  if (sent === null) return refuse('stale')
  if (sent !== undefined && !withinTolerance(sent, window))
    return refuse('stale', window.now.getTime() - sent.getTime())
  if (scheme.bodyDigest !== undefined && !digestFits(scheme.bodyDigest.query, request))
    return refuse('mismatch')
  const proven = given.every((text) => keys.some((key) => isProven(scheme, key, text, request)))
  return proven ? { state: 'verified', scheme: scheme.name } : refuse('mismatch')
}

/** Keys of that name that are not empty. */
export function keysNamed(keys: WebhookKeys, name: string): readonly string[] {
  const named = Object.hasOwn(keys, name) ? keys[name] : undefined
  const all = typeof named === 'string' ? [named] : (named ?? [])
  return all.filter((key) => key !== '')
}

/** Are two texts the same? In constant time, their lengths apart. */
export function sameText(given: string, expected: string): boolean {
  return same(Buffer.from(given), Buffer.from(expected))
}

/** undefined: the scheme has no time; null: it has, and this is none. */
function sentAt({ timestamp }: SignatureScheme, request: SignedRequest): Date | null | undefined {
  if (timestamp === undefined) return undefined
  const [text] = readPlace(timestamp.from, request)
  return text === undefined ? null : readTimestamp(text, timestamp.unit)
}

function digestFits(parameter: string, { url, body }: SignedRequest): boolean {
  const given = decodeStrictly(queryValue(url, parameter) ?? '', 'hex')
  return given !== null && same(given, createHash('sha256').update(body).digest())
}

function isProven(scheme: SignatureScheme, key: string, given: string, request: SignedRequest): boolean {
  const signatures = split(given, scheme.signature).flatMap((text) => {
    const bytes = decodeStrictly(text, scheme.signature.encoding)
    return bytes === null ? [] : [bytes]
  })
  if (signatures.length === 0) return false
  // A long form takes its time: it is read once, not for every address.
  const parts = scheme.signed.map((part) => (part === 'url' ? null : signedPart(part, request, key)))
  return signedUrls(scheme, request.url).some((url) => {
    const content = Buffer.concat(parts.map((part) => part ?? Buffer.from(url)))
    return matches(scheme, key, content, signatures)
  })
}

function split(given: string, form: SignatureScheme['signature']): readonly string[] {
  const all = form.split === undefined ? [given] : given.split(form.split)
  const prefix = form.prefix ?? ''
  return all
    .filter((one) => one.startsWith(prefix))
    .slice(0, signaturesMax)
    .map((one) => one.slice(prefix.length))
}

function matches(
  scheme: SignatureScheme,
  key: string,
  content: Buffer,
  signatures: readonly Buffer[],
): boolean {
  const among = (expected: Buffer): boolean => signatures.some((signature) => same(signature, expected))
  switch (scheme.algorithm) {
    case 'hmac-sha256':
    case 'hmac-sha1':
      return among(createHmac(scheme.algorithm.slice(5), secretBytes(scheme, key)).update(content).digest())
    case 'sha256':
      return among(createHash('sha256').update(content).digest())
    case 'equals':
      return among(secretBytes(scheme, key))
    case 'ed25519':
      return signatures.some((signature) => verifies(null, 'ed25519', content, key, signature))
    case 'rsa-sha256':
      return signatures.some((signature) => verifies('sha256', 'rsa', content, key, signature))
    case 'ecdsa-sha256':
      return signatures.some((signature) => verifies('sha256', 'ec', content, key, signature))
  }
}

function same(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** A key of another type than the scheme's proves nothing, whatever it verifies. */
function verifies(
  digest: string | null,
  type: string,
  content: Buffer,
  key: string,
  signature: Buffer,
): boolean {
  try {
    const publicKey = readPublicKey(key)
    return publicKey.asymmetricKeyType === type && verify(digest, content, publicKey, signature)
  } catch {
    return false
  }
}

/** The key as the scheme reads it. */
export function secretBytes({ keyForm }: SignatureScheme, key: string): Buffer {
  const prefix = keyForm?.prefix ?? ''
  const bare = prefix !== '' && key.startsWith(prefix) ? key.slice(prefix.length) : key
  return Buffer.from((keyForm?.prepend ?? '') + bare, keyForm?.encoding ?? 'utf8')
}

/** A piece of what is signed. */
export function signedPart(part: SignedPart, request: SignedRequest, key: string): Buffer {
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
      return Buffer.from(sortedForm(request.body))
    default:
      return Buffer.from('literal' in part ? part.literal : (readPlace(part, request)[0] ?? ''))
  }
}
