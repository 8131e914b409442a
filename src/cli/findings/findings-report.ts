import type { ShownFinding } from '../views/render-findings.ts'

/** A finding as reports show it, as src/control-plane describes it. */
export interface ReportedFinding extends ShownFinding {
  /** Where in the document: `rules[2].when`. */
  readonly path: string
}

/** What a report of findings is made of. */
export interface FindingsReport {
  readonly findings: readonly ReportedFinding[]
  /** All files that were checked, those without findings included. */
  readonly files: readonly string[]
  /** Of this program. */
  readonly version: string
  /** How long the check took. */
  readonly ms: number
}

/** The message with its fix and the other places that belong to it, one line each. */
export function findingText({ message, fix, related }: ReportedFinding): string {
  return [
    message,
    ...(related ?? []).map((place) => `${place.file}:${place.line}:${place.column}  ${place.message}`),
    ...(fix === null ? [] : [`fix: ${fix}`]),
  ].join('\n')
}
