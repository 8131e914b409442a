import type { ConditionProblem } from '../condition-compiler.ts'
import type { BinaryOperator, CelNode, Literal } from './cel-node.ts'
import { syntax } from './read-tokens.ts'
import type { TokenReader } from './read-tokens.ts'

/** Reading cannot go on; the reason is among the problems. */
class Stopped extends Error {}

const reserved: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while in'.split(
    ' ',
  ),
)
const words: ReadonlyMap<string, string> = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['AND', '&&'],
  ['OR', '||'],
])
const usage = 'Conditions are CEL: `lead.score >= 50 && event.text.contains("price")`.'
const int64Max = 2n ** 63n - 1n

/** Reads tokens as an expression of CEL, operators by their level. Nesting is bounded; chains of operators are loops, not calls. */
export class CelParser {
  readonly #tokens: TokenReader
  readonly #problems: ConditionProblem[]
  readonly #depthMax: number
  #nodes = 0
  #depth = 0

  constructor(tokens: TokenReader, problems: ConditionProblem[], depthMax: number) {
    this.#tokens = tokens
    this.#problems = problems
    this.#depthMax = depthMax
  }

  /** How many nodes the tree has. */
  get nodes(): number {
    return this.#nodes
  }

  /** The syntax tree; null when there is none, for which there is a problem then. */
  parse(): CelNode | null {
    const tokens = this.#tokens
    try {
      const node = this.#expression()
      if (tokens.kind !== 'end') this.#stop(`Unexpected ${shown(tokens)}`)
      return node
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
      // What cannot be read further on is reported as well.
      while (tokens.kind !== 'end') tokens.next()
      return null
    }
  }

