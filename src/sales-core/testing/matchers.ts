import { canonicalJson, isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { errorText } from '../../kernel/errors.ts'
import { testPattern } from './test-pattern.ts'

/** What a value must be like, instead of a value: an object of these and nothing else. All of them must hold. */
export const matcherNames = [
  'gt',
  'gte',
  'lt',
  'lte',
  'contains',
  'matches',
  'exact',
  'one_of',
  'not',
] as const
type MatcherName = (typeof matcherNames)[number]

const names: ReadonlySet<string> = new Set(matcherNames)

/** Is it a matcher rather than a value? A value that looks like one is written `{exact: …}`. */
export function isMatcher(value: JsonValue | undefined): value is JsonObject {
  if (!isJsonObject(value)) return false
  const keys = Object.keys(value)
  return keys.length > 0 && keys.every((key) => names.has(key))
}

/** What is wrong with the matchers inside a wanted value. */
export function matcherProblems(wanted: JsonValue): readonly string[] {
  if (Array.isArray(wanted)) return (wanted as readonly JsonValue[]).flatMap(matcherProblems)
  if (!isJsonObject(wanted)) return []
  if (!isMatcher(wanted))
    return Object.values(wanted as JsonObject).flatMap((item) => matcherProblems(item ?? null))
  return matchersIn(wanted).flatMap(([name, value]) => problemOf(name, value))
}

function matchersIn(wanted: JsonObject): ReadonlyArray<readonly [MatcherName, JsonValue]> {
  return Object.entries(wanted).map(([name, value]) => [name as MatcherName, value ?? null] as const)
}

function problemOf(name: MatcherName, value: JsonValue): readonly string[] {
  switch (name) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return typeof value === 'number' || typeof value === 'string'
        ? []
        : [`${name} takes a number or a text`]
    case 'matches':
      if (typeof value !== 'string') return ['matches takes a regular expression']
      try {
        testPattern(value)
        return []
      } catch (error) {
        return [errorText(error)]
      }
    case 'one_of':
      return Array.isArray(value) ? [] : ['one_of takes a list']
    case 'not':
      return matcherProblems(value)
    case 'contains':
    case 'exact':
      return []
  }
}

/**
 * Is the value as wanted? Objects may have more members than are wanted, lists must be of the same length, everything else must be
 * equal; matchers stand for values anywhere. Absent counts as null.
 */
export function fits(wanted: JsonValue | undefined, actual: JsonValue | undefined): boolean {
  if (wanted === undefined) return true
  if (isMatcher(wanted))
    return matchersIn(wanted).every(([name, value]) => holds(name, value, actual ?? null))
  if (isJsonObject(wanted) && isJsonObject(actual)) {
    return Object.entries(wanted).every(([key, value]) =>
      fits(value, Object.hasOwn(actual, key) ? actual[key] : undefined),
    )
  }
  if (Array.isArray(wanted) && Array.isArray(actual)) {
    const [left, right] = [wanted as readonly JsonValue[], actual as readonly JsonValue[]]
    return left.length === right.length && left.every((item, index) => fits(item, right[index]))
  }
  return canonicalJson(wanted) === canonicalJson(actual ?? null)
}

function holds(name: MatcherName, value: JsonValue, actual: JsonValue): boolean {
  switch (name) {
    case 'gt':
      return ordered(actual, value, (a, b) => a > b)
    case 'gte':
      return ordered(actual, value, (a, b) => a >= b)
    case 'lt':
      return ordered(actual, value, (a, b) => a < b)
    case 'lte':
      return ordered(actual, value, (a, b) => a <= b)
    case 'contains':
      if (typeof actual === 'string') return typeof value === 'string' && actual.includes(value)
      return Array.isArray(actual) && (actual as readonly JsonValue[]).some((item) => fits(value, item))
    case 'matches':
      return typeof actual === 'string' && typeof value === 'string' && testPattern(value).test(actual)
    case 'exact':
      return canonicalJson(value) === canonicalJson(actual)
    case 'one_of':
      return Array.isArray(value) && (value as readonly JsonValue[]).some((item) => fits(item, actual))
    case 'not':
      return !fits(value, actual)
  }
}

function ordered(
  a: JsonValue,
  b: JsonValue,
  compare: (a: number | string, b: number | string) => boolean,
): boolean {
  if (typeof a === 'number' && typeof b === 'number') return compare(a, b)
  return typeof a === 'string' && typeof b === 'string' && compare(a, b)
}
