import { NxError } from '../../kernel/errors.ts'
import type { Output } from '../output.ts'
import { plainText } from '../text/plain-text.ts'

/** What a check of the configuration found, as src/control-plane describes it. */
export interface ShownFinding {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly fix: string | null
  readonly file: string
  readonly line: number
  readonly column: number
  /** Other places that belong to it. */
  readonly related?: readonly {
    readonly file: string
    readonly line: number
    readonly column: number
    readonly message: string
  }[]
}

/** `file:line:col  code  message`, the fix below it: a position that editors and terminals make clickable. */
export function renderFindings(findings: readonly ShownFinding[], output: Pick<Output, 'theme'>): string {
  const { bad, warn, faint, strong } = output.theme
  return findings
    .map((finding) => {
      const paint = finding.severity === 'error' ? bad : warn
      const place = strong(plainText(`${finding.file}:${finding.line}:${finding.column}`))
      const first = `${place}  ${paint(finding.code)}  ${plainText(finding.message)}`
      const related = (finding.related ?? []).map(
        ({ file, line, column, message }) =>
          `    ${faint('see')}  ${plainText(`${file}:${line}:${column}  ${message}`)}`,
      )
      const fix = finding.fix === null ? [] : [`    ${faint('fix')}  ${plainText(finding.fix)}`]
      return [first, ...related, ...fix].join('\n')
    })
    .join('\n')
}

/** The findings that a refusal carries (NX-CONFIG-INVALID); null when it carries none. */
export function findingsOf(error: unknown): readonly ShownFinding[] | null {
  if (!(error instanceof NxError) || !('findings' in error) || !Array.isArray(error.findings)) return null
  return error.findings as readonly ShownFinding[]
}

/** `3 errors, 1 warning`. */
export function countFindings(findings: readonly ShownFinding[]): string {
  const errors = findings.filter((finding) => finding.severity === 'error').length
  const warnings = findings.length - errors
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
  return [
    errors > 0 || warnings === 0 ? count(errors, 'error') : '',
    warnings > 0 ? count(warnings, 'warning') : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}
