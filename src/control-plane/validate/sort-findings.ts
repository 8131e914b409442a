import type { Finding } from '../documents/finding.ts'

/**
 * Findings by file, line and column, each once: the same list whatever order files and checks came in. What stands behind two aliases of
 * one anchor is wrong at one place, and said once.
 */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const sorted = findings.toSorted(compareFindings)
  return sorted.filter((finding, index) => {
    const previous = sorted[index - 1]
    return previous === undefined || comparePlaces(previous, finding) !== 0
  })
}

function compareFindings(a: Finding, b: Finding): number {
  return comparePlaces(a, b) || compareText(a.path, b.path)
}

function comparePlaces(a: Finding, b: Finding): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
