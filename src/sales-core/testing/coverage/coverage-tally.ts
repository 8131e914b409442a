import type {
  DocumentPath,
  SourcePosition,
  StoredDocument,
} from '../../../control-plane/documents/document.ts'
import { coverageSorts } from './coverage-item.ts'
import type { CoverageItem, CoverageOutcome, CoverageSort } from './coverage-item.ts'

/** Says where something of a document stands. */
export type Locate = (document: StoredDocument, path: DocumentPath, offset: number | null) => SourcePosition

/** An item where it stands, and how often the suite did it. */
export interface CoveredItem extends SourcePosition {
  readonly sort: CoverageSort
  readonly cause: string
  readonly label: string
  readonly outcome: CoverageOutcome
  readonly count: number
}

export interface CoverageCount {
  readonly covered: number
  readonly total: number
}

/** What a suite made the configuration do, and what not. Sorted by file, line and column. */
export interface CoverageReport extends CoverageCount {
  /** `99.99 %`, rounded down. */
  readonly percent: string
  readonly bySort: Readonly<Record<CoverageSort, CoverageCount>>
  readonly items: readonly CoveredItem[]
}

/** Adds up what the suites of several scopes did. What is written in one place is one item, whichever scope saw it. */
export class CoverageTally {
  readonly #items = new Map<string, CoveredItem>()
  readonly #locate: Locate

  constructor(locate: Locate) {
    this.#locate = locate
  }

  add(
    items: ReadonlyMap<string, CoverageItem>,
    cases: ReadonlyArray<{ readonly counts: ReadonlyMap<string, number> }>,
  ): void {
    const counts = new Map<string, number>()
    for (const taken of cases) {
      for (const [key, count] of taken.counts) counts.set(key, (counts.get(key) ?? 0) + count)
    }
    for (const [key, { sort, cause, document, path, offset, label, outcome }] of items) {
      const position = this.#locate(document, path, offset)
      const place = `${position.file}:${position.line}:${position.column} ${key}`
      const count = (this.#items.get(place)?.count ?? 0) + (counts.get(key) ?? 0)
      this.#items.set(place, { ...position, sort, cause, label, outcome, count })
    }
  }

  report(): CoverageReport {
    const items = [...this.#items.values()].sort(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
    )
    const bySort = Object.fromEntries(
      coverageSorts.map((sort) => [sort, countOf(items.filter((item) => item.sort === sort))]),
    ) as Record<CoverageSort, CoverageCount>
    const all = countOf(items)
    return { ...all, percent: percentText(all), bySort, items }
  }
}

function countOf(items: readonly CoveredItem[]): CoverageCount {
  return { covered: items.filter(({ count }) => count > 0).length, total: items.length }
}

/** Is at least `percent` covered? Exact: 9,999 of 10,000 is not 100 %. Nothing to cover is covered. */
export function reaches({ covered, total }: CoverageCount, percent: number): boolean {
  return covered * 100 >= percent * total
}

/** `99.99 %`: rounded down, so that 100 % means all of it. */
export function percentText({ covered, total }: CoverageCount): string {
  if (covered === total) return '100 %'
  const hundredths = Math.floor((covered * 10_000) / total)
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')} %`
}
