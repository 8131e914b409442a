import type { ReportedFinding } from './findings-report.ts'
import type { FindingsReport } from './findings-report.ts'
import { findingText } from './findings-report.ts'
import { xmlText } from '../reports/xml-text.ts'

/** JUnit XML: a test case for every file; it fails with the file's errors, warnings stand in its output. */
export function junitReport({ findings, files, ms }: FindingsReport): string {
  const byFile = Map.groupBy(findings, ({ file }) => file)
  const names = [...new Set([...files, ...byFile.keys()])].sort()
  const cases = names.map((name) => caseOf(name, byFile.get(name) ?? []))
  const failures = names.filter((name) => byFile.get(name)?.some(isError)).length
  const seconds = (ms / 1000).toFixed(3)
  const counts = `tests="${names.length}" failures="${failures}" errors="0" time="${seconds}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="neuronx config validate" ${counts}>`,
    `  <testsuite name="neuronx config validate" ${counts} skipped="0">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')
}

function isError({ severity }: ReportedFinding): boolean {
  return severity === 'error'
}

function caseOf(file: string, findings: readonly ReportedFinding[]): string {
  const errors = findings.filter(isError)
  const warnings = findings.filter((finding) => !isError(finding))
  const open = `    <testcase classname="config" name="${xmlText(file)}" file="${xmlText(file)}"`
  if (findings.length === 0) return `${open}/>`
  const [first] = errors
  const failure =
    first === undefined
      ? []
      : [
          `      <failure type="${xmlText(first.code)}" message="${xmlText(first.message)}">${xmlText(listed(errors))}</failure>`,
        ]
  const output = warnings.length === 0 ? [] : [`      <system-out>${xmlText(listed(warnings))}</system-out>`]
  return [`${open}>`, ...failure, ...output, '    </testcase>'].join('\n')
}

function listed(findings: readonly ReportedFinding[]): string {
  return findings
    .map(
      (finding) =>
        `${finding.file}:${finding.line}:${finding.column}  ${finding.code}  ${findingText(finding)}`,
    )
    .join('\n')
}
