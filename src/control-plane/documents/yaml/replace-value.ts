import { isMap, isScalar, isSeq, stringify } from 'yaml'
import type { Document, Node } from 'yaml'
import type { JsonValue } from '../../../kernel/json.ts'
import type { DocumentPath } from '../document.ts'
import { locateNode } from './locate-node.ts'

/** Characters of a text that are to be replaced. */
export interface ValueEdit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Writes another value in the place of the one at `path`; everything around it stays as it is. Null: nothing stands there. */
export function replaceValue(tree: Document, path: DocumentPath, value: JsonValue): ValueEdit | null {
  const { value: node, exact } = locateNode(tree, path)
  // An anchor or a tag belongs to others as well, or says something about the value that would no longer be so.
  if (!exact || node?.range == null || isAnchored(node)) return null
  const [from, to] = node.range
  if (isScalar(node) && from === to) return null
  return { from, to: isScalar(node) ? to : endOf(node, to), text: flowText(value) }
}

/** Takes entries out of a list of plain texts; `indexes` are those of before. Null: there is no such list. */
export function removeItems(
  tree: Document,
  path: DocumentPath,
  indexes: ReadonlySet<number>,
): ValueEdit | null {
  const { value: node, exact } = locateNode(tree, path)
  if (!exact || !isSeq(node) || node.range == null || isAnchored(node)) return null
  const values = node.items.map((item) => (isScalar(item) && !isAnchored(item) ? item.value : undefined))
  if (values.some((value) => typeof value !== 'string')) return null
  const kept = (values as readonly string[]).filter((_, index) => !indexes.has(index))
  return { from: node.range[0], to: endOf(node, node.range[1]), text: flowText(kept) }
}

/** A block's range runs on to the next line: its last child says where its text ends. */
function endOf(node: Node, end: number): number {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last: unknown = node.items.at(-1)
    const child = isMap(node) ? (last as { value?: Node | null; key?: Node } | undefined) : undefined
    const inner = child === undefined ? (last as Node | undefined) : (child.value ?? child.key)
    if (inner?.range != null) return endOf(inner, inner.range[1])
  }
  return end
}

function isAnchored(node: Node): boolean {
  const { anchor, tag } = node as { anchor?: string; tag?: string }
  return (
    anchor !== undefined ||
    (isScalar(node) && tag !== undefined && node.type !== undefined && !tag.startsWith('tag:yaml.org'))
  )
}

/** One line that can stand inside braces and brackets. */
function flowText(value: JsonValue): string {
  if (typeof value === 'string' && value.includes('\n')) return JSON.stringify(value)
  const text = stringify([value], { collectionStyle: 'flow', lineWidth: 0, singleQuote: true }).trim()
  return text.slice(1, -1).trim()
}
