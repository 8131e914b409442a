import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Document, Node, Pair } from 'yaml'
import type { DocumentPath } from '../document.ts'

/** Where a path ends in a tree: the value, and the key it stands under (null for list items and the document itself). */
export interface LocatedNode {
  readonly value: Node | null
  readonly key: Node | null
  /** Is it the path's own end, or the nearest parent that exists? */
  readonly exact: boolean
}

/** Follows a path as far as it goes; aliases are followed to what they stand for. */
export function locateNode(tree: Document, path: DocumentPath): LocatedNode {
  let found: LocatedNode = { value: tree.contents as Node | null, key: null, exact: true }
  for (const part of path) {
    const next = child(tree, found.value, part)
    if (next === null) return { ...found, exact: false }
    found = next
  }
  return found
}

function child(tree: Document, node: Node | null, part: string | number): LocatedNode | null {
  const parent = isAlias(node) ? (node.resolve(tree) ?? null) : node
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(part)) as
      Pair | undefined
    return pair === undefined
      ? null
      : { value: pair.value as Node | null, key: pair.key as Node, exact: true }
  }
  if (isSeq(parent) && typeof part === 'number' && part in parent.items) {
    return { value: parent.items[part] as Node | null, key: null, exact: true }
  }
  return null
}

/** The offset to point at. An absent value (`name:` and nothing behind it) has no place of its own: its key is shown. */
export function offsetOf({ value, key, exact }: LocatedNode, preferKey: boolean): number {
  const keyOffset = key?.range?.[0]
  if (preferKey && exact && keyOffset !== undefined) return keyOffset
  const range = value?.range
  const empty = range == null || (isScalar(value) && range[0] === range[1])
  return empty ? (keyOffset ?? range?.[0] ?? 0) : range[0]
}
