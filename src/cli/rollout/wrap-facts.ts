import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { padTo, textWidth } from '../text/text-width.ts'

/** The width of the titles, so that the facts of several blocks stand under each other. */
const titleWidth = 11
const gap = 2
const leastWidth = 20

/** `TITLE  value` lines; on a terminal a value goes on in further lines under itself, at spaces. Nothing is cut. */
export function wrapFacts(
  facts: readonly (readonly [string, string])[],
  { theme, columns }: Pick<Output, 'theme' | 'columns'>,
): string {
  const indent = titleWidth + gap
  return facts
    .flatMap(([title, value]) => {
      const text = plainLine(value)
      const lines = columns === null ? [text] : wrapped(text, Math.max(leastWidth, columns - indent))
      return lines.map((line, index) =>
        index === 0 ? `${theme.faint(padTo(title, titleWidth))}  ${line}` : `${' '.repeat(indent)}${line}`,
      )
    })
    .join('\n')
}

/** The text in lines of at most `width` columns; a word that is longer stands alone. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
