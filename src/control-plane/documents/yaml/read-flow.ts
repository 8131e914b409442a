import type { JsonValue } from '../../../kernel/json.ts'
import { notSimple, plainScalar } from './plain-scalar.ts'

/** Raised when a text is not simple YAML: the full parser reads it instead. */
export class NotSimple extends Error {}

/** Characters that an unquoted text may not begin with. */
const indicators = new Set([...'-?:,[]{}#&*!|>\'"%@`'])

/** Keys that are read without the full parser: words, with what names of fields, events and operations are joined by. */
export const simpleKey = /^[A-Za-z_][\w.$/-]*$/

/** Reads one value of a single line, and where it ended. */
export class LineReader {
  readonly #line: string
  readonly #depthLeft: number
  #at: number
  /** Values read so far. */
  nodes = 0

  /** `depthLeft`: how deep braces and brackets may be nested. */
  constructor(line: string, at: number, depthLeft: number) {
    this.#line = line
    this.#at = at
    this.#depthLeft = depthLeft
  }

  /** The value that the rest of the line holds; a comment may follow. */
  value(): JsonValue {
    this.nodes += 1
    const value = this.#startsFlow() ? this.#flow(0) : this.#blockScalarText()
    this.#end()
    return value
  }

  #startsFlow(): boolean {
    const char = this.#line[this.#at]
    return char === '{' || char === '[' || char === '"' || char === "'"
  }

  #flow(depth: number): JsonValue {
    if (depth > this.#depthLeft) throw new NotSimple()
    switch (this.#line[this.#at]) {
      case '{':
        return this.#map(depth)
      case '[':
        return this.#list(depth)
      case '"':
      case "'":
        return this.#quoted()
      default:
        return this.#flowPlain()
    }
  }

  #map(depth: number): JsonValue {
    const members: Record<string, JsonValue> = {}
    this.#at += 1
    this.#spaces()
    if (this.#take('}')) return members
    for (;;) {
      const key = this.#key()
      if (Object.hasOwn(members, key)) throw new NotSimple()
      this.nodes += 1
      members[key] = this.#flow(depth + 1)
      this.#spaces()
      if (this.#take('}')) return members
      if (!this.#take(',')) throw new NotSimple()
      this.#spaces()
    }
  }

  #key(): string {
    const char = this.#line[this.#at]
    let key: string
    if (char === '"' || char === "'") {
      key = this.#quoted()
      if (key === '__proto__' || key === '<<') throw new NotSimple()
    } else {
      const end = this.#line.indexOf(':', this.#at)
      key = this.#line.slice(this.#at, Math.max(end, this.#at))
      const isWord = simpleKey.test(key) && plainScalar(key) === key && key !== '__proto__'
      // `{ 0: 5, 5000: 10 }`: a number that is written in one way only stands for its text.
      if (!isWord && !/^(0|[1-9]\d{0,14})$/.test(key)) throw new NotSimple()
      this.#at = end
    }
    if (!this.#take(':') || this.#line[this.#at] !== ' ') throw new NotSimple()
    this.#spaces()
    return key
  }

  #list(depth: number): JsonValue {
    const items: JsonValue[] = []
    this.#at += 1
    this.#spaces()
    if (this.#take(']')) return items
    for (;;) {
      this.nodes += 1
      items.push(this.#flow(depth + 1))
      this.#spaces()
      if (this.#take(']')) return items
      if (!this.#take(',')) throw new NotSimple()
      this.#spaces()
    }
  }

  /** Unquoted text inside braces or brackets. */
  #flowPlain(): JsonValue {
    const from = this.#at
    this.#refuseIndicator()
    let at = from
    for (; at < this.#line.length; at += 1) {
      const char = this.#line[at] as string
      if (char === ',' || char === ']' || char === '}') break
      if (char === '[' || char === '{' || char === '#') throw new NotSimple()
      if (char === ':' && !/[\w/]/.test(this.#line[at + 1] ?? ' ')) throw new NotSimple()
    }
    this.#at = at
    return this.#plain(this.#line.slice(from, at).trimEnd())
  }

  /** Unquoted text up to the end of the line or a comment. */
  #blockScalarText(): JsonValue {
    const from = this.#at
    this.#refuseIndicator()
    const comment = this.#line.indexOf(' #', from)
    const text = this.#line.slice(from, comment === -1 ? undefined : comment).trimEnd()
    if (text.includes(': ') || text.endsWith(':')) throw new NotSimple()
    this.#at = this.#line.length
    return this.#plain(text)
  }

  #plain(text: string): JsonValue {
    const value = plainScalar(text)
    if (value === notSimple) throw new NotSimple()
    return value
  }

  #refuseIndicator(): void {
    const char = this.#line[this.#at] ?? ''
    const isNegative = char === '-' && /\d/.test(this.#line[this.#at + 1] ?? '')
    if (char === '' || (indicators.has(char) && !isNegative)) throw new NotSimple()
  }

  #quoted(): string {
    const quote = this.#line[this.#at] as string
    let text = ''
    let from = this.#at + 1
    for (;;) {
      const end = this.#line.indexOf(quote, from)
      if (end === -1) throw new NotSimple()
      text += this.#line.slice(from, end)
      this.#at = end + 1
      // Two single quotes stand for one.
      if (quote === '"' || this.#line[end + 1] !== "'") break
      text += "'"
      from = end + 2
    }
    if (quote === '"' && text.includes('\\')) throw new NotSimple()
    return text
  }

  #spaces(): void {
    while (this.#line[this.#at] === ' ') this.#at += 1
  }

  #take(char: string): boolean {
    if (this.#line[this.#at] !== char) return false
    this.#at += 1
    return true
  }

  /** Nothing but spaces and a comment may follow. */
  #end(): void {
    const rest = this.#line.slice(this.#at)
    if (rest.trimEnd() !== '' && !/^ +#/.test(rest)) throw new NotSimple()
  }
}
