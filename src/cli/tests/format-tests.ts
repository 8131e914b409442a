import type { TestedCase, TestReport } from '../../app/config-tests/test-config.ts'
import { workflowCommand } from '../reports/workflow-command.ts'
import { xmlText } from '../reports/xml-text.ts'

/** How the result of tests may be printed beside the pretty list and the JSON envelope. */
export const testFormats = ['junit', 'github'] as const
export type TestFormat = (typeof testFormats)[number]

/** The whole report as text, without a line end behind it. Empty when a format has nothing to say. */
export function formatTests(format: TestFormat, report: TestReport): string {
  return format === 'junit' ? junit(report) : github(report)
}

function junit({ cases, failed }: TestReport): string {
  const counts = `tests="${cases.length}" failures="${failed}" errors="0" skipped="0"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="neuronx config test" tests="${cases.length}" failures="${failed}" errors="0">`,
    `  <testsuite name="neuronx config test" ${counts}>`,
    ...cases.map(testcase),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')
}

function testcase({ name, file, line, failures }: TestedCase): string {
  const colon = name.indexOf(': ')
  const [suite, title] = [name.slice(0, colon), name.slice(colon + 2)]
  const open = `    <testcase classname="${xmlText(suite)}" name="${xmlText(title)}" file="${xmlText(file)}" line="${line}"`
  const [first] = failures
  if (first === undefined) return `${open}/>`
  const text = failures
    .map((failure) =>
      [`${failure.file}:${failure.line}:${failure.column}  ${failure.message}`, ...failure.details].join(
        '\n',
      ),
    )
    .join('\n')
  return [
    `${open}>`,
    `      <failure type="NX-TEST-FAILED" message="${xmlText(first.message)}">${xmlText(text)}</failure>`,
    '    </testcase>',
  ].join('\n')
}

function github({ cases }: TestReport): string {
  return cases
    .flatMap(({ name, failures }) =>
      failures.map((failure) => {
        const text = [failure.message, ...failure.details].join('\n')
        return workflowCommand('error', { ...failure, title: name }, text)
      }),
    )
    .join('\n')
}
