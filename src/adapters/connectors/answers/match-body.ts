import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { BodyMatch, Wanted } from '../define-connector.ts'

/** Paths stand in definitions and documents: the same ones are read with every answer. */
const known = new Map<string, readonly (string | null)[]>()
const knownMax = 5_000

/** The names on a path; null: every item of a list. */
function namesOf(path: string): readonly (string | null)[] {
  const held = known.get(path)
  if (held !== undefined) return held
  const names = partsOf(path).map(nameOf)
  if (known.size >= knownMax) known.clear()
  known.set(path, names)
  return names
}

/** The parts of a path. A backslash before a dot, a star or a backslash takes it as part of the name: `@odata\.nextLink`. */
function partsOf(path: string): readonly string[] {
  if (!path.includes('\\')) return path.split('.')
  return [...path.matchAll(/(?:^|\.)((?:[^.\\]|\\.)*)/gsu)].map(([, part = '']) => part)
}

/** The name that a part stands for; null: every item of a list. */
function nameOf(part: string): string | null {
  return part === '*' ? null : part.replaceAll(/\\(.)/gsu, '$1')
}

/**
 * Every value at a path. `*` goes into a list, each of its items: `errors.*.code`; a path may begin with it. The empty path is the
 * value itself. `\.` is a dot in a name: `@odata\.nextLink`. Own properties only.
 */
export function valuesAt(root: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (root === undefined) return []
  let found: readonly JsonValue[] = [root]
  if (path === '') return found
  for (const key of namesOf(path)) {
    found = found.flatMap((value): readonly JsonValue[] => {
      if (key === null) return Array.isArray(value) ? (value as readonly JsonValue[]) : []
      if (!isJsonObject(value) || !Object.hasOwn(value, key)) return []
      const inner = value[key]
      return inner === undefined ? [] : [inner]
    })
  }
  return found
}

/** The list at a path; null when there is none. */
export function listAt(root: JsonValue | undefined, path: string): readonly JsonValue[] | null {
  const [found, ...more] = valuesAt(root, path)
  if (more.length > 0 || namesOf(path).includes(null)) return valuesAt(root, path)
  return Array.isArray(found) ? (found as readonly JsonValue[]) : null
}

/** Does all that is wanted stand there? */
export function bodyMatches(body: JsonValue | undefined, wanted: BodyMatch | undefined): boolean {
  if (wanted === undefined) return true
  // What could not be read has nothing at any path, and proves nothing by that.
  if (body === undefined) return false
  return Object.entries(wanted).every(([path, value]) => stands(valuesAt(body, path), value))
}

function stands(found: readonly JsonValue[], wanted: Wanted): boolean {
  if (isJsonObject(wanted)) return found.some(isSomething) === (wanted['exists'] === true)
  const allowed = Array.isArray(wanted) ? (wanted as readonly JsonValue[]) : [wanted as JsonValue]
  return found.some((value) => allowed.includes(value))
}

/** `null` and an empty list are nothing. */
function isSomething(value: JsonValue): boolean {
  return value !== null && !(Array.isArray(value) && value.length === 0)
}
