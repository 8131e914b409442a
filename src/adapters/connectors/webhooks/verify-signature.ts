import { createHash, createHmac, verify } from 'node:crypto'
import type { Hash, Hmac } from 'node:crypto'
import { sameBytes } from '../auth/same-text.ts'
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
  const signatures = given.map((text) => signaturesIn(text, scheme))
  // Before what is signed is put together, which takes a long form its time.
  if (signatures.some((found) => found.length === 0)) return refuse('mismatch')
  const contents = contentsOf(scheme, request)
  const proven = signatures.every((found) =>
    keys.some((key) => contents.some((content) => matches(scheme, key, content(key), found))),
  )
  return proven ? { state: 'verified', scheme: scheme.name } : refuse('mismatch')
}

/** Keys of that name that are not empty. */
export function keysNamed(keys: WebhookKeys, name: string): readonly string[] {
  const named = Object.hasOwn(keys, name) ? keys[name] : undefined
  const all = typeof named === 'string' ? [named] : (named ?? [])
  return all.filter((key) => key !== '')
}

/** undefined: the scheme has no time; null: it has, and this is none. */
function sentAt({ timestamp }: SignatureScheme, request: SignedRequest): Date | null | undefined {
  if (timestamp === undefined) return undefined
  const [text] = readPlace(timestamp.from, request)
  return text === undefined ? null : readTimestamp(text, timestamp.unit)
}

function digestFits(parameter: string, { url, body }: SignedRequest): boolean {
  const given = decodeStrictly(queryValue(url, parameter) ?? '', 'hex')
  return given !== null && sameBytes(given, createHash('sha256').update(body).digest())
}

function signaturesIn(given: string, { signature }: SignatureScheme): readonly Buffer[] {
  return split(given, signature).flatMap((text) => {
    const bytes = decodeStrictly(text, signature.encoding)
    return bytes === null ? [] : [bytes]
  })
}

/** What may have been signed with a key, for each address of the request: all that neither of them changes is read once. */
function contentsOf(
  scheme: SignatureScheme,
  request: SignedRequest,
): ReadonlyArray<(key: string) => readonly Buffer[]> {
  const parts = scheme.signed.map((part) =>
    part === 'url' || part === 'secret' ? part : signedPart(part, request, ''),
  )
  return signedUrls(scheme, request.url).map(
    (url) => (key) =>
      parts.map((part) => (part === 'url' ? Buffer.from(url) : part === 'secret' ? Buffer.from(key) : part)),
  )
}

function split(given: string, form: SignatureScheme['signature']): readonly string[] {
  const all = form.split === undefined ? [given] : given.split(form.split)
  const prefix = form.prefix ?? ''
  return all
    .filter((one) => one.startsWith(prefix))
    .slice(0, signaturesMax)
    .map((one) => one.slice(prefix.length))
}

/** `content` in pieces: a hash takes them as they come. */
function matches(
  scheme: SignatureScheme,
  key: string,
  content: readonly Buffer[],
  signatures: readonly Buffer[],
): boolean {
  const among = (expected: Buffer): boolean => signatures.some((signature) => sameBytes(signature, expected))
  const digest = (hash: Hash | Hmac): Buffer => {
    for (const piece of content) hash.update(piece)
    return hash.digest()
  }
  const verifiesAny = (hash: string | null, type: string): boolean => {
    const whole = Buffer.concat(content)
    return signatures.some((signature) => verifies(hash, type, whole, key, signature))
  }
  switch (scheme.algorithm) {
    case 'hmac-sha256':
    case 'hmac-sha1':
      return among(digest(keyedHash(scheme, scheme.algorithm.slice(5), key)))
    case 'sha256':
      return among(digest(createHash('sha256')))
    case 'equals':
      return among(secretBytes(scheme, key))
    case 'ed25519':
      return verifiesAny(null, 'ed25519')
    case 'rsa-sha256':
      return verifiesAny('sha256', 'rsa')
    case 'ecdsa-sha256':
      return verifiesAny('sha256', 'ec')
  }
}

/** With the key as text: of bytes Node finds out by an exception that they are no key object, dearer than the hash of 10 KiB. */
function keyedHash({ keyForm }: SignatureScheme, algorithm: string, key: string): Hmac {
  return createHmac(algorithm, secretText(keyForm, key), { encoding: keyForm?.encoding ?? 'utf8' })
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
  return Buffer.from(secretText(keyForm, key), keyForm?.encoding ?? 'utf8')
}

function secretText(keyForm: SignatureScheme['keyForm'], key: string): string {
  const prefix = keyForm?.prefix ?? ''
  const bare = prefix !== '' && key.startsWith(prefix) ? key.slice(prefix.length) : key
  return (keyForm?.prepend ?? '') + bare
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
      return sortedForm(request.body)
    default:
      return Buffer.from('literal' in part ? part.literal : (readPlace(part, request)[0] ?? ''))
  }
}
