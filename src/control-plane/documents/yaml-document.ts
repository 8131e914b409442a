import { isScalar } from 'yaml'
import type { Document } from 'yaml'
import { digestOf } from '../../kernel/digest.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { DocumentPath, Scope, SourceDocument, SourcePosition } from './document.ts'
import type { DocumentLimits } from './document-limits.ts'
import { locateNode, offsetOf } from './yaml/locate-node.ts'
import type { ParsedYaml } from './yaml/parse-yaml.ts'
import { parseYaml } from './yaml/parse-yaml.ts'
import { scalarOffset } from './yaml/scalar-offset.ts'

/** One file's text, and its tree for as long as somebody looks at it. */
export interface YamlSource {
  /** As findings print it. */
  readonly file: string
  readonly text: string
  readonly limits: DocumentLimits
}

/** A document of which not everything could be read. */
export interface BrokenDocument extends SourceDocument {
  /** Does the word stand anywhere in its file? What cannot be read may still define it. */
  mentions(word: string): boolean
}

/** Trees of files that are being looked at, for all documents of a file: one parse for all of them. */
const parsedFiles = new WeakMap<YamlSource, WeakRef<ParsedYaml>>()

/**
 * A document of a YAML file. The tree is many times the size of the text and needed only to say where something stands, so it
 * is held weakly and parsed again when a place is asked for after it has gone.
 */
export class YamlDocument implements BrokenDocument {
  readonly file: string
  readonly scope: Scope
  /** Empty when the document does not say. */
  readonly kind: string
  readonly name: string
  readonly digest: string
  readonly body: JsonObject
  readonly #source: YamlSource
  /** Which of the file's documents it is, from 0. */
  readonly #index: number
  #parsed: WeakRef<ParsedYaml> | null

  /** `parsed`: null when the body was read without a tree. */
  constructor(source: YamlSource, index: number, parsed: ParsedYaml | null, scope: Scope, body: JsonObject) {
    this.file = source.file
    this.scope = scope
    this.kind = typeof body.kind === 'string' ? body.kind : ''
    this.name = typeof body.name === 'string' ? body.name : ''
    this.digest = digestOf(body)
    this.body = body
    this.#source = source
    this.#index = index
    this.#parsed = parsed === null ? null : new WeakRef(parsed)
  }

  locate(path: DocumentPath, options: { key?: boolean } = {}): SourcePosition {
    const { parsed, tree } = this.#look()
    return this.#position(parsed, tree === null ? 0 : offsetOf(locateNode(tree, path), options.key ?? false))
  }

  locateInside(path: DocumentPath, offset: number): SourcePosition {
    const { parsed, tree } = this.#look()
    const located = tree === null ? null : locateNode(tree, path)
    if (located === null || !located.exact || !isScalar(located.value)) return this.locate(path)
    return this.#position(parsed, scalarOffset(located.value, offset, this.#source.text))
  }

  mentions(word: string): boolean {
    const { text } = this.#source
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
      if (!/[\w.-]/.test(text.charAt(at - 1)) && !/[\w.-]/.test(text.charAt(at + word.length))) return true
    }
    return false
  }

  #look(): { parsed: ParsedYaml; tree: Document | null } {
    let parsed = this.#parsed?.deref() ?? parsedFiles.get(this.#source)?.deref()
    if (parsed === undefined) {
      parsed = parseYaml(this.#source.text, this.#source.limits)
      parsedFiles.set(this.#source, new WeakRef(parsed))
    }
    if (this.#parsed?.deref() !== parsed) this.#parsed = new WeakRef(parsed)
    return { parsed, tree: parsed.trees[this.#index]?.tree ?? null }
  }

  #position(parsed: ParsedYaml, offset: number): SourcePosition {
    return { file: this.file, ...parsed.positionOf(offset) }
  }
}
