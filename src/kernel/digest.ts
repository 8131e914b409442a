import { hash } from 'node:crypto'
import { canonicalJson } from './json.ts'
import type { JsonValue } from './json.ts'

/** sha256 as lower-case hex. */
export function sha256Hex(content: string | Buffer): string {
  return hash('sha256', content, 'hex')
}

/** The content digest of a value: sha256 of its canonical JSON, lower-case hex. */
export function digestOf(value: JsonValue): string {
  return sha256Hex(canonicalJson(value))
}

/**
 * sha256 over parts, each prefixed by its length, so that ('ab','c') and ('a','bc') differ. Lower-case hex.
 */
export function digestOfParts(parts: readonly string[]): string {
  let text = ''
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`
  return sha256Hex(text)
}

/** From 0 up to 1, evenly: a digest always gives the same share. */
export function shareOf(digest: string): number {
  return Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48
}
