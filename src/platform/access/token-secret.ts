import { createHash, randomBytes } from 'node:crypto'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secretBytes = 32
/** 32 bytes in base 62, padded: every token has the same length. */
const secretDigits = 43

/** What every token looks like: `nx_` and 43 letters and digits. */
export const tokenPattern = /^nx_[0-9A-Za-z]{43}$/

/** A new token of 256 random bits. It exists nowhere but in the caller's hands. */
export function newTokenSecret(): string {
  return `nx_${base62(randomBytes(secretBytes))}`
}

/** What is stored of a token. A fast hash is enough: 256 random bits cannot be guessed from it. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** At most 32 bytes as a number in base 62, padded with zeros to 43 digits. */
export function base62(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  while (rest > 0n) {
    text = `${digits[Number(rest % 62n)]}${text}`
    rest /= 62n
  }
  return text.padStart(secretDigits, '0')
}