  get #lastEnd(): number {
    return this.#tokens.lastEnd
  }

  #takeIf(kind: string): boolean {
    if (this.#tokens.kind !== kind) return false
    this.#tokens.next()
    return true
  }

  #expect(kind: string): void {
    if (!this.#takeIf(kind)) this.#stop(`Expected \`${kind}\` and got ${shown(this.#tokens)}`)
  }

  #stop(message: string, fix: string = usage, offset = this.#tokens.start): never {
    // What stands behind a first mistake is often its echo.
    if (!this.#problems.some((problem) => problem.offset <= offset))
      this.#problems.push(syntax(message, offset, fix))
    throw new Stopped(message)
  }

  /** Whatever is nested is read between this and `#leave`. */
  #enter(): void {
    this.#depth += 1
    if (this.#depth <= this.#depthMax) return
    this.#problems.push({
      code: 'NX-CONDITION-LIMIT',
      message: `The condition is nested deeper than ${this.#depthMax}`,
      fix: 'Split the rule in two.',
      offset: this.#tokens.start,
    })
    throw new Stopped('depth')
  }

  #leave(): void {
    this.#depth -= 1
  }

  #made(node: CelNode): CelNode {
    this.#nodes += 1
    return node
  }

  #expression(): CelNode {
    const { start } = this.#tokens
    const test = this.#binary(1)
    const question = this.#tokens.start
    if (!this.#takeIf('?')) return test
    if (this.#tokens.kind === '.' && this.#tokens.start === this.#lastEnd)
      this.#stop(noOptional, absence, question)
    this.#enter()
    const yes = this.#binary(1)
    this.#expect(':')
    const no = this.#expression()
    this.#leave()
    return this.#made({ op: '?:', args: [test, yes, no], start, end: this.#lastEnd })
  }

  #binary(level: number): CelNode {
    const { start } = this.#tokens
    let left = this.#unary()
    for (;;) {
      const own = this.#tokens.level
      if (own < level) return left
      const op = this.#operator()
      const right = this.#binary(own + 1)
      left = this.#made({ op: op as BinaryOperator, args: [left, right], start, end: this.#lastEnd })
    }
  }

  #operator(): string {
    const { kind, name, start } = this.#tokens
    this.#tokens.next()
    if (kind !== 'name') return kind
    const meant = words.get(name)
    if (meant === undefined) return name
    this.#problems.push(syntax(`\`${name}\` is no operator`, start, `Did you mean \`${meant}\`?`))
    return meant
  }

  #unary(): CelNode {
    const { kind, start } = this.#tokens
    if (kind !== '!' && kind !== '-') return this.#postfix(this.#primary(), start)
    this.#tokens.next()
    const literal = kind === '-' ? this.#negativeLiteral(start) : null
    if (literal !== null) return literal
    this.#enter()
    const inner = this.#unary()
    this.#leave()
    return this.#made({ op: kind === '!' ? '!_' : '-_', args: inner, start, end: this.#lastEnd })
  }

  #negativeLiteral(start: number): CelNode | null {
    const { kind, value, start: from } = this.#tokens
    if (kind !== 'literal' || (typeof value !== 'bigint' && typeof value !== 'number')) return null
    this.#tokens.next()
    const end = this.#lastEnd
    if (this.#tokens.kind !== '.' && this.#tokens.kind !== '[')
      return this.#made({ op: 'value', args: -value, start, end })
    this.#enter()
    const inner = this.#postfix(this.#literal(value, from, end), from)
    this.#leave()
    return this.#made({ op: '-_', args: inner, start, end: this.#lastEnd })
  }

  /** The selections and indexes behind a node that begins at `start`. */
  #postfix(base: CelNode, start: number): CelNode {
    let node = base
    for (;;) {
      if (this.#takeIf('.')) node = this.#selected(node, start)
      else if (this.#takeIf('[')) {
        if (this.#tokens.kind === '?') this.#stop(noOptional, absence)
        this.#enter()
        const key = this.#expression()
        this.#leave()
        this.#expect(']')
        node = this.#made({ op: '[]', args: [node, key], start, end: this.#lastEnd })
      } else return node
    }
  }

  #selected(base: CelNode, start: number): CelNode {
    const { kind, name } = this.#tokens
    if (kind === '?') this.#stop(noOptional, absence)
    if (kind !== 'name' && kind !== 'quoted')
      this.#stop(`Expected a field's name and got ${shown(this.#tokens)}`)
    this.#tokens.next()
    if (kind === 'name' && this.#takeIf('(')) {
      const args = this.#items(')')
      return this.#made({ op: 'rcall', args: [name, base, args], start, end: this.#lastEnd })
    }
    return this.#made({ op: '.', args: [base, name], start, end: this.#lastEnd })
  }

  #primary(): CelNode {
    const tokens = this.#tokens
    const { kind, name, value, start } = tokens
    tokens.next()
    switch (kind) {
      case 'literal':
        return this.#literal(value, start, this.#lastEnd)
      case '(': {
        this.#enter()
        const inner = this.#expression()
        this.#leave()
        this.#expect(')')
        return inner
      }
      case '[':
        return this.#made({ op: 'list', args: this.#items(']'), start, end: this.#lastEnd })
      case '{':
        return this.#made({ op: 'map', args: this.#entries(), start, end: this.#lastEnd })
      case '.':
        if (tokens.kind === 'name') {
          const called = tokens.name
          tokens.next()
          return this.#named(called, '.', start)
        }
        break
      case 'name':
        return this.#named(name, '', start)
      default:
    }
    this.#stop(`Unexpected ${shown({ kind, name })}`, usage, start)
  }

  #literal(value: Literal, start: number, end: number): CelNode {
    if (typeof value === 'bigint' && value > int64Max)
      this.#problems.push(syntax(`${value} is too large`, start, 'Write a smaller number.'))
    return this.#made({ op: 'value', args: value, start, end })
  }

  #named(name: string, dot: '' | '.', start: number): CelNode {
    const end = this.#lastEnd
    if (name === 'true' || name === 'false')
      return this.#made({ op: 'value', args: name === 'true', start, end })
    if (name === 'null') return this.#made({ op: 'value', args: null, start, end })
    if (reserved.has(name)) this.#stop(`\`${name}\` is a reserved word`, usage, start)
    if (this.#takeIf('(')) {
      const args = this.#items(')')
      return this.#made({ op: 'call', args: [dot + name, args], start, end: this.#lastEnd })
    }
    return this.#made({ op: 'id', args: dot + name, start, end })
  }

  #items(closing: string): readonly CelNode[] {
    const items: CelNode[] = []
    this.#enter()
    while (!this.#takeIf(closing)) {
      if (items.length > 0) {
        this.#expect(',')
        // A list may end with a comma.
        if (closing === ']' && this.#takeIf(closing)) break
      }
      if (this.#tokens.kind === '?') this.#stop('Optional values are not part of the language', absence)
      items.push(this.#expression())
    }
    this.#leave()
    return items
  }

  #entries(): ReadonlyArray<readonly [CelNode, CelNode]> {
    const entries: Array<readonly [CelNode, CelNode]> = []
    this.#enter()
    while (!this.#takeIf('}')) {
      if (entries.length > 0) {
        this.#expect(',')
        if (this.#takeIf('}')) break
      }
      const key = this.#expression()
      this.#expect(':')
      entries.push([key, this.#expression()])
    }
    this.#leave()
    return entries
  }
}

const noOptional = 'Optional access is not part of the language'
const absence = 'What is absent reads as null: compare with null.'

function shown({ kind, name }: Pick<TokenReader, 'kind' | 'name'>): string {
  if (kind === 'end') return 'the end of the condition'
  if (kind === 'name' || kind === 'quoted') return `'${name}'`
  return kind === 'literal' ? 'a literal' : `\`${kind}\``
}
