import type { JsonValue } from '../../kernel/json.ts'

/** The deepest nesting of an event's data: beyond it, whatever walks the data could run out of stack. */
export const dataDepthMax = 64

/** What is wrong inside an event's data, and where (`data.items[3].name`). */
export interface DataProblem {
  readonly path: string
  readonly message: string
}

/**
 * Finds what JSON allows and Postgres or our own walks do not: nesting beyond `dataDepthMax`, NUL characters and broken
 * surrogates (jsonb takes neither), numbers beyond a double. null when all is well.
 */
export function findDataProblem(value: JsonValue | undefined, path = 'data', depth = 0): DataProblem | null {
  if (typeof value === 'string') return textProblem(value, path)
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : { path, message: 'is a number too large to be kept' }
  }
  if (typeof value !== 'object' || value === null) return null
  if (depth >= dataDepthMax) return { path, message: `is nested deeper than ${dataDepthMax} levels` }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const problem = findDataProblem(value[index] as JsonValue, `${path}[${index}]`, depth + 1)
      if (problem !== null) return problem
    }
    return null
  }
  for (const [key, inner] of Object.entries(value)) {
    const problem =
      textProblem(key, `${path}.(a key)`) ??
      (key === '__proto__' ? { path, message: "has a key '__proto__', which is refused" } : null) ??
      findDataProblem(inner, `${path}.${key}`, depth + 1)
    if (problem !== null) return problem
  }
  return null
}

/** Text that Postgres cannot hold: NUL characters, halves of surrogate pairs. */
export function textProblem(text: string, path: string): DataProblem | null {
  if (text.includes('\u0000')) return { path, message: 'holds a NUL character' }
  return text.isWellFormed() ? null : { path, message: 'holds half of a surrogate pair (not valid Unicode)' }
}
