import type { JsonValue } from '../../../kernel/json.ts'

/** The deepest nesting of an answer: beyond it, what walks the answer could run out of stack. */
export const answerDepthMax = 200

/** The JSON of an answer; undefined when it is none, or is nested deeper than any answer that means something. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue
    return depthOf(text) > answerDepthMax ? undefined : value
  } catch {
    return undefined
  }
}

/** Of JSON text, without walking into what it holds: brackets outside of strings. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at]
    if (inString) {
      if (mark === '\\') at += 1
      else if (mark === '"') inString = false
    } else if (mark === '"') inString = true
    else if (mark === '[' || mark === '{') deepest = Math.max(deepest, (depth += 1))
    else if (mark === ']' || mark === '}') depth -= 1
  }
  return deepest
}
