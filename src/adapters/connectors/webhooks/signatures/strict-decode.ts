/** The largest signature, characters. */
const charsMax = 4_096

/** Bytes of base64 or hex without anything beside it: Node skips what does not belong, so that two joined values would pass as one. */
export function decodeStrictly(text: string, encoding: 'base64' | 'hex' | 'utf8'): Buffer | null {
  if (text.length > charsMax) return null
  if (encoding === 'utf8') return Buffer.from(text)
  const fits =
    encoding === 'hex'
      ? text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text)
      : text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
  return fits ? Buffer.from(text, encoding) : null
}
