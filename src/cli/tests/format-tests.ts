import type { TestedCase, TestReport } from '../../app/config-tests/test-config.ts'

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
  const open = `    <testcase classname="${xml(suite)}" name="${xml(title)}" file="${xml(file)}" line="${line}"`
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
    `      <failure type="NX-TEST-FAILED" message="${xml(first.message)}">${xml(text)}</failure>`,
    '    </testcase>',
  ].join('\n')
}

function github({ cases }: TestReport): string {
  return cases
    .flatMap(({ name, failures }) =>
      failures.map(({ file, line, column, message, details }) => {
        const place = `file=${property(file)},line=${line},col=${column},title=${property(name)}`
        return `::error ${place}::${data([message, ...details].join('\n'))}`
      }),
    )
    .join('\n')
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** Text for XML content and attributes; characters that XML 1.0 cannot hold at all are shown as `?`. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
