import { formatDuration, parseDuration } from '../../kernel/duration.ts'

/** One below and one above: where a border was put wrongly. */
export function mutateNumber(value: number): readonly number[] {
  return [value - 1, value + 1]
}

/** Half as long and twice as long. Nothing for a text that is no duration. */
export function mutateDuration(text: string): readonly string[] {
  let ms: number
  try {
    ms = parseDuration(text)
  } catch {
    return []
  }
  return [...new Set([Math.max(1, Math.round(ms / 2)), ms * 2])]
    .filter((other) => other !== ms)
    .map(formatDuration)
}

/** Another text that the configuration uses: the next in the sorted list; with no other, the text and an x. */
export function otherText(text: string, texts: readonly string[]): string {
  const next = texts.find((candidate) => candidate > text) ?? texts[0]
  return next === undefined || next === text ? `${text}x` : next
}

/** Is a text more like a constant (a stage, a tag, a country) than like words for a person or a template? */
export function isConstantText(text: string): boolean {
  return text !== '' && text.length <= 64 && /^[\w.:+-]+$/.test(text)
}
