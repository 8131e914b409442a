import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { DocumentPath, SourceDocument } from '../documents/document.ts'
import { pathText } from '../documents/document.ts'

/** Where the values of a document stood in its file, as plain JSON: what `--explain` shows of a stored revision. */
export interface DocumentPlaces {
  readonly file: string
  /** `rules[2].when` -> [line, column], both 1-based; '' is the document itself. */
  readonly lines: Readonly<Record<string, readonly [number, number]>>
}

/** Places of a revision's documents by `Kind/name`. */
export type RevisionPlaces = Readonly<Record<string, DocumentPlaces>>

const placesMax = 2_000

/** The places of a document's values, upper ones first; at most 2,000, so that a deep value may have its parent's place only. */
export function placesOf(document: SourceDocument): DocumentPlaces {
  const lines: [string, readonly [number, number]][] = []
  const queue: { readonly path: DocumentPath; readonly value: JsonValue }[] = [
    { path: [], value: document.body },
  ]
  for (const { path, value } of queue) {
    if (lines.length === placesMax) break
    const { line, column } = document.locate(path, { key: typeof path.at(-1) === 'string' })
    lines.push([pathText(path), [line, column]])
    if (queue.length < placesMax) queue.push(...childrenOf(path, value))
  }
  return { file: document.locate([]).file, lines: Object.fromEntries(lines) }
}

/** The place of a path, or of its nearest parent that has one. */
export function placeAt(
  { file, lines }: DocumentPlaces,
  path: DocumentPath,
): { readonly file: string; readonly line: number; readonly column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const text = pathText(path.slice(0, length))
    const place = Object.hasOwn(lines, text) ? lines[text] : undefined
    if (place !== undefined) return { file, line: place[0], column: place[1] }
  }
  return { file, line: 1, column: 1 }
}

function childrenOf(path: DocumentPath, value: JsonValue): { path: DocumentPath; value: JsonValue }[] {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).map((item, index) => ({ path: [...path, index], value: item }))
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : [{ path: [...path, key], value: inner }],
  )
}
