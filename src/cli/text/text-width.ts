const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u

const narrow = /^[\u0020-\u007e]*$/

/** How many columns a terminal gives to a text without escape codes. */
export function textWidth(text: string): number {
  if (narrow.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

/** The text with spaces behind it, `columns` wide. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)))
}

/** The text cut to `columns`, its last one `…`, when it is longer. */
export function cutTo(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  let cut = ''
  let width = 0
  for (const { segment } of segmenter.segment(text)) {
    const next = textWidth(segment)
    if (width + next > columns - 1) break
    cut += segment
    width += next
  }
  return `${cut}…`
}
