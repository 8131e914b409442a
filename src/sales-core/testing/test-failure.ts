import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { JsonValue } from '../../kernel/json.ts'

/** One expectation that was not met. */
export interface TestFailure {
  /** Below the case: `expect.fired[0]`, `steps[1].expect.score`. Empty: it is about no expectation. */
  readonly path: DocumentPath
  readonly message: string
  readonly expected: JsonValue
  readonly actual: JsonValue
  /** The rule, factor or step concerned: `RuleSet/x#y`; null when it is none. */
  readonly cause: string | null
  /** What would make the expectation true, each written in its place; empty: nothing would, or it is for a person to say. */
  readonly updates: readonly ExpectationUpdate[]
}

/** The value to write at a path below the case; `remove` takes the entry out of its list. */
export type ExpectationUpdate =
  | { readonly path: DocumentPath; readonly value: JsonValue }
  | { readonly path: DocumentPath; readonly remove: true }

/** A failure of an expectation; `path` is below `expect`. */
export function failure(
  path: DocumentPath,
  message: string,
  { expected, actual }: { readonly expected: JsonValue; readonly actual: JsonValue },
  more: { readonly cause?: string | null; readonly updates?: readonly ExpectationUpdate[] } = {},
): TestFailure {
  const { cause = null, updates = [] } = more
  return { path, message, expected, actual, cause, updates }
}

/** The value that a plain expectation should have been: written in its place. */
export function writes(
  path: DocumentPath,
  value: JsonValue,
): { readonly updates: readonly ExpectationUpdate[] } {
  return { updates: [{ path, value }] }
}

/** The entry of a list of names should not be there. */
export function removes(path: DocumentPath): { readonly updates: readonly ExpectationUpdate[] } {
  return { updates: [{ path, remove: true }] }
}

/** `RuleSet/inbound#hot` is named `hot` or `inbound/hot`. */
export function isNamed(cause: string, name: string): boolean {
  const slash = cause.indexOf('/')
  const hash = cause.indexOf('#')
  if (hash < 0) return false
  return cause.slice(hash + 1) === name || `${cause.slice(slash + 1, hash)}/${cause.slice(hash + 1)}` === name
}
