import { isUtf8 } from 'node:buffer'

/** A file's bytes as text, or the place (1-based) of the first line that is not UTF-8. A byte order mark is left out. */
export type DecodedText =
  | { readonly state: 'text'; readonly text: string }
  | { readonly state: 'not_utf8'; readonly line: number; readonly column: number }

/** Reads bytes as UTF-8, strictly: a wrong byte is never replaced silently. */
export function decodeText(bytes: Buffer): DecodedText {
  if (isUtf8(bytes)) return { state: 'text', text: new TextDecoder('utf-8').decode(bytes) }
  let line = 1
  let start = 0
  for (;;) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline
    const part = bytes.subarray(start, end)
    if (!isUtf8(part)) return { state: 'not_utf8', line, column: validPrefix(part) + 1 }
    if (newline === -1) return { state: 'not_utf8', line, column: 1 }
    start = newline + 1
    line += 1
  }
}

/** How many characters of a line can be read before the first wrong byte. */
function validPrefix(line: Buffer): number {
  let good = 0
  let bad = line.length
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (new TextDecoder('utf-8').decode(line.subarray(0, middle), { stream: true }).includes('\uFFFD'))
      bad = middle
    else good = middle
  }
  return new TextDecoder('utf-8').decode(line.subarray(0, good), { stream: true }).length
}
