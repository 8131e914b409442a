const [plus, percent, and, equals, space] = [0x2b, 0x25, 0x26, 0x3d, 0x20]
const notHex = 255
const hexDigits = new Uint8Array(256).fill(notHex)
for (let digit = 0; digit < 16; digit += 1) {
  hexDigits[digit.toString(16).charCodeAt(0)] = digit
  hexDigits[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/**
 * What Twilio signs of a form: names in order, each with its values in order and each value once, without anything between. The form is
 * read as URLSearchParams reads it, in one pass over its bytes: this is done for strangers too, and may neither take the square of
 * what they send nor long for what vendors send.
 */
export function sortedForm(body: Buffer): string {
  const fields = new Map<string, Set<string>>()
  for (const [name, value] of formFields(body)) {
    const values = fields.get(name)
    if (values === undefined) fields.set(name, new Set([value]))
    else values.add(value)
  }
  return [...fields.keys()]
    .sort()
    .flatMap((name) => [...(fields.get(name) ?? [])].sort().map((value) => name + value))
    .join('')
}

function formFields(body: Buffer): readonly (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = []
  for (let from = 0; from < body.length;) {
    const found = body.indexOf(and, from)
    const to = found < 0 ? body.length : found
    if (to > from) {
      const split = body.subarray(from, to).indexOf(equals)
      const nameEnd = split < 0 ? to : from + split
      fields.push([decoded(body, from, nameEnd), decoded(body, Math.min(nameEnd + 1, to), to)])
    }
    from = to + 1
  }
  return fields
}

/** `a+b%20c` as text. A percent sign without two digits stands for itself. */
function decoded(body: Buffer, from: number, to: number): string {
  const bytes = Buffer.allocUnsafe(to - from)
  let length = 0
  for (let at = from; at < to; at += 1) {
    let byte = body[at] ?? 0
    if (byte === plus) byte = space
    else if (byte === percent && at + 2 < to) {
      const high = hexDigits[body[at + 1] ?? 0] ?? notHex
      const low = hexDigits[body[at + 2] ?? 0] ?? notHex
      if (high !== notHex && low !== notHex) {
        byte = high * 16 + low
        at += 2
      }
    }
    bytes[length] = byte
    length += 1
  }
  return bytes.toString('utf8', 0, length)
}
