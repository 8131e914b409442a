import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
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

/**
 * Reads a cursor of a time, in UTC as Postgres or RFC 3339 writes it, and of what tells apart what has the same time; without a cursor both
 * are null. Throws NX-CURSOR (invalid) for anything else, which the database would stumble over.
 */
export function decodeTimeCursor(
  cursor: string | null,
  isKey: (key: string) => boolean = isUuid,
): readonly [at: string, key: string] | readonly [at: null, key: null] {
  const values = decodeCursor(cursor, 2)
  if (values === null) return [null, null]
  const [at = '', key = ''] = values
  if (!isTime(at) || !isKey(key)) throw badCursor()
  return [at, key]
}

/** The days that there are: `Date.parse` takes the 31st of February for one in March. */
function isTime(text: string): boolean {
  if (text === 'infinity') return true
  const [, day] = /^(\d{4}-\d\d-\d\d)[ T][\d:.]{8,15}(?:Z|\+00)$/.exec(text) ?? []
  if (day === undefined || Number.isNaN(Date.parse(text))) return false
  return new Date(day).toISOString().startsWith(day)
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
