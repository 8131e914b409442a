import { isUtf8 } from 'node:buffer'

const [plus, percent, and, equals, space] = [0x2b, 0x25, 0x26, 0x3d, 0x20]
const notHex = 255
const hexDigits = new Uint8Array(256).fill(notHex)
for (let digit = 0; digit < 16; digit += 1) {
  hexDigits[digit.toString(16).charCodeAt(0)] = digit
  hexDigits[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/** A value, in the decoded bytes. */
interface Span {
  readonly from: number
  readonly to: number
}

/**
 * What Twilio signs of a form: names in order, each with its values in order and each value once, without anything between. The form is
 * read as URLSearchParams reads it, in one pass over its bytes: this is done for strangers too, and may neither take the square of
 * what they send nor long for what vendors send. So what a lead wrote stays bytes: as text it is only needed beside another of its name.
 */
export function sortedForm(body: Buffer): Buffer {
  const { bytes, fields } = formFields(body)
  const signed = (name: string): readonly Buffer[] => {
    const spans = fields.get(name) ?? []
    const [only] = spans
    if (only !== undefined && spans.length === 1)
      return [Buffer.from(name), wellFormed(bytes.subarray(only.from, only.to))]
    const values = new Set(spans.map(({ from, to }) => bytes.toString('utf8', from, to)))
    return [...values].sort().map((value) => Buffer.from(name + value))
  }
  return Buffer.concat([...fields.keys()].sort().flatMap(signed))
}

/** As text is written: what is no UTF-8 as U+FFFD. */
function wellFormed(bytes: Buffer): Buffer {
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString())
}

function formFields(body: Buffer): {
  readonly bytes: Buffer
  readonly fields: ReadonlyMap<string, readonly Span[]>
} {
  const bytes = Buffer.allocUnsafe(body.length)
  const fields = new Map<string, Span[]>()
  let [length, split] = [0, body.indexOf(equals)]
  for (let from = 0; from < body.length;) {
    const found = body.indexOf(and, from)
    const to = found < 0 ? body.length : found
    if (split >= 0 && split < from) split = body.indexOf(equals, from)
    if (to > from) {
      const nameEnd = split < 0 || split > to ? to : split
      const start = decodeInto(bytes, length, body, from, nameEnd)
      const name = bytes.toString('utf8', length, start)
      length = decodeInto(bytes, start, body, nameEnd + 1, to)
      const spans = fields.get(name)
      if (spans === undefined) fields.set(name, [{ from: start, to: length }])
      else spans.push({ from: start, to: length })
    }
    from = to + 1
  }
  return { bytes, fields }
}

/** `a+b%20c` as it is meant, from `length` on. A percent sign without two digits stands for itself. Returns where it ends. */
function decodeInto(bytes: Buffer, length: number, body: Buffer, from: number, to: number): number {
  let end = length
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
    bytes[end] = byte
    end += 1
  }
  return end
}
