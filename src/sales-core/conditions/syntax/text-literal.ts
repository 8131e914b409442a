/** A quoted piece of a condition: what it says, and where it ends. `problem` is set when it cannot be read. */
export interface TextLiteral {
  /** As text; of bytes, one character (0 to 255) a byte. */
  readonly text: string
  readonly isBytes: boolean
  readonly end: number
  readonly problem: { readonly message: string; readonly fix: string; readonly offset: number } | null
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

/** Text in one quote without escapes, which is nearly all there is: it ends two characters behind it. Null for everything else. */
export function plainText(source: string, at: number): string | null {
  const close = source.indexOf(source.charAt(at), at + 1)
  // Two quotes at once may be the beginning of three.
  if (close <= at + 1) return null
  const text = source.slice(at + 1, close)
  return /[\\\r\n]/.test(text) ? null : text
}

/** Reads the quoted piece that begins at `at`, `prefix` characters of `r` and `b` included. */
export function readTextLiteral(source: string, at: number, prefix: number): TextLiteral {
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
      problem ??= { message, fix: 'Close it, or write \\\\ for a backslash.', offset: at }
      return { text, isBytes, end: source.length, problem }
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
      problem ??= { ...noEscape(source, here, isBytes), offset: here }
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

function noEscape(source: string, at: number, isBytes: boolean): { message: string; fix: string } {
  const [written] = /^\\(?:u[\da-fA-F]{4}|U[\da-fA-F]{8})/.exec(source.slice(at, at + 10)) ?? []
  if (written === undefined || isBytes)
    return {
      message: `\`${source.slice(at, at + 2)}\` is no escape`,
      fix: 'Write \\\\ for a backslash.',
    }
  // What is left of those that are well written: halves of a pair, and numbers beyond all characters.
  return {
    message: `\`${written}\` is no character of its own`,
    fix: 'Write the character itself, or its whole number: \\U0001f600.',
  }
}

function bytesOf(char: string): string {
  return char < '\u0080' ? char : String.fromCharCode(...encoder.encode(char))
}
