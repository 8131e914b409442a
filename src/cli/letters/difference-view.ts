import type { JsonDifference } from '../../kernel/merge-patch.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'

/** `- path: before` and `+ path: after`, one member after the other. */
export function renderDifferences(
  differences: readonly JsonDifference[],
  output: Pick<Output, 'theme'>,
): string {
  const { good, bad } = output.theme
  const lines = differences.flatMap(({ path, before, after }) => [
    ...(before === undefined ? [] : [bad(`- ${plainLine(path)}: ${plainLine(JSON.stringify(before))}`)]),
    ...(after === undefined ? [] : [good(`+ ${plainLine(path)}: ${plainLine(JSON.stringify(after))}`)]),
  ])
  return lines.join('\n')
}
