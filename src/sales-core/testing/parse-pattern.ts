import { NxError } from '../../kernel/errors.ts'

/** A regular expression taken apart. */
export type PatternNode =
  | { readonly kind: 'char'; readonly takes: (char: string) => boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number | null }

const patternCharsMax = 500
const repeatMax = 200
const depthMax = 50

/** Reads a regular expression without look-around and back-references. Throws NX-TEST-PATTERN (invalid). */
export function parsePattern(source: string): PatternNode {
  if (source.length > patternCharsMax) throw wrong(source, `it has more than ${patternCharsMax} characters`)
  return new PatternParser(source).parse()
}

function wrong(source: string, why: string): NxError {
  return new NxError(
    'invalid',
    'NX-TEST-PATTERN',
    `The pattern ${source.slice(0, 60)} cannot be read: ${why}`,
    {
      fix: 'Use literals, ., [classes], \\d \\w \\s, (groups), |, * + ? {m,n}, ^ and $.',
    },
  )
}

class PatternParser {
  readonly #source: string
  readonly #chars: readonly string[]
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
    this.#chars = [...source]
  }

  parse(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#chars.length) throw wrong(this.#source, 'there is a ) too many')
    return node
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()]
    while (this.#take('|')) parts.push(this.#sequence())
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts }
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = []
    for (
      let char = this.#chars[this.#at];
      char !== undefined && char !== '|' && char !== ')';
      char = this.#chars[this.#at]
    )
      parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): PatternNode {
    const part = this.#atom()
    const char = this.#chars[this.#at]
    const times =
      char === '*'
        ? ([0, null] as const)
        : char === '+'
          ? ([1, null] as const)
          : char === '?'
            ? ([0, 1] as const)
            : null
    if (times !== null) this.#at += 1
    const [min, max] = times ?? this.#braces() ?? [1, 1]
    if (min === 1 && max === 1) return part
    if (part.kind === 'start' || part.kind === 'end')
      throw wrong(this.#source, 'an end of the text cannot be repeated')
    // A lazy repetition matches the same texts.
    this.#take('?')
    return { kind: 'repeat', part, min, max }
  }

  #braces(): readonly [number, number | null] | null {
    const rest = this.#chars.slice(this.#at, this.#at + 12).join('')
    const found = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(rest)
    if (found === null) return null
    this.#at += found[0].length
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === '' ? null : Number(found[3])
    if (min > repeatMax || (max !== null && (max > repeatMax || max < min)))
      throw wrong(this.#source, `it repeats more than ${repeatMax} times, or fewer than at least`)
    return [min, max]
  }

  #atom(): PatternNode {
    const char = this.#chars[this.#at]
    this.#at += 1
    switch (char) {
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '.':
        return { kind: 'char', takes: (given) => given !== '\n' }
      case '(':
        return this.#group()
      case '[':
        return { kind: 'char', takes: this.#class() }
      case '\\':
        return { kind: 'char', takes: this.#escape() }
      case '*':
      case '+':
      case '?':
        throw wrong(this.#source, `there is nothing before ${char} to repeat`)
      default:
        return { kind: 'char', takes: (given) => given === char }
    }
  }

  #group(): PatternNode {
    if (this.#take('?') && !this.#take(':')) throw wrong(this.#source, '(?…) is not supported, except (?:…)')
    this.#depth += 1
    if (this.#depth > depthMax) throw wrong(this.#source, `groups are nested deeper than ${depthMax}`)
    const inner = this.#choice()
    this.#depth -= 1
    if (!this.#take(')')) throw wrong(this.#source, 'a ) is missing')
    return inner
  }

  #escape(): (char: string) => boolean {
    const char = this.#chars[this.#at]
    if (char === undefined) throw wrong(this.#source, 'it ends with a backslash')
    this.#at += 1
    const named = escapes.get(char)
    if (named !== undefined) return named
    if (/[A-Za-z0-9]/.test(char)) throw wrong(this.#source, `\\${char} is not supported`)
    return (given) => given === char
  }

  #class(): (char: string) => boolean {
    const negated = this.#take('^')
    const tests: Array<(char: string) => boolean> = []
    for (let first = true; first || this.#chars[this.#at] !== ']'; first = false) {
      const char = this.#chars[this.#at]
      if (char === undefined) throw wrong(this.#source, 'a ] is missing')
      this.#at += 1
      if (char === '\\') {
        tests.push(this.#escape())
        continue
      }
      const to = this.#chars[this.#at + 1]
      if (this.#chars[this.#at] === '-' && to !== undefined && to !== ']') {
        this.#at += 2
        if (to < char) throw wrong(this.#source, `the range ${char}-${to} is upside down`)
        tests.push((given) => given >= char && given <= to)
      } else tests.push((given) => given === char)
    }
    this.#at += 1
    return (given) => tests.some((test) => test(given)) !== negated
  }

  #take(char: string): boolean {
    if (this.#chars[this.#at] !== char) return false
    this.#at += 1
    return true
  }
}

const isDigit = (char: string): boolean => char >= '0' && char <= '9'
const isWord = (char: string): boolean => /^[A-Za-z0-9_]$/.test(char)
const isSpace = (char: string): boolean => /^\s$/.test(char)

const escapes: ReadonlyMap<string, (char: string) => boolean> = new Map([
  ['d', isDigit],
  ['D', (char: string) => !isDigit(char)],
  ['w', isWord],
  ['W', (char: string) => !isWord(char)],
  ['s', isSpace],
  ['S', (char: string) => !isSpace(char)],
  ['n', (char: string) => char === '\n'],
  ['t', (char: string) => char === '\t'],
  ['r', (char: string) => char === '\r'],
])
