import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { isJsonObject, readPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'

/** Rows that one case may have. */
export const caseRowsMax = 1_000

const cellPattern = /\{\{\s*row\.([A-Za-z_][\w.]*)\s*\}\}/g
const wholeCell = /^\s*\{\{\s*row\.([A-Za-z_][\w.]*)\s*\}\}\s*$/

/** Is the text one cell of a row and nothing else? Then it stands for the cell's value, of whatever type. */
export function isCell(text: string): boolean {
  return wholeCell.test(text)
}

/** A case with the cells of one row put in. */
export interface ExpandedCase {
  /** The case without `each`. */
  readonly spec: JsonObject
  /** 0-based; null: the case has no rows. */
  readonly row: number | null
  readonly problems: ReadonlyArray<{ readonly path: DocumentPath; readonly message: string }>
  /** Where the value of an expanded place is written: the cell's own path when a cell stands there. Paths are below the case. */
  readonly sourceOf: (path: DocumentPath) => DocumentPath
}

/** The cases that a written case stands for: itself, or one for each row of `each`. */
export function expandCase(source: JsonObject): readonly ExpandedCase[] {
  const { each, ...rest } = source
  if (!Array.isArray(each)) return [{ spec: rest, row: null, problems: [], sourceOf: (path) => path }]
  return (each as readonly JsonValue[]).map((row, index) => expandRow(rest, row, index))
}

function expandRow(source: JsonObject, row: JsonValue, index: number): ExpandedCase {
  const problems: Array<{ path: DocumentPath; message: string }> = []
  const cells = new Map<string, DocumentPath>()
  const cell = (column: string, path: DocumentPath): JsonValue => {
    const value = readPath(row, column)
    if (value !== undefined) return value
    problems.push({ path, message: `reads row.${column}, and row ${index + 1} has no such column` })
    return null
  }
  const put = (value: JsonValue | undefined, path: DocumentPath): JsonValue => {
    if (typeof value === 'string') {
      const whole = wholeCell.exec(value)?.[1]
      if (whole !== undefined) {
        cells.set(JSON.stringify(path), ['each', index, ...whole.split('.')])
        return cell(whole, path)
      }
      return value.replaceAll(cellPattern, (_, column: string) => textOf(cell(column, path)))
    }
    if (Array.isArray(value))
      return (value as readonly JsonValue[]).map((item, at) => put(item, [...path, at]))
    if (!isJsonObject(value)) return value ?? null
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [[key, put(item, [...path, key])]],
      ),
    )
  }
  const spec = put(source, []) as JsonObject
  return { spec, row: index, problems, sourceOf: (path) => cells.get(JSON.stringify(path)) ?? path }
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Places that read a cell. */
export function strayCells(source: JsonObject): readonly DocumentPath[] {
  const found: DocumentPath[] = []
  const look = (value: JsonValue | undefined, path: DocumentPath): void => {
    if (typeof value === 'string' && value.search(cellPattern) >= 0) found.push(path)
    else if (Array.isArray(value))
      for (const [at, item] of value.entries()) look(item as JsonValue, [...path, at])
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) look(item, [...path, key])
  }
  look(source, [])
  return found
}
