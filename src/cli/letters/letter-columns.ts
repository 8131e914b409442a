import type { Operator } from '../../app/operator.ts'
import { relativeTime } from '../text/relative-time.ts'
import type { Column } from '../views/table.ts'

export type ShownLetter = NonNullable<Awaited<ReturnType<Operator['messages']['deadLetter']>>>
export type ShownLetterGroup = Awaited<ReturnType<Operator['letters']['groups']>>[number]

/** Below this many columns of the terminal a table shows only what tells its rows apart. */
const wideFrom = 110

/** `width`: columns of the terminal, null when everything may be shown. */
export function groupColumns(now: Date, width: number | null): readonly Column<ShownLetterGroup>[] {
  const all: readonly Column<ShownLetterGroup>[] = [
    { title: 'GROUP', value: (group) => group.fingerprint },
    { title: 'OPEN', value: (group) => group.open, align: 'right' },
    { title: 'ALL', value: (group) => group.total, align: 'right' },
    { title: 'FIRST', value: (group) => relativeTime(group.firstAt, now), shrink: true },
    { title: 'LAST', value: (group) => relativeTime(group.lastAt, now), shrink: true },
    { title: 'CLASS', value: (group) => group.class, shrink: true },
    { title: 'CODE', value: (group) => group.code, shrink: true },
    { title: 'INTEGRATION', value: (group) => group.integration, shrink: true },
    { title: 'CAUSE', value: (group) => group.cause, shrink: true },
    { title: 'SAMPLE', value: (group) => group.sample, shrink: true },
  ]
  return fitting(all, ['ALL', 'FIRST', 'INTEGRATION', 'CAUSE'], width)
}

/** `width`: columns of the terminal, null when everything may be shown. */
export function letterColumns(now: Date, width: number | null): readonly Column<ShownLetter>[] {
  const all: readonly Column<ShownLetter>[] = [
    { title: 'ID', value: (letter) => letter.id },
    { title: 'GROUP', value: (letter) => letter.fingerprint },
    { title: 'AGE', value: (letter) => relativeTime(letter.createdAt, now), shrink: true },
    { title: 'SOURCE', value: (letter) => letter.source },
    { title: 'CLASS', value: (letter) => letter.class },
    { title: 'CODE', value: (letter) => letter.code, shrink: true },
    { title: 'INTEGRATION', value: (letter) => letter.integration, shrink: true },
    { title: 'REASON', value: (letter) => letter.reason, shrink: true },
  ]
  return fitting(all, ['GROUP', 'AGE', 'SOURCE', 'INTEGRATION'], width)
}

function fitting<Row>(
  all: readonly Column<Row>[],
  onlyWhenWide: readonly string[],
  width: number | null,
): readonly Column<Row>[] {
  if (width === null || width >= wideFrom) return all
  return all.filter((column) => !onlyWhenWide.includes(column.title))
}
