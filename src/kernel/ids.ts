import { v7 } from 'uuid'
import { digestOfParts } from './digest.ts'

/** A new UUIDv7: sortable by the time it was made. */
export function newId(): string {
  return v7()
}

/**
 * The UUID that always stands for these parts (RFC 9562 version 8, from sha256): what a cause makes gets the same id
 * however often the cause is handled.
 */
export function derivedId(...parts: readonly string[]): string {
  const hex = digestOfParts(parts)
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Is it a UUID in lower-case canonical form? */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}
