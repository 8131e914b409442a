/** Replaces the characters from `from` up to `to` of a text. */
export interface TextEdit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** A text with edits applied. Of edits that overlap the first one counts; the others are left for the next round. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = []
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (edit.from < at) continue
    parts.push(text.slice(at, edit.from), edit.text)
    at = edit.to
  }
  return parts.join('') + text.slice(at)
}
