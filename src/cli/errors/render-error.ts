import type { ErrorPlace } from '../../kernel/errors.ts'
import type { ErrorReport } from './error-report.ts'
import type { Output } from '../output.ts'
import { padTo } from '../text/text-width.ts'

const labelWidth = 5

/** A failure for a person: code and title, where, why, what to do. `stack` only when it was asked for. */
export function renderError(
  report: ErrorReport,
  output: Pick<Output, 'errorTheme' | 'unicode'>,
  stack: string | null = null,
): string {
  const { bad, strong, faint } = output.errorTheme
  const lines = [`${bad(output.unicode ? '✖' : 'error')} ${strong(report.code)}  ${report.title}`]
  const add = (label: string, text: string | null): void => {
    if (text === null || text === '') return
    const [first = '', ...rest] = text.split('\n')
    lines.push(
      `  ${faint(padTo(label, labelWidth))}  ${first}`,
      ...rest.map((line) => `  ${' '.repeat(labelWidth)}  ${line}`),
    )
  }
  add('where', report.where === null ? null : placeText(report.where))
  add('why', report.detail)
  add('fix', report.fix)
  add('stack', stack)
  return lines.join('\n')
}

/** `file:line:column  path`, as far as it is known. */
export function placeText(place: ErrorPlace): string {
  const position = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':')
  return [position, place.path].filter((part) => part !== undefined && part !== '').join('  ')
}
