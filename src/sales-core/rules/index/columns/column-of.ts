import type { Column, ColumnEntry } from './column.ts'
import { LargeColumn } from './large-column.ts'
import { ListColumn } from './list-column.ts'
import { ValueColumn } from './value-column.ts'

/** The column of entries that ask the same of the same term. `words`: the length of the block's bits. */
export function columnOf(entries: readonly ColumnEntry[], words: number): Column {
  switch (entries[0]?.demand.ask) {
    case 'large':
      return new LargeColumn(entries, words)
    case 'has':
    case 'lacks':
      return new ListColumn(entries, words)
    default:
      return new ValueColumn(entries, words)
  }
}
