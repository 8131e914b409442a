import { timingSafeEqual } from 'node:crypto'

/** Are two texts the same? In constant time, their lengths apart. */
export function sameText(given: string, expected: string): boolean {
  return sameBytes(Buffer.from(given), Buffer.from(expected))
}

/** The same of bytes. */
export function sameBytes(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected)
}
