import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { cutTo, padTo, textWidth } from '../text/text-width.ts'

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | null
  readonly align?: 'left' | 'right'
  /** May it be cut when the terminal is narrow? Never set it on ids. */
  readonly shrink?: boolean
}

const gap = 2
const shrunkMin = 8

/**
 * Rows as text: a header, one line a row, no borders. On a terminal the columns that may shrink give way until all fits;
 * when it still does not, each row becomes a block of `TITLE  value` lines. Piped: full width, plain.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  output: Pick<Output, 'columns' | 'theme'>,
): string {
  const cells = rows.map((row) => columns.map((column) => cellText(column.value(row))))
  const natural = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...cells.map((row) => textWidth(row[index] ?? ''))),
  )
  const widths = fit(natural, columns, output.columns)
  if (widths === null) return renderBlocks(cells, columns, output)
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0
        const cut = cutTo(text, width)
        const right = columns[index]?.align === 'right'
        return right ? ' '.repeat(Math.max(0, width - textWidth(cut))) + cut : padTo(cut, width)
      })
      .join(' '.repeat(gap))
      .trimEnd()
  const header = output.theme.faint(line(columns.map((column) => column.title)))
  return [header, ...cells.map((row) => line(row))].join('\n')
}

function cellText(value: string | number | null): string {
  return value === null || value === '' ? '-' : plainLine(String(value))
}

/** Column widths that fit, null when even the shrunk columns do not. */
function fit<Row>(
  natural: readonly number[],
  columns: readonly Column<Row>[],
  available: number | null,
): readonly number[] | null {
  if (available === null) return natural
  const widths = [...natural]
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1) - available
  for (; excess > 0; excess -= 1) {
    const widest = widestToShrink(widths, columns)
    if (widest === null) return null
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function widestToShrink<Row>(widths: readonly number[], columns: readonly Column<Row>[]): number | null {
  let widest: number | null = null
  let room = shrunkMin
  for (const [index, width] of widths.entries()) {
    if (columns[index]?.shrink !== true || width <= room) continue
    widest = index
    room = width
  }
  return widest
}

function renderBlocks<Row>(
  cells: readonly (readonly string[])[],
  columns: readonly Column<Row>[],
  output: Pick<Output, 'theme'>,
): string {
  const titleWidth = Math.max(...columns.map((column) => textWidth(column.title)))
  return cells
    .map((row) =>
      row
        .map(
          (text, index) => `${output.theme.faint(padTo(columns[index]?.title ?? '', titleWidth))}  ${text}`,
        )
        .join('\n'),
    )
    .join('\n\n')
}

/** Facts about one thing: `NAME  value` lines. */
export function renderFacts(
  facts: readonly (readonly [string, string | number | null])[],
  output: Pick<Output, 'theme'>,
): string {
  const titleWidth = Math.max(0, ...facts.map(([title]) => textWidth(title)))
  return facts
    .map(([title, value]) => `${output.theme.faint(padTo(title, titleWidth))}  ${cellText(value)}`)
    .join('\n')
}
