import type { ConditionProblem } from '../condition-compiler.ts'
import { Bytes, Uint } from '../values/value.ts'
import type { Literal } from './cel-node.ts'
import { plainText, quotePrefix, readTextLiteral } from './text-literal.ts'

const number = /0[xX][\da-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+(?=[eE][+-]?\d))(?:[eE][+-]?\d+)?|\d+[uU]?/y
const quotedName = /`([A-Za-z_0-9.\-/ ]+)`/y
/** How strongly operators bind. Words that are meant as one are operators too, and a mistake. */
const levels: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['or', 1],
  ['OR', 1],
  ['&&', 2],
  ['and', 2],
  ['AND', 2],
  ...['==', '!=', '<', '<=', '>', '>=', 'in'].map((op) => [op, 3] as const),
  ...['+', '-'].map((op) => [op, 4] as const),
  ...['*', '/', '%'].map((op) => [op, 5] as const),
])
const wordMax = 3
/** By character code: the operators and brackets that are never the beginning of a longer one, or of a number. */
const alone: readonly string[] = byCode('()[]{},?:+-*/%')
/** Those that may be the beginning of a longer one. */
const short: readonly string[] = byCode('.!<>')
const int64Max = 2n ** 63n
const uint64Max = 2n ** 64n - 1n

function byCode(chars: string): readonly string[] {
  const kinds = new Array<string>(128).fill('')
  for (const char of chars) kinds[char.charCodeAt(0)] = char
  return kinds
}

/**
 * Cuts a condition into tokens, one after another; its fields say what the one is that it is at. The last is of kind `end`. What cannot be
 * read is reported and stands for something close to it.
 */
export class TokenReader {
  /** `name`, `quoted` (a quoted name), `literal`, `end`; of operators and brackets how they are written. */
  kind = ''
  start = 0
  end = 0
  /** Of names. */
  name = ''
  /** Of literals. */
  value: Literal = null
  /** Of operators: how strongly they bind, from 1; 0: it is none. */
  level = 0
  /** Where the token before it ends. */
  lastEnd = 0
  readonly #source: string
  readonly #problems: ConditionProblem[]

  /** It is at the first token then. */
  constructor(source: string, problems: ConditionProblem[]) {
    this.#source = source
    this.#problems = problems
    this.next()
  }

  /** Goes to the next token. */
  next(): void {
    const source = this.#source
    this.lastEnd = this.end
    let at = this.end
    while (at < source.length) {
      const unit = source.charCodeAt(at)
      // Blank, tab, line ends.
      if (unit === 32 || (unit >= 9 && unit <= 13 && unit !== 11)) at += 1
      else if (unit === 47 && source.charCodeAt(at + 1) === 47) {
        const line = source.indexOf('\n', at)
        at = line < 0 ? source.length : line + 1
      } else {
        this.#read(at, unit)
        if (this.kind !== '') return
        at = this.end
      }
    }
    this.#is('end', at, at, 0)
  }

