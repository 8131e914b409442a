import type { CoveredItem, CoverageReport } from './coverage-tally.ts'

/** Coverage as lcov has it: outcomes are branches of their line, a line is hit when something of it happened. */
export function lcovText({ items }: CoverageReport): string {
  return [...Map.groupBy(items, ({ file }) => file)].map(([file, own]) => fileRecord(file, own)).join('')
}

function fileRecord(file: string, items: readonly CoveredItem[]): string {
  const byLine = [...Map.groupBy(items, ({ line }) => line)].sort(([a], [b]) => a - b)
  const branches = byLine.flatMap(([line, own]) =>
    own.map(({ count }, index) => `BRDA:${line},0,${index},${count}`),
  )
  const hits = byLine.map(([line, own]) => `DA:${line},${Math.max(...own.map(({ count }) => count))}`)
  const covered = items.filter(({ count }) => count > 0).length
  const hitLines = byLine.filter(([, own]) => own.some(({ count }) => count > 0)).length
  return [
    'TN:',
    `SF:${file}`,
    ...branches,
    `BRF:${items.length}`,
    `BRH:${covered}`,
    ...hits,
    `LF:${byLine.length}`,
    `LH:${hitLines}`,
    'end_of_record',
    '',
  ].join('\n')
}
