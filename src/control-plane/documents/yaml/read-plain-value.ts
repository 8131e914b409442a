import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Alias, Document, Node, Scalar, YAMLMap } from 'yaml'
import type { JsonValue } from '../../../kernel/json.ts'
import type { DocumentLimits } from '../document-limits.ts'
import type { YamlProblem } from './yaml-problem.ts'

/** What an anchor stands for: nothing yet while its own content is being read. */
type Anchored = { value: JsonValue; nodes: number; chars: number } | 'open'

const coreTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
)

/**
 * The plain JSON value of a document, and everything in it that JSON or this language cannot hold: keys that are not text or
 * occur twice, merge keys, tags, numbers that are not finite or not exact, characters that no database takes, anchors that
 * contain themselves or blow the document up. With problems the value is a best guess, good for reading names from.
 */
export function readPlainValue(
  tree: Document,
  limits: DocumentLimits,
): { value: JsonValue; problems: readonly YamlProblem[] } {
  const reader = new PlainValueReader(limits)
  const value = reader.read(tree.contents as Node | null)
  return { value, problems: reader.problems }
}

class PlainValueReader {
  readonly problems: YamlProblem[] = []
  readonly #limits: DocumentLimits
  readonly #anchors = new Map<string, Anchored>()
  #nodes = 0
  #chars = 0
  #aliases = 0
  #exhausted = false

  constructor(limits: DocumentLimits) {
    this.#limits = limits
  }

  read(node: Node | null): JsonValue {
    if (node === null || this.#exhausted) return null
    if (isAlias(node)) return this.#readAlias(node)
    const { anchor } = node as { anchor?: string }
    const before = { nodes: this.#nodes, chars: this.#chars }
    if (anchor !== undefined) this.#anchors.set(anchor, 'open')
    this.#refuseTag(node)
    this.#spend(node, 1, 0)
    const value = this.#readContent(node)
    if (anchor !== undefined) {
      this.#anchors.set(anchor, {
        value,
        nodes: this.#nodes - before.nodes,
        chars: this.#chars - before.chars,
      })
    }
    return value
  }

