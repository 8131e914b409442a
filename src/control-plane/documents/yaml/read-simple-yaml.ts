import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { DocumentLimits } from '../document-limits.ts'
import { plainScalar } from './plain-scalar.ts'
import { LineReader, NotSimple, simpleKey } from './read-flow.ts'

/** Nesting that is read here; deeper documents are left to the full parser. */
const depthMax = 32

/** A line that holds something. */
interface Line {
  readonly text: string
  /** Where its content begins. */
  readonly indent: number
}

/**
 * The documents of a file written in the plain part of YAML that nearly all configuration is written in: block mappings and lists, values of one
 * line, comments. Null for anything beyond (anchors, tags, block texts, escapes, values of several lines, mistakes of any kind): then the
 * full parser has to read it. What is returned is exactly what the full parser and `readPlainValue` return, without a tree, in a tenth of the time
 * and the memory; a property test holds the two against each other.
 */
export function readSimpleYaml(text: string, limits: DocumentLimits): readonly JsonObject[] | null {
  // Tabs, carriage returns, escapes, line separators of Unicode, byte order marks and halves of pairs.
  if (/[\t\r\\\u0085\u00a0\u2028\u2029\ufeff]/.test(text) || !text.isWellFormed()) return null
  if (text.length > limits.charsPerDocumentMax) return null
  try {
    const documents = documentLines(text).map((lines) => new BlockReader(lines, limits).document())
    return documents.length > limits.documentsPerFileMax ? null : documents
  } catch (error) {
    if (error instanceof NotSimple) return null
    throw error
  }
}

function documentLines(text: string): readonly (readonly Line[])[] {
  const documents: Line[][] = [[]]
  let isFirst = true
  for (const line of text.split('\n')) {
    let indent = 0
    while (line.charCodeAt(indent) === 0x20) indent += 1
    const first = line[indent]
    if (first === undefined || first === '#') continue
    if (indent === 0 && (line.startsWith('---') || line.startsWith('...') || first === '%')) {
      if (line !== '---') throw new NotSimple()
      // A first `---` begins the first document.
      if (!isFirst) documents.push([])
    } else documents.at(-1)?.push({ text: line, indent })
    isFirst = false
  }
  if (documents.some((lines) => lines.length === 0)) throw new NotSimple()
  return documents
}

class BlockReader {
  readonly #lines: readonly Line[]
  readonly #limits: DocumentLimits
  /** How deep collections may be nested, counted from 0. */
  readonly #depthMax: number
  #at = 0
  #nodes = 1

  constructor(lines: readonly Line[], limits: DocumentLimits) {
    this.#lines = lines
    this.#limits = limits
    this.#depthMax = Math.min(depthMax, limits.depthMax - 2)
  }

  document(): JsonObject {
    const first = this.#lines[0]
    if (first?.indent !== 0 || first.text.startsWith('- ')) throw new NotSimple()
    const body = this.#map(0, null, 0)
    if (this.#at < this.#lines.length) throw new NotSimple()
    return body
  }

  /** The mapping whose keys stand at `indent`; `first` is its first line when that began behind a dash. */
  #map(indent: number, first: Line | null, depth: number): JsonObject {
    if (depth > this.#depthMax) throw new NotSimple()
    const members: Record<string, JsonValue> = {}
    for (let line = first ?? this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      const { text } = line
      const end = text.indexOf(':', indent)
      const key = text.slice(indent, Math.max(end, indent))
      const isKey = simpleKey.test(key) && plainScalar(key) === key && key !== '__proto__'
      if (!isKey || Object.hasOwn(members, key)) throw new NotSimple()
      this.#at += 1
      members[key] = this.#member(text, end + 1, indent, depth)
    }
    this.#refuseDeeper(indent)
    return members
  }

  /** What stands behind a key's colon, on its line or on those below. */
  #member(text: string, from: number, indent: number, depth: number): JsonValue {
    const at = contentAt(text, from)
    this.#spend(1)
    if (at !== null) {
      if (at === from) throw new NotSimple()
      return this.#inline(text, at, indent, depth)
    }
    const next = this.#lines[this.#at]
    if (next === undefined || next.indent < indent) return null
    const isList = next.text.startsWith('- ', next.indent)
    if (next.indent === indent) return isList ? this.#list(indent, depth + 1) : null
    return isList ? this.#list(next.indent, depth + 1) : this.#map(next.indent, null, depth + 1)
  }

  #list(indent: number, depth: number): JsonValue {
    if (depth > this.#depthMax) throw new NotSimple()
    const items: JsonValue[] = []
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      const { text } = line
      // At the indentation of its key a list ends where the next key begins.
      if (!text.startsWith('- ', indent)) break
      const at = contentAt(text, indent + 1)
      if (at === null || text[at] === '-') throw new NotSimple()
      this.#spend(1)
      if (isMember(text, at)) items.push(this.#map(at, { text, indent: at }, depth + 1))
      else {
        this.#at += 1
        items.push(this.#inline(text, at, indent, depth))
      }
    }
    this.#refuseDeeper(indent)
    return items
  }

  #inline(text: string, at: number, indent: number, depth: number): JsonValue {
    const reader = new LineReader(text, at, this.#depthMax - depth)
    const value = reader.value()
    this.#spend(reader.nodes)
    this.#refuseDeeper(indent)
    return value
  }

  /** A deeper line would go on with a value of several lines, or be a mistake. */
  #refuseDeeper(indent: number): void {
    if ((this.#lines[this.#at]?.indent ?? 0) > indent) throw new NotSimple()
  }

  #spend(nodes: number): void {
    this.#nodes += nodes
    if (this.#nodes > this.#limits.nodesPerDocumentMax) throw new NotSimple()
  }
}

/** Where the content behind `from` begins; null when there is none but a comment. */
function contentAt(text: string, from: number): number | null {
  let at = from
  while (text.charCodeAt(at) === 0x20) at += 1
  if (at >= text.length) return null
  if (text[at] !== '#') return at
  if (at === from) throw new NotSimple()
  return null
}

/** Does `key: …` begin here? Quoted keys are left to the full parser, which `LineReader` sees to. */
function isMember(text: string, at: number): boolean {
  return /^[A-Za-z_][\w.$/-]*:(?: |$)/.test(text.slice(at, at + 256))
}
