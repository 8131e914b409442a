import type { JsonValue } from '../../kernel/json.ts'
import { eventBytesMax } from './event.ts'

/** The deepest nesting of an event's data: beyond it, whatever walks the data could run out of stack. */
export const dataDepthMax = 64

/** What is wrong inside an event's data, and where (`data.items[3].name`). */
export interface DataProblem {
  readonly path: string
  readonly message: string
}

/**
 * Finds what JSON allows and Postgres or our own walks do not: nesting beyond `dataDepthMax`, NUL characters and broken
 * surrogates (jsonb takes neither), numbers beyond a double, and more digits than an event may have bytes. null when all is well.
 */
export function findDataProblem(value: JsonValue | undefined, path = 'data'): DataProblem | null {
  const problem = walk(value, path, 0)
  if (problem !== null) return problem
  return exponentDigits(value) <= eventBytesMax
    ? null
    : { path, message: `holds numbers that take more than ${eventBytesMax} digits when written out` }
}

/** jsonb keeps numbers as decimals and writes them out: `1e308` comes back as 309 digits. How many such digits there are. */
function exponentDigits(value: JsonValue | undefined): number {
  if (typeof value === 'number') {
    const size = Math.abs(value)
    return size !== 0 && (size >= 1e21 || size < 1e-6) ? Math.abs(Math.floor(Math.log10(size))) : 0
  }
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, inner) => sum + exponentDigits(inner as JsonValue), 0)
}

function walk(value: JsonValue | undefined, path: string, depth: number): DataProblem | null {
  if (typeof value === 'string') return textProblem(value, path)
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : { path, message: 'is a number too large to be kept' }
  }
  if (typeof value !== 'object' || value === null) return null
  if (depth >= dataDepthMax) return { path, message: `is nested deeper than ${dataDepthMax} levels` }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const problem = walk(value[index] as JsonValue, `${path}[${index}]`, depth + 1)
      if (problem !== null) return problem
    }
    return null
  }
  for (const [key, inner] of Object.entries(value)) {
    const problem =
      textProblem(key, `${path}.(a key)`) ??
      (key === '__proto__' ? { path, message: "has a key '__proto__', which is refused" } : null) ??
      walk(inner, `${path}.${key}`, depth + 1)
    if (problem !== null) return problem
  }
  return null
}

/** Text that Postgres cannot hold: NUL characters, halves of surrogate pairs. */
export function textProblem(text: string, path: string): DataProblem | null {
  if (text.includes('\u0000')) return { path, message: 'holds a NUL character' }
  return text.isWellFormed() ? null : { path, message: 'holds half of a surrogate pair (not valid Unicode)' }
}