  #readContent(node: Node): JsonValue {
    if (isMap(node)) return this.#readMap(node)
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node | null))
    if (isScalar(node)) return this.#readScalar(node)
    return null
  }

  #readMap(map: YAMLMap): JsonValue {
    const members: Record<string, JsonValue> = {}
    for (const { key, value } of map.items as { key: Node | null; value: Node | null }[]) {
      const name = this.#readKey(key, map)
      if (name !== null && Object.hasOwn(members, name)) {
        this.#report(
          key ?? map,
          'NX-YAML-DUPLICATE-KEY',
          `The key '${name}' occurs twice in this mapping`,
          'Keep one of the two.',
        )
      }
      const plain = this.read(value)
      if (name !== null) members[name] = plain
    }
    return members
  }

  #readKey(key: Node | null, map: YAMLMap): string | null {
    if (key === null || !isScalar(key)) {
      this.#report(
        key ?? map,
        'NX-YAML-KEY',
        'A key must be text',
        'Write `key: value` with a plain word as key.',
      )
      return null
    }
    this.#refuseTag(key)
    const { value } = key
    const written = key.source ?? String(value)
    // `{ 0: 5, 5000: 10 }`: a number that is written in one way only can stand for its text.
    if (typeof value === 'number' && written === String(value) && Number.isFinite(value)) return written
    if (typeof value !== 'string') {
      const type = value === null ? 'nothing' : `a ${typeof value}`
      const fix =
        value === true
          ? `Did you mean on? Otherwise write "${written}" in quotes.`
          : `Write "${written}" in quotes.`
      this.#report(key, 'NX-YAML-KEY', `The key ${written} reads as ${type}; a key must be text`, fix)
      return null
    }
    if (value === '<<' && key.type === 'PLAIN') {
      this.#report(
        key,
        'NX-YAML-MERGE-KEY',
        'Merge keys (<<) are not part of YAML 1.2',
        'Write the fields out.',
      )
      return null
    }
    if (value === '__proto__') {
      this.#report(key, 'NX-YAML-KEY', "The key '__proto__' is reserved", 'Choose another name.')
      return null
    }
    this.#readText(key, value)
    return value
  }

  #readScalar(scalar: Scalar): JsonValue {
    const { value } = scalar
    if (typeof value === 'string') return this.#readText(scalar, value)
    if (typeof value === 'number') return this.#readNumber(scalar, value)
    if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null
    return null
  }

  #readText(scalar: Scalar, value: string): string {
    this.#spend(scalar, 0, value.length)
    if (value.includes('\u0000') || !value.isWellFormed()) {
      this.#report(
        scalar,
        'NX-YAML-CHARACTER',
        'The text holds a character that cannot be stored (NUL or half of a pair)',
        'Remove the escape.',
      )
    }
    return value
  }

  #readNumber(scalar: Scalar, value: number): number {
    const written = scalar.source ?? String(value)
    if (!Number.isFinite(value)) {
      this.#report(
        scalar,
        'NX-YAML-NUMBER',
        `${written} is not a finite number`,
        'Write a number, or put it in quotes.',
      )
      return 0
    }
    const exact =
      !Number.isInteger(value) || Number.isSafeInteger(value) || /[.eE]/.test(written.replace(/^0x.*/i, ''))
    if (!exact) {
      this.#report(
        scalar,
        'NX-YAML-NUMBER',
        `${written} is too large to be held exactly`,
        `Write it in quotes: "${written}".`,
      )
    }
    return value === 0 ? 0 : value
  }

  #readAlias(alias: Alias): JsonValue {
    this.#aliases += 1
    if (this.#aliases > this.#limits.aliasesPerDocumentMax) {
      this.#exhaust(
        alias,
        'NX-YAML-ALIAS',
        `More than ${this.#limits.aliasesPerDocumentMax} aliases in one document`,
      )
      return null
    }
    const anchored = this.#anchors.get(alias.source)
    if (anchored === undefined) {
      this.#report(
        alias,
        'NX-YAML-ALIAS',
        `There is no anchor &${alias.source} before this alias`,
        `Put &${alias.source} before the value it should repeat.`,
      )
      return null
    }
    if (anchored === 'open') {
      this.#report(
        alias,
        'NX-YAML-ALIAS',
        `The anchor &${alias.source} contains itself`,
        'Write the value out.',
      )
      return null
    }
    this.#spend(alias, anchored.nodes, anchored.chars)
    return this.#exhausted ? null : anchored.value
  }

  #refuseTag(node: Node): void {
    const { tag } = node as { tag?: string }
    if (tag === undefined || tag === '!' || (coreTags.has(tag) && agrees(node, tag))) return
    const name = tag.startsWith('tag:yaml.org,2002:') ? `!!${tag.slice('tag:yaml.org,2002:'.length)}` : tag
    this.#report(
      node,
      'NX-YAML-TAG',
      `The tag ${name} is not known here`,
      'Remove the tag; quotes make a value text.',
    )
  }

  #spend(node: Node, nodes: number, chars: number): void {
    this.#nodes += nodes
    this.#chars += chars
    if (this.#nodes > this.#limits.nodesPerDocumentMax) {
      this.#exhaust(
        node,
        'NX-YAML-SIZE',
        `The document holds more than ${this.#limits.nodesPerDocumentMax} values, aliases included`,
      )
    } else if (this.#chars > this.#limits.charsPerDocumentMax) {
      this.#exhaust(
        node,
        'NX-YAML-SIZE',
        `The document holds more than ${this.#limits.charsPerDocumentMax} characters, aliases included`,
      )
    }
  }

  /** One finding, then nothing more is read of the document. */
  #exhaust(node: Node, code: string, message: string): void {
    if (!this.#exhausted)
      this.#report(node, code, message, 'Split the document, and write repeated values out once.')
    this.#exhausted = true
  }

  #report(node: Node, code: string, message: string, fix: string): void {
    this.problems.push({ code, message, fix, offset: node.range?.[0] ?? 0 })
  }
}

/** Did the value come out as its core tag says? `!!int abc` stays the text it was. */
function agrees(node: Node, tag: string): boolean {
  const name = tag.slice('tag:yaml.org,2002:'.length)
  if (isMap(node)) return name === 'map'
  if (isSeq(node)) return name === 'seq'
  if (!isScalar(node)) return false
  const { value } = node
  if (name === 'null') return value === null
  if (name === 'bool') return typeof value === 'boolean'
  if (name === 'str') return typeof value === 'string'
  return typeof value === 'number'
}
