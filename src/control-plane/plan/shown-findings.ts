import type { Finding } from '../documents/finding.ts'

/** Findings as a plan keeps them, at most 100 and a line that says that there are more. */
export function shownFindings(findings: readonly Finding[]): readonly string[] {
  const lines = findings
    .slice(0, findingsMax)
    .map(({ code, message, file, line, column }) => `${code} ${message} (${file}:${line}:${column})`)
  return findings.length > findingsMax
    ? [...lines, `and ${findings.length - findingsMax} more: neuronx config validate DIR`]
    : lines
}

const findingsMax = 100
