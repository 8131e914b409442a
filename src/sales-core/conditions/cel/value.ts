import type { JsonValue } from '../../../kernel/json.ts'
import { formatDuration } from '../../../kernel/duration.ts'

/** An instant, milliseconds since 1970. */
export class Timestamp {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

/** A length of time, milliseconds. */
export class Span {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

/** What expressions yield. All numbers are doubles, as in JSON. */
export type Value =
  JsonValue | Timestamp | Span | readonly Value[] | { readonly [key: string]: Value | undefined }

/** The evaluation cannot go on with these values. */
export class EvaluationFailure extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** A map or object; not a list, not null, not a time. */
export function isRecord(value: Value): value is { readonly [key: string]: Value | undefined } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Timestamp) &&
    !(value instanceof Span)
  )
}

/** Of what type is it, for messages. */
export function kindOf(value: Value): string {
  if (value === null) return 'null'
  if (isList(value)) return 'list'
  if (value instanceof Timestamp) return 'timestamp'
  if (value instanceof Span) return 'duration'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'object' ? 'map' : typeof value
}

/** An own property, null when absent: `__proto__` and `constructor` read as absent like every other unknown name. */
export function ownMember(record: { readonly [key: string]: Value | undefined }, key: string): Value {
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null
}

/** Back to JSON: timestamps as RFC 3339, durations as text. */
export function toJson(value: Value): JsonValue {
  if (value instanceof Timestamp) return new Date(value.ms).toISOString()
  if (value instanceof Span) return formatDuration(value.ms)
  return value as JsonValue
}
