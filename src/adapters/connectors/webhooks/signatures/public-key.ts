import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

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

/** `ed25519`, `rsa`, `ec` …; undefined when it is no key. */
export function publicKeyType(text: string): string | undefined {
  try {
    return readPublicKey(text).asymmetricKeyType
  } catch {
    return undefined
  }
}
