import type { ConditionProblem } from '../condition-compiler.ts'
import type { BinaryOperator, CelNode } from './cel-node.ts'
import { syntax } from './read-tokens.ts'
import type { Token } from './read-tokens.ts'

/** Reading cannot go on; the reason is among the problems. */
class Stopped extends Error {}

const levels: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  in: 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
}

const reserved: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while in'.split(
    ' ',
  ),
)
const words: Readonly<Record<string, string>> = { and: '&&', or: '||', AND: '&&', OR: '||' }
const usage = 'Conditions are CEL: `lead.score >= 50 && event.text.contains("price")`.'
const int64Max = 2n ** 63n - 1n

/** Reads tokens as an expression of CEL, operators by their level. Nesting is bounded; chains of operators are loops, not calls. */
export class CelParser {
  readonly #tokens: readonly Token[]
  readonly #problems: ConditionProblem[]
  readonly #depthMax: number
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[], problems: ConditionProblem[], depthMax: number) {
    this.#tokens = tokens
    this.#problems = problems
    this.#depthMax = depthMax
  }

  /** The syntax tree; null when there is none, for which there is a problem then. */
  parse(): CelNode | null {
    try {
      const node = this.#expression()
      if (this.#token.kind !== 'end') this.#stop(`Unexpected ${shown(this.#token)}`)
      return node
    } catch (error) {
      if (error instanceof Stopped) return null
      throw error
    }
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token
  }

  get #lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0
  }

  #take(): Token {
    const token = this.#token
    this.#at += 1
    return token
  }

  #takeIf(kind: string): boolean {
    if (this.#token.kind !== kind) return false
    this.#at += 1
    return true
  }

  #expect(kind: string): void {
    if (!this.#takeIf(kind)) this.#stop(`Expected \`${kind}\` and got ${shown(this.#token)}`)
  }

  #stop(message: string, fix: string = usage, offset = this.#token.start): never {
    // What stands behind a first mistake is often its echo.
    if (!this.#problems.some((problem) => problem.offset <= offset))
      this.#problems.push(syntax(message, offset, fix))
    throw new Stopped(message)
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1
    if (this.#depth > this.#depthMax) {
      this.#problems.push({
        code: 'NX-CONDITION-LIMIT',
        message: `The condition is nested deeper than ${this.#depthMax}`,
        fix: 'Split the rule in two.',
        offset: this.#token.start,
      })
      throw new Stopped('depth')
    }
    const result = read()
    this.#depth -= 1
    return result
  }

  #expression(): CelNode {
    const start = this.#token.start
    const test = this.#binary(1)
    const question = this.#token
    if (!this.#takeIf('?')) return test
    if (this.#token.kind === '.' && this.#token.start === question.end)
      this.#stop(noOptional, absence, question.start)
    return this.#nested(() => {
      const yes = this.#binary(1)
      this.#expect(':')
      const no = this.#expression()
      return { op: '?:', args: [test, yes, no], start, end: this.#lastEnd }
    })
  }

  #binary(level: number): CelNode {
    const start = this.#token.start
    let left = this.#unary()
    for (;;) {
      const op = this.#operator()
      const own = Object.hasOwn(levels, op) ? (levels[op] as number) : 0
      if (own < level) return left
      this.#at += 1
      const right = this.#binary(own + 1)
      left = { op: op as BinaryOperator, args: [left, right], start, end: this.#lastEnd }
    }
  }

  #operator(): string {
    const token = this.#token
    if (token.kind !== 'name') return token.kind
    const meant = Object.hasOwn(words, token.name) ? words[token.name] : undefined
    if (meant === undefined) return token.name === 'in' ? 'in' : ''
    this.#problems.push(syntax(`\`${token.name}\` is no operator`, token.start, `Did you mean \`${meant}\`?`))
    return meant
  }

  #unary(): CelNode {
    const token = this.#token
    if (token.kind !== '!' && token.kind !== '-') return this.#postfix()
    this.#at += 1
    const literal = token.kind === '-' ? this.#negativeLiteral(token.start) : null
    if (literal !== null) return literal
    const inner = this.#nested(() => this.#unary())
    return { op: token.kind === '!' ? '!_' : '-_', args: inner, start: token.start, end: this.#lastEnd }
  }

  #negativeLiteral(start: number): CelNode | null {
    const { kind, value } = this.#token
    const after = this.#tokens[this.#at + 1]?.kind
    if (kind !== 'literal' || (typeof value !== 'bigint' && typeof value !== 'number')) return null
    if (after === '.' || after === '[') return null
    this.#at += 1
    return { op: 'value', args: -value, start, end: this.#lastEnd }
  }

  #postfix(): CelNode {
    const start = this.#token.start
    let node = this.#primary()
    for (;;) {
      if (this.#takeIf('.')) node = this.#selected(node, start)
      else if (this.#takeIf('[')) {
        if (this.#token.kind === '?') this.#stop(noOptional, absence)
        const key = this.#nested(() => this.#expression())
        this.#expect(']')
        node = { op: '[]', args: [node, key], start, end: this.#lastEnd }
      } else return node
    }
  }

  #selected(base: CelNode, start: number): CelNode {
    const token = this.#take()
    if (token.kind === '?') this.#stop(noOptional, absence, token.start)
    if (token.kind !== 'name' && token.kind !== 'quoted')
      this.#stop(`Expected a field's name and got ${shown(token)}`, usage, token.start)
    if (token.kind === 'name' && this.#takeIf('(')) {
      const args = this.#items(')')
      return { op: 'rcall', args: [token.name, base, args], start, end: this.#lastEnd }
    }
    return { op: '.', args: [base, token.name], start, end: this.#lastEnd }
  }

  #primary(): CelNode {
    const token = this.#take()
    const { start } = token
    switch (token.kind) {
      case 'literal':
        if (typeof token.value === 'bigint' && token.value > int64Max)
          this.#problems.push(syntax(`${token.value} is too large`, start, 'Write a smaller number.'))
        return { op: 'value', args: token.value, start, end: token.end }
      case '(': {
        const inner = this.#nested(() => this.#expression())
        this.#expect(')')
        return inner
      }
      case '[':
        return { op: 'list', args: this.#items(']'), start, end: this.#lastEnd }
      case '{':
        return { op: 'map', args: this.#entries(), start, end: this.#lastEnd }
      case '.':
        if (this.#token.kind === 'name') return this.#named(this.#take(), '.', start)
        break
      case 'name':
        return this.#named(token, '', start)
      default:
    }
    this.#stop(`Unexpected ${shown(token)}`, usage, start)
  }

  #named({ name, end }: Token, dot: '' | '.', start: number): CelNode {
    if (name === 'true' || name === 'false') return { op: 'value', args: name === 'true', start, end }
    if (name === 'null') return { op: 'value', args: null, start, end }
    if (reserved.has(name)) this.#stop(`\`${name}\` is a reserved word`, usage, start)
    if (this.#takeIf('(')) {
      const args = this.#items(')')
      return { op: 'call', args: [dot + name, args], start, end: this.#lastEnd }
    }
    return { op: 'id', args: dot + name, start, end }
  }

  #items(closing: string): readonly CelNode[] {
    return this.#nested(() => {
      const items: CelNode[] = []
      while (!this.#takeIf(closing)) {
        if (items.length > 0) {
          this.#expect(',')
          // A list may end with a comma.
          if (closing === ']' && this.#takeIf(closing)) break
        }
        if (this.#token.kind === '?') this.#stop('Optional values are not part of the language', absence)
        items.push(this.#expression())
      }
      return items
    })
  }

  #entries(): ReadonlyArray<readonly [CelNode, CelNode]> {
    return this.#nested(() => {
      const entries: Array<readonly [CelNode, CelNode]> = []
      while (!this.#takeIf('}')) {
        if (entries.length > 0) {
          this.#expect(',')
          if (this.#takeIf('}')) break
        }
        const key = this.#expression()
        this.#expect(':')
        entries.push([key, this.#expression()])
      }
      return entries
    })
  }
}

const noOptional = 'Optional access is not part of the language'
const absence = 'What is absent reads as null: compare with null.'

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end of the condition'
  if (token.kind === 'name' || token.kind === 'quoted') return `'${token.name}'`
  return token.kind === 'literal' ? 'a literal' : `\`${token.kind}\``
}
