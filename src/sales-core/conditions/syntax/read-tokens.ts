import type { ConditionProblem } from '../condition-compiler.ts'
import { Bytes, Uint } from '../values/value.ts'
import type { Literal } from './cel-node.ts'
import { quotePrefix, readTextLiteral } from './text-literal.ts'

/** A piece of the text: a name, a quoted name, a literal, an operator or bracket (`kind` is how it is written), or the end. */
export interface Token {
  readonly kind: string
  readonly start: number
  readonly end: number
  /** Of names. */
  readonly name: string
  /** Of literals. */
  readonly value: Literal
}

const number = /0[xX][\da-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+(?=[eE][+-]?\d))(?:[eE][+-]?\d+)?|\d+[uU]?/y
const quotedName = /`([A-Za-z_0-9.\-/ ]+)`/y
/** By character code: the operators and brackets that are never the beginning of a longer one, or of a number. */
const alone: ReadonlyMap<number, string> = new Map(
  [...'()[]{},?:+-*/%'].map((char) => [char.charCodeAt(0), char]),
)
const twoChars: ReadonlySet<string> = new Set(['==', '!=', '<=', '>=', '&&', '||'])
const oneChar: ReadonlySet<string> = new Set([...'()[]{}.,?:+-*/%!<>'])
const int64Max = 2n ** 63n
const uint64Max = 2n ** 64n - 1n

/** Cuts a condition into tokens; the last is of kind `end`. What cannot be read is reported and stands for something close to it. */
export function readTokens(source: string, problems: ConditionProblem[]): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const unit = source.charCodeAt(at)
    // Blank, tab, line ends.
    if (unit === 32 || (unit >= 9 && unit <= 13 && unit !== 11)) at += 1
    else if (unit === 47 && source.charCodeAt(at + 1) === 47) {
      const line = source.indexOf('\n', at)
      at = line < 0 ? source.length : line + 1
    } else {
      const token = tokenAt(source, at, unit, problems)
      if (token.kind !== '') tokens.push(token)
      at = token.end
    }
  }
  tokens.push(tokenOf('end', source.length, source.length))
  return tokens
}

function tokenOf(kind: string, start: number, end: number, name = '', value: Literal = null): Token {
  return { kind, start, end, name, value }
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}

function isLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || unit === 95
}

function isNamePart(unit: number): boolean {
  return isLetter(unit) || isDigit(unit)
}

function tokenAt(source: string, start: number, unit: number, problems: ConditionProblem[]): Token {
  const single = alone.get(unit)
  if (single !== undefined) return tokenOf(single, start, start + 1)
  const prefix = quotePrefix(source, start)
  if (prefix !== null) {
    const { text, isBytes, end, problem } = readTextLiteral(source, start, prefix)
    if (problem !== null)
      problems.push(syntax(problem.message, problem.offset, 'Close it, or write \\\\ for a backslash.'))
    return tokenOf('literal', start, end, '', isBytes ? Bytes.ofCharacters(text) : text)
  }
  if (isLetter(unit)) {
    let end = start + 1
    while (end < source.length && isNamePart(source.charCodeAt(end))) end += 1
    return tokenOf('name', start, end, source.slice(start, end))
  }
  if (isDigit(unit) || (unit === 46 && isDigit(source.charCodeAt(start + 1)))) {
    number.lastIndex = start
    const text = number.exec(source)?.[0] ?? ''
    return tokenOf('literal', start, start + text.length, '', numberOf(text, start, problems))
  }
  const two = source.slice(start, start + 2)
  if (twoChars.has(two)) return tokenOf(two, start, start + 2)
  const char = source.charAt(start)
  if (oneChar.has(char)) return tokenOf(char, start, start + 1)
  if (char === '`') {
    quotedName.lastIndex = start
    const quoted = quotedName.exec(source)
    if (quoted !== null) return tokenOf('quoted', start, start + quoted[0].length, quoted[1] ?? '')
  }
  return unreadable(source, start, problems)
}

function unreadable(source: string, start: number, problems: ConditionProblem[]): Token {
  const char = String.fromCodePoint(source.codePointAt(start) ?? 0)
  const meant = ({ '=': '==', '&': '&&', '|': '||' } as Readonly<Record<string, string | undefined>>)[char]
  if (meant !== undefined) {
    const fix = char === '=' ? 'Compare with `==`.' : `Write \`${meant}\`.`
    problems.push(syntax(`\`${char}\` is no operator`, start, fix))
    return tokenOf(meant, start, start + 1)
  }
  problems.push(
    syntax(`Unexpected character: '${char}'`, start, 'Text goes in quotes: `lead.country == "AE"`.'),
  )
  return tokenOf('', start, start + char.length)
}

function numberOf(text: string, offset: number, problems: ConditionProblem[]): Literal {
  const isUnsigned = /[uU]$/.test(text)
  if (text.length < 16 && /^\d+$/.test(text)) return BigInt(text)
  const isHex = /^0[xX]/.test(text)
  if (!isHex && /[.eE]/.test(text)) return Number(text)
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
