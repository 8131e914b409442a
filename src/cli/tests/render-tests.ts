import type { TestReport } from '../../app/config-tests/test-config.ts'
import type { Output } from '../output.ts'
import { plainText } from '../text/plain-text.ts'

type CoverageReport = NonNullable<TestReport['coverage']>
type MutationReport = NonNullable<TestReport['mutation']>
type Painter = Pick<Output, 'theme'>

/** Every case with its place; below a failed one what was expected, what came, and why. */
export function renderCases({ cases }: TestReport, { theme: { good, bad, faint, strong } }: Painter): string {
  return cases
    .flatMap(({ name, file, line, failures }) => [
      `${failures.length > 0 ? bad('FAIL') : good('ok  ')}  ${plainText(name)}  ${faint(plainText(`${file}:${line}`))}`,
      ...failures.flatMap((failure) => [
        `        ${strong(plainText(failure.message))}  ${faint(plainText(`${failure.file}:${failure.line}:${failure.column}`))}`,
        ...failure.details.map((detail) => `          ${plainText(detail)}`),
      ]),
    ])
    .join('\n')
}

/** What the suite never made the configuration do, line by line, and the counts. */
export function renderCoverage(report: CoverageReport, { theme: { faint, warn, strong } }: Painter): string {
  const missing = report.items.filter(({ count }) => count === 0)
  const counts = Object.entries(report.bySort).map(
    ([sort, { covered, total }]) => `${sort}s ${covered} of ${total}`,
  )
  return [
    ...missing.map(
      ({ file, line, column, cause, label, outcome }) =>
        `${warn('never')} ${outcome.padEnd(9)}  ${plainText(label)}  ${faint(plainText(`${cause}  ${file}:${line}:${column}`))}`,
    ),
    `${strong('coverage')} ${report.percent}  ${counts.join(', ')}`,
  ].join('\n')
}

/** The changes that no case noticed, and the score. */
export function renderMutation(report: MutationReport, { theme: { faint, warn, strong } }: Painter): string {
  const { killed, total, percent, possible, leftOut, survivors } = report
  const drawn = total + leftOut < possible ? `, of ${possible} possible` : ''
  const late = leftOut > 0 ? `, ${leftOut} not run: the time was over` : ''
  return [
    ...survivors.map(
      ({ file, line, column, cause, change, state }) =>
        `${warn(state.padEnd(11))}  ${plainText(`${file}:${line}:${column}`)}  ${plainText(change)}  ${faint(plainText(cause))}`,
    ),
    `${strong('mutation')} ${percent}  ${killed} of ${total} changes noticed${drawn}${late}`,
  ].join('\n')
}
