import { isJsonObject, readPath } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { EventMapping, ReceiptMapping } from '../webhook-definition.ts'
import { typeName } from './payload-match.ts'

/** The most paths that a diff lists, and how deep it looks. */
const pathsMax = 100
const depthMax = 6
const nameCharsMax = 80

/** What a mapping reads: paths, and which of them it cannot do without. */
export interface ExpectedShape {
  readonly when: string
  readonly requires: readonly string[]
  readonly reads: readonly string[]
  /** Top-level members that belong to every delivery. */
  readonly envelope: readonly string[]
}

/** What a mapping reads; `envelope` are members that belong to every delivery. */
export function expectedShape(
  mapping: EventMapping | ReceiptMapping,
  envelope: readonly string[],
): ExpectedShape {
  const requires = 'requires' in mapping ? mapping.requires : []
  return { when: mapping.when, requires, reads: [...new Set([...requires, ...bodyPaths(mapping)])], envelope }
}

/** The paths of `body` that templates in this read. */
export function bodyPaths(templates: unknown): readonly string[] {
  const text = JSON.stringify(templates) ?? ''
  return [...text.matchAll(/(?<![\w.])body\.([\w-]+(?:\.[\w-]+)*)/g)].map(([, path]) => path ?? '')
}

/**
 * What was expected and what came, by path and type: no values, so that it holds nobody's data. For a type that nothing knows it is
 * held against the mapping that reads most of it.
 */
export function shapeDiff(payload: JsonValue, mappings: readonly ExpectedShape[]): JsonObject {
  const received = pathsOf(payload)
  const closest = closestOf(payload, mappings)
  const shown = received.slice(0, pathsMax).map(({ path, type }) => [path, type] as const)
  const base = {
    received: Object.fromEntries(shown),
    ...(received.length > pathsMax ? { receivedLeftOut: received.length - pathsMax } : {}),
  }
  if (closest === null) return base
  const { when, requires, reads, envelope } = closest
  const there = (path: string): boolean => (readPath(payload, path) ?? null) !== null
  const known = new Set([...envelope, ...reads].map((path) => path.split('.', 1)[0]))
  return {
    ...base,
    against: when,
    expected: reads.slice(0, pathsMax),
    missing: requires.filter((path) => !there(path)),
    absent: reads.filter((path) => !requires.includes(path) && !there(path)).slice(0, pathsMax),
    unknown: received.map(({ path }) => path).filter((path) => !path.includes('.') && !known.has(path)),
  }
}

function closestOf(payload: JsonValue, mappings: readonly ExpectedShape[]): ExpectedShape | null {
  const [only, ...others] = mappings
  if (only !== undefined && others.length === 0) return only
  let best: ExpectedShape | null = null
  let most = 0
  for (const mapping of mappings) {
    const hits = mapping.reads.filter((path) => readPath(payload, path) !== undefined).length
    if (hits <= most) continue
    best = mapping
    most = hits
  }
  return best
}

/** Leaves and containers by path; of a list the first item stands for all. */
function pathsOf(payload: JsonValue): ReadonlyArray<{ readonly path: string; readonly type: string }> {
  const found: Array<{ path: string; type: string }> = []
  const look = (value: JsonValue, path: string, depth: number): void => {
    if (path !== '') found.push({ path, type: typeName(value) })
    if (depth >= depthMax || found.length > 10 * pathsMax) return
    if (Array.isArray(value)) {
      const [first] = value as readonly JsonValue[]
      if (first !== undefined) look(first, `${path}[]`, depth + 1)
    } else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        if (member === undefined) continue
        look(member, path === '' ? safeName(name) : `${path}.${safeName(name)}`, depth + 1)
      }
    }
  }
  look(payload, '', 0)
  return found
}

/** Names come from outside too: no control characters, no half surrogates, not endless. */
function safeName(name: string): string {
  const text = name
    .slice(0, nameCharsMax)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '?')
  return text === '__proto__' ? '(proto)' : text
}
