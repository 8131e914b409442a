import { formatDuration } from '../../../kernel/duration.ts'
import type { JsonValue } from '../../../kernel/json.ts'

/** What JSON has no word for. Never read by name: data that holds one of these has no fields. */
export abstract class Special {}

/** An instant: milliseconds since 1970, and the nanoseconds (0 to 999,999) beyond them. */
export class Timestamp extends Special {
  readonly ms: number
  readonly ns: number
  constructor(ms: number, ns = 0) {
    super()
    this.ms = ms
    this.ns = ns
  }
}

/** A length of time: milliseconds, and the nanoseconds (0 to 999,999) beyond them. */
export class Span extends Special {
  readonly ms: number
  readonly ns: number
  constructor(ms: number, ns = 0) {
    super()
    this.ms = ms
    this.ns = ns
  }
}

/** A whole number from 0 to 2^64 - 1. Plain CEL only. */
export class Uint extends Special {
  readonly value: bigint
  constructor(value: bigint) {
    super()
    this.value = value
  }
}

/** Bytes. Plain CEL only. */
export class Bytes extends Special {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    super()
    this.bytes = bytes
  }

  /** One byte a character. */
  static ofCharacters(text: string): Bytes {
    return new Bytes(Uint8Array.from(text, (char) => char.charCodeAt(0)))
  }
}

/** The type of a value, as a value. Plain CEL only. */
export class TypeName extends Special {
  readonly name: string
  constructor(name: string) {
    super()
    this.name = name
  }
}

/** A map whose keys are not all text. Plain CEL only. Numbers that are equal are one key. */
export class KeyedMap extends Special {
  readonly entries: ReadonlyMap<string, { readonly key: Value; readonly value: Value }>
  constructor(entries: ReadonlyMap<string, { readonly key: Value; readonly value: Value }>) {
    super()
    this.entries = entries
  }
}

/** Why a part of a condition has no value with this data. A value itself: making one costs no stack trace. */
export class Failure extends Special {
  readonly code: string
  readonly message: string
  constructor(message: string, code = 'NX-CONDITION-DATA') {
    super()
    this.code = code
    this.message = message
  }
}

/** What expressions yield. The profile's numbers are doubles, as in JSON; bigint is the int of plain CEL. */
export type Value =
  JsonValue | bigint | Special | readonly Value[] | { readonly [key: string]: Value | undefined }

/** A map or object of JSON. */
export type ValueRecord = { readonly [key: string]: Value | undefined }

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** A map or object; not a list, not null, not a time. */
export function isRecord(value: Value): value is ValueRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Special)
}

/** Of what type is it, for messages. */
export function kindOf(value: Value): string {
  if (value === null) return 'null'
  if (isList(value)) return 'list'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value !== 'object') return typeof value
  if (value instanceof Timestamp) return 'timestamp'
  if (value instanceof Span) return 'duration'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Bytes) return 'bytes'
  return value instanceof TypeName ? 'type' : 'map'
}

/** Back to JSON: timestamps as RFC 3339, durations as text. */
export function toJson(value: Value): JsonValue {
  if (value instanceof Timestamp) return new Date(value.ms).toISOString()
  if (value instanceof Span) return formatDuration(value.ms)
  if (isList(value) && value.some((item) => typeof item === 'object')) return value.map(toJson)
  return value as JsonValue
}
