import { isMap, isScalar, isSeq } from 'yaml'
import type { Document, Node, Pair, Scalar } from 'yaml'
import type { DocumentLimits } from '../../documents/document-limits.ts'
import type { Finding } from '../../documents/finding.ts'
import { parseYaml } from '../../documents/yaml/parse-yaml.ts'
import type { TextEdit } from './text-edit.ts'

/**
 * The edits of one file's text for those of its findings that only one change can mean: a misspelt name with one near neighbour, a
 * missing apiVersion, an override that says what is inherited anyway. `duplicates` are places (1-based) of documents that exist once more, identical,
 * elsewhere. Everything else is left as it is, comments and formatting included.
 */
export function fileEdits(
  text: string,
  findings: readonly Finding[],
  duplicates: ReadonlySet<Finding>,
  limits: DocumentLimits,
): readonly TextEdit[] {
  const { trees } = parseYaml(text, limits)
  if (trees.some(({ problems }) => problems.length > 0)) return []
  const lines = lineStarts(text)
  return findings.flatMap((finding) => {
    const offset = (lines[finding.line - 1] ?? 0) + finding.column - 1
    const index = trees.findLastIndex(({ tree }) => (tree.range?.[0] ?? 0) <= offset)
    const tree = trees[index]?.tree
    if (tree === undefined) return []
    if (duplicates.has(finding))
      return [
        documentRemoval(
          text,
          trees.map((one) => one.tree),
          index,
        ),
      ].flatMap((edit) => edit ?? [])
    if (finding.code === 'NX-CONFIG-API-VERSION') return apiVersionEdit(text, tree)
    if (finding.code === 'NX-CONFIG-SAME') return sameEdit(text, tree, offset, finding)
    return finding.replace === undefined ? [] : renaming(text, tree, offset, finding.replace)
  })
}

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
}

/** Writes another name into the scalar that stands at the offset, in the same quotes. */
function renaming(
  text: string,
  tree: Document,
  offset: number,
  { from, to }: { readonly from: string; readonly to: string },
): readonly TextEdit[] {
  const scalar = scalarAt(tree.contents as Node | null, offset)
  if (
    scalar?.range == null ||
    scalar.value !== from ||
    scalar.anchor !== undefined ||
    scalar.tag !== undefined
  )
    return []
  const [start, end] = scalar.range
  const quote = scalar.type === 'QUOTE_SINGLE' ? "'" : scalar.type === 'QUOTE_DOUBLE' ? '"' : ''
  if (quote === '' && scalar.type !== 'PLAIN') return []
  if (text.slice(start, end) !== `${quote}${from}${quote}` || !/^[A-Za-z][\w.-]*$/.test(to)) return []
  if (quote === '' && /^(true|false|null|yes|no|on|off|~)$/i.test(to)) return []
  return [{ from: start, to: end, text: `${quote}${to}${quote}` }]
}

function scalarAt(node: Node | null, offset: number): Scalar | null {
  if (isScalar(node)) return node.range?.[0] === offset ? node : null
  if (isMap(node)) {
    for (const { key, value } of node.items as readonly Pair<Node, Node | null>[]) {
      const found = scalarAt(key, offset) ?? (holds(value, offset) ? scalarAt(value, offset) : null)
      if (found !== null) return found
    }
  } else if (isSeq(node)) {
    const item = (node.items as readonly (Node | null)[]).find((one) => holds(one, offset))
    return item === undefined ? null : scalarAt(item, offset)
  }
  return null
}

function holds(node: Node | null, offset: number): boolean {
  return node?.range != null && node.range[0] <= offset && offset < node.range[2]
}

/** `apiVersion: neuronx/v1` before the first key of a document that has none; other versions are not for us to change. */
function apiVersionEdit(text: string, tree: Document): readonly TextEdit[] {
  const { contents } = tree
  if (!isMap(contents) || contents.flow === true || contents.has('apiVersion')) return []
  const first = (contents.items[0] as Pair<Node> | undefined)?.key.range?.[0]
  if (first === undefined || (first > 0 && text[first - 1] !== '\n')) return []
  return [{ from: first, to: first, text: `apiVersion: neuronx/v1${text.includes('\r\n') ? '\r\n' : '\n'}` }]
}

/** Takes a pair out that says what is inherited anyway, when it stands on lines of its own and others remain beside it. */
function sameEdit(text: string, tree: Document, offset: number, { path }: Finding): readonly TextEdit[] {
  if (path === '' || path === 'name' || path === 'kind') return []
  const found = pairAt(tree.contents as Node | null, offset)
  if (found === null || found.siblings < 2) return []
  const { key, value } = found.pair
  const from = text.lastIndexOf('\n', (key.range?.[0] ?? 0) - 1) + 1
  if (text.slice(from, key.range?.[0]).trim() !== '') return []
  const end = value?.range?.[1] ?? key.range?.[1] ?? from
  const lineEnd = text.indexOf('\n', Math.max(end - 1, from))
  const to = lineEnd === -1 ? text.length : lineEnd + 1
  // Something else on the last line belongs to somebody else.
  return /^\s*(#[^\n]*)?\n?$/.test(text.slice(end, to)) ? [{ from, to, text: '' }] : []
}

function pairAt(
  node: Node | null,
  offset: number,
): { readonly pair: Pair<Node, Node | null>; readonly siblings: number } | null {
  if (isSeq(node)) {
    const item = (node.items as readonly (Node | null)[]).find((one) => holds(one, offset))
    return item === undefined ? null : pairAt(item, offset)
  }
  if (!isMap(node) || node.flow === true) return null
  for (const pair of node.items as readonly Pair<Node, Node | null>[]) {
    if (pair.key.range?.[0] === offset || pair.value?.range?.[0] === offset) {
      const inner = pair.key.range?.[0] === offset ? null : pairAt(pair.value, offset)
      return inner ?? { pair, siblings: node.items.length }
    }
    if (holds(pair.value, offset)) return pairAt(pair.value, offset)
  }
  return null
}

/** Takes a whole document out, with the `---` that it shares with a neighbour. Null when it is the file's only one. */
function documentRemoval(text: string, trees: readonly Document[], index: number): TextEdit | null {
  const starts = [...text.matchAll(/^---(?=\s|$).*$/gm)].map((match) => match.index)
  if (trees.length < 2 || index < 0) return null
  // The file may or may not begin with `---`.
  const isLed = (starts[0] ?? text.length) <= (trees[0]?.contents?.range?.[0] ?? 0)
  const bounds = isLed ? starts : [0, ...starts]
  if (bounds.length !== trees.length) return null
  const [from, to] = [bounds[index], bounds[index + 1] ?? text.length]
  if (from === undefined) return null
  if (index > 0 || isLed) return { from, to, text: '' }
  const next = text.indexOf('\n', to)
  return { from, to: next === -1 ? to : next + 1, text: '' }
}
