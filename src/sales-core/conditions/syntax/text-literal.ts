/** A quoted piece of a condition: what it says, and where it ends. `problem` is set when it cannot be read. */
export interface TextLiteral {
  /** As text; of bytes, one character (0 to 255) a byte. */
  readonly text: string
  readonly isBytes: boolean
  readonly end: number
  readonly problem: { readonly message: string; readonly offset: number } | null
}

const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
}
const hexDigits: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 }
const encoder = new TextEncoder()

/** How many characters of a prefix (`r`, `b`, `rb`) stand before a quote at `at`; null when no quoted piece begins there. */
export function quotePrefix(source: string, at: number): number | null {
  for (let length = 0; length <= 2; length += 1) {
    const char = source[at + length]
    if (char === '"' || char === "'") return length
    if (char !== 'r' && char !== 'b' && char !== 'R' && char !== 'B') return null
  }
  return null
}

/** Reads the quoted piece that begins at `at`, `prefix` characters of `r` and `b` included. */
export function readTextLiteral(source: string, at: number, prefix: number): TextLiteral {
  return (prefix === 0 ? readPlain(source, at) : null) ?? readAny(source, at, prefix)
}

/** Text in single quotes without escapes, which is nearly all there is; null for everything else. */
function readPlain(source: string, at: number): TextLiteral | null {
  const close = source.indexOf(source.charAt(at), at + 1)
  // Two quotes at once may be the beginning of three.
  if (close <= at + 1) return null
  const text = source.slice(at + 1, close)
  return /[\\\r\n]/.test(text) ? null : { text, isBytes: false, end: close + 1, problem: null }
}

function readAny(source: string, at: number, prefix: number): TextLiteral {
  const letters = source.slice(at, at + prefix).toLowerCase()
  const isRaw = letters.includes('r')
  const isBytes = letters.includes('b')
  const open = at + prefix
  const quote = source.charAt(open)
  const isTriple = source.startsWith(quote.repeat(3), open)
  const closing = isTriple ? quote.repeat(3) : quote
  let text = ''
  let problem: TextLiteral['problem'] = null
  let here = open + closing.length
  for (;;) {
    if (here >= source.length || (!isTriple && /^[\r\n]$/.test(source.charAt(here)))) {
      const message = `The text that begins here has no closing ${closing}`
      return { text, isBytes, end: source.length, problem: problem ?? { message, offset: at } }
    }
    if (source.startsWith(closing, here)) return { text, isBytes, end: here + closing.length, problem }
    const char = source.charAt(here)
    if (char !== '\\' || isRaw) {
      const whole = String.fromCodePoint(source.codePointAt(here) ?? 0)
      text += isBytes ? bytesOf(whole) : whole
      here += whole.length
      continue
    }
    const escape = readEscape(source, here, isBytes)
    if (escape === null) {
      problem ??= { message: `\`${source.slice(here, here + 2)}\` is no escape`, offset: here }
      here += 2
    } else {
      text += escape.text
      here = escape.end
    }
  }
}

function readEscape(source: string, at: number, isBytes: boolean): { text: string; end: number } | null {
  const letter = source.charAt(at + 1)
  const known = Object.hasOwn(simple, letter) ? simple[letter] : undefined
  if (known !== undefined) return { text: known, end: at + 2 }
  const octal = /^[0-3][0-7]{2}$/.exec(source.slice(at + 1, at + 4))
  if (octal !== null) return { text: String.fromCharCode(Number.parseInt(octal[0], 8)), end: at + 4 }
  const digits = Object.hasOwn(hexDigits, letter) ? hexDigits[letter] : undefined
  if (digits === undefined || (isBytes && digits > 2)) return null
  const hex = source.slice(at + 2, at + 2 + digits)
  if (hex.length < digits || !/^[\da-fA-F]+$/.test(hex)) return null
  const point = Number.parseInt(hex, 16)
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null
  return { text: String.fromCodePoint(point), end: at + 2 + digits }
}

function bytesOf(char: string): string {
  return char < '\u0080' ? char : String.fromCharCode(...encoder.encode(char))
}
