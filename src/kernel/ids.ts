import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'
import { systemClock } from './clock.ts'
import { digestOfParts } from './digest.ts'

const idBytes = 16
/** Random bytes for many ids at once: asking the system for sixteen at a time costs more than the rest of an id. */
const pool = Buffer.alloc(idBytes * 256)
let used = pool.length
let last = { msecs: 0, seq: 0 }

/** A new UUIDv7: sortable by the time it was made, also within a millisecond of this process. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + idBytes)
  used += idBytes
  const msecs = systemClock.now().getTime()
  // Half of the sequence's range is left to count up in.
  last =
    msecs > last.msecs
      ? { msecs, seq: random.readUInt32BE(6) >>> 2 }
      : { msecs: last.msecs, seq: last.seq + 1 }
  return v7({ random, ...last })
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
