import { NxError } from '../../../kernel/errors.ts'
import { pageMax } from '../../../messaging/reading/event-reader.ts'
import type { Page, PageRequest } from '../../../messaging/reading/event-reader.ts'

/** Where a page ended, as a text that callers hand back unread: the values of its sort key. */
export function encodeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** Reads a cursor of `count` values; null stays null. Throws NX-CURSOR (invalid) for anything encodeCursor did not write. */
export function decodeCursor(cursor: string | null, count: number): readonly string[] | null {
  if (cursor === null) return null
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (
      Array.isArray(values) &&
      values.length === count &&
      values.every((value) => typeof value === 'string')
    )
      return values
  } catch {
    // Told below.
  }
  throw badCursor()
}

/** NX-CURSOR. */
export function badCursor(): NxError {
  return new NxError('invalid', 'NX-CURSOR', 'This is not a cursor of this list', {
    fix: 'Use the cursor of the page before, unchanged, or none to begin.',
  })
}

/** How many rows to ask for: one more than the page holds, which tells whether there is another page. */
export function rowsWanted(page: PageRequest): number {
  return Math.min(Math.max(1, page.limit), pageMax) + 1
}

/** The page in `rows`, which were asked for with rowsWanted. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  page: PageRequest,
  item: (row: Row) => Item,
  key: (row: Row) => readonly string[],
): Page<Item> {
  const limit = rowsWanted(page) - 1
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(item),
    cursor: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null,
  }
}