  #is(kind: string, start: number, end: number, level: number): void {
    this.kind = kind
    this.start = start
    this.end = end
    this.level = level
  }

  #read(start: number, unit: number): void {
    if (isLetter(unit) && (!beginsPrefix(unit) || quotePrefix(this.#source, start) === null))
      this.#readName(start)
    else if (alone[unit] !== undefined && alone[unit] !== '') this.#isOperator(alone[unit], start)
    else if (unit === 34 || unit === 39 || isLetter(unit)) this.#readText(start)
    else if (isDigit(unit) || (unit === 46 && isDigit(this.#source.charCodeAt(start + 1))))
      this.#readNumber(start)
    else this.#readOther(start, unit)
  }

  #isOperator(kind: string, start: number): void {
    this.#is(kind, start, start + kind.length, levels.get(kind) ?? 0)
  }

  #readName(start: number): void {
    const source = this.#source
    let end = start + 1
    while (end < source.length && isNamePart(source.charCodeAt(end))) end += 1
    this.name = source.slice(start, end)
    this.#is('name', start, end, end - start > wordMax ? 0 : (levels.get(this.name) ?? 0))
  }

  #readText(start: number): void {
    const prefix = quotePrefix(this.#source, start) ?? 0
    const plain = prefix === 0 ? plainText(this.#source, start) : null
    if (plain !== null) {
      this.value = plain
      this.#is('literal', start, start + plain.length + 2, 0)
      return
    }
    const { text, isBytes, end, problem } = readTextLiteral(this.#source, start, prefix)
    if (problem !== null) this.#problems.push(syntax(problem.message, problem.offset, problem.fix))
    this.value = isBytes ? Bytes.ofCharacters(text) : text
    this.#is('literal', start, end, 0)
  }

  #readNumber(start: number): void {
    number.lastIndex = start
    const text = number.exec(this.#source)?.[0] ?? ''
    this.value = numberOf(text, start, this.#problems)
    this.#is('literal', start, start + text.length, 0)
  }

  #readOther(start: number, unit: number): void {
    const kind = doubled(unit, this.#source.charCodeAt(start + 1)) ?? short[unit] ?? ''
    if (kind !== '') this.#isOperator(kind, start)
    else {
      quotedName.lastIndex = start
      const quoted = quotedName.exec(this.#source)
      if (quoted === null) this.#readUnreadable(start)
      else {
        this.name = quoted[1] ?? ''
        this.#is('quoted', start, start + quoted[0].length, 0)
      }
    }
  }

  #readUnreadable(start: number): void {
    const char = String.fromCodePoint(this.#source.codePointAt(start) ?? 0)
    const meant = ({ '=': '==', '&': '&&', '|': '||' } as Readonly<Record<string, string | undefined>>)[char]
    if (meant === undefined) {
      const fix = 'Text goes in quotes: `lead.country == "AE"`.'
      const shown = char.isWellFormed() ? `'${char}'` : 'half of a surrogate pair'
      this.#problems.push(syntax(`Unexpected character: ${shown}`, start, fix))
      this.#is('', start, start + char.length, 0)
      return
    }
    const fix = char === '=' ? 'Compare with `==`.' : `Write \`${meant}\`.`
    this.#problems.push(syntax(`\`${char}\` is no operator`, start, fix))
    this.#is(meant, start, start + 1, levels.get(meant) ?? 0)
  }
}

/** The operator of two characters. */
function doubled(unit: number, next: number): string | null {
  if (next === 61) {
    if (unit === 61) return '=='
    if (unit === 33) return '!='
    if (unit === 60) return '<='
    if (unit === 62) return '>='
  }
  if (unit !== next) return null
  if (unit === 38) return '&&'
  return unit === 124 ? '||' : null
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}

function isLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || unit === 95
}

/** b, r, B, R: a quoted text may begin with them. */
function beginsPrefix(unit: number): boolean {
  return unit === 98 || unit === 114 || unit === 66 || unit === 82
}

function isNamePart(unit: number): boolean {
  return isLetter(unit) || isDigit(unit)
}

function numberOf(text: string, offset: number, problems: ConditionProblem[]): Literal {
  if (text.length < 16 && /^\d+$/.test(text)) return BigInt(text)
  const isHex = /^0[xX]/.test(text)
  if (!isHex && /[.eE]/.test(text)) return Number(text)
  const isUnsigned = /[uU]$/.test(text)
  const value = BigInt(isUnsigned ? text.slice(0, -1) : text)
  // One more than fits: a minus may stand before it. The parser refuses it where none does.
  if (value <= (isUnsigned ? uint64Max : int64Max)) return isUnsigned ? new Uint(value) : value
  problems.push(syntax(`${text.slice(0, 24)} is too large`, offset, 'Write a smaller number.'))
  return 0n
}

/** A problem of the text's form. */
export function syntax(message: string, offset: number, fix: string | null): ConditionProblem {
  return { code: 'NX-CONDITION-SYNTAX', message, fix, offset }
}
