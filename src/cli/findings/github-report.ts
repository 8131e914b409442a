import type { FindingsReport } from './findings-report.ts'
import { findingText } from './findings-report.ts'

/** GitHub workflow commands: one line a finding, shown at its place in the changed files. */
export function githubReport({ findings }: FindingsReport): string {
  return findings
    .map((finding) => {
      const { severity, file, line, column, code } = finding
      const places = `file=${property(file)},line=${line},col=${column},title=${property(code)}`
      return `::${severity} ${places}::${data(findingText(finding))}`
    })
    .join('\n')
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
