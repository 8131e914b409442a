import type * as core from 'zod/v4/core'
import { isNotYet } from './schema-fields.ts'

type Issue = core.$ZodIssue

/** Why none of a union's members took a value. */
export type UnionVerdict =
  /** One member was meant: these are its issues, paths from the union's own place. */
  | { readonly state: 'meant'; readonly issues: readonly Issue[] }
  /** No member takes a value of this type. */
  | { readonly state: 'type'; readonly expected: readonly string[] }
  | { readonly state: 'value'; readonly values: readonly unknown[] }
  /** Every member misses its own distinguishing field. */
  | { readonly state: 'missing'; readonly fields: readonly string[] }

/**
 * Which member of a union was probably meant: the one that knows the fields that are there, then the one with the fewest issues.
 * Saying only what is wrong with that one is far shorter than zod's list for every member. `isAbsent` tells whether nothing
 * stands at a path (from the union's own place).
 */
export function unionVerdict(
  members: readonly (readonly Issue[])[],
  isAbsent: (path: readonly PropertyKey[]) => boolean,
): UnionVerdict {
  const flat = members.map((issues) => issues.flatMap((issue) => flatten(issue, isAbsent)))
  const fitting = flat.filter((issues) => !issues.some(isTypeOfWhole))
  if (fitting.length === 0) {
    const whole = flat.flatMap((issues) => issues.filter(isTypeOfWhole))
    const values = whole.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values : []))
    const expected = whole.flatMap((issue) => (issue.code === 'invalid_type' ? [issue.expected] : []))
    return expected.length > 0
      ? { state: 'type', expected: [...new Set(expected)] }
      : { state: 'value', values }
  }
  const ranked = fitting.toSorted((a, b) => compareRank(rank(a), rank(b)))
  const best = ranked.filter((issues) => compareRank(rank(issues), rank(ranked[0] ?? [])) === 0)
  const announced = best[0]?.filter((issue) => isNotYet(issue)) ?? []
  if (announced.length > 0) return { state: 'meant', issues: announced }
  if (best.length === 1) return { state: 'meant', issues: best[0] ?? [] }
  const unknown =
    best[0]?.filter((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0) ?? []
  if (unknown.length > 0) return { state: 'meant', issues: unknown }
  const missing = best.map((issues) => issues.filter(({ path }) => path.length === 1 && isAbsent(path)))
  if (missing.every((issues, index) => issues.length > 0 && issues.length === best[index]?.length)) {
    return {
      state: 'missing',
      fields: [...new Set(missing.flatMap((issues) => issues.map((issue) => String(issue.path[0]))))],
    }
  }
  return { state: 'meant', issues: best[0] ?? [] }
}

/** A union inside a union's member counts as the issues of its likeliest member. */
function flatten(issue: Issue, isAbsent: (path: readonly PropertyKey[]) => boolean): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const verdict = unionVerdict(issue.errors, (path) => isAbsent([...issue.path, ...path]))
  if (verdict.state !== 'meant') return [issue]
  return verdict.issues.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

function isTypeOfWhole(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')
}

/** Fields of other members, then issues at the member's own level, then all issues. */
function rank(issues: readonly Issue[]): readonly number[] {
  const strangers = issues.reduce(
    (sum, issue) =>
      sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0),
    0,
  )
  return [strangers, issues.filter((issue) => issue.path.length <= 1).length, issues.length]
}

function compareRank(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
