import { durationMs } from '../../types/check-value.ts'
import type { FieldType } from '../../types/field-type.ts'
import { zeroValue } from '../../types/zero-value.ts'
import { EvaluationFailure, isList, isRecord, kindOf, Span, Timestamp } from './value.ts'
import type { Value } from './value.ts'

/** Turns what data holds into a value of its declared type; absent becomes default, null or zero. */
export type Reader = (raw: unknown) => Value

/**
 * The reader of a type. A value of another type (an entity written under an older declaration) is a failure that names the
 * path, not a silent mismatch.
 */
export function readerOf(type: FieldType, path: string): Reader {
  const read = presentReader(type, path)
  const absent = absentValue(type)
  return (raw) => (raw === undefined || raw === null ? absent : read(raw as Value))
}

function absentValue(type: FieldType): Value {
  const zero = zeroValue(type)
  if (zero === null) return null
  if (type.kind === 'timestamp') return new Timestamp(Date.parse(String(zero)))
  if (type.kind === 'duration') return new Span(durationMs(String(zero)) ?? 0)
  return zero
}

function presentReader(type: FieldType, path: string): (raw: Value) => Value {
  switch (type.kind) {
    case 'string':
      return (raw) => (typeof raw === 'string' ? raw : mismatch(type, path, raw))
    case 'number':
    case 'int':
      return (raw) => (typeof raw === 'number' ? raw : mismatch(type, path, raw))
    case 'bool':
      return (raw) => (typeof raw === 'boolean' ? raw : mismatch(type, path, raw))
    case 'timestamp':
      return (raw) => toTimestamp(raw) ?? mismatch(type, path, raw)
    case 'duration':
      return (raw) => toSpan(raw) ?? mismatch(type, path, raw)
    case 'list':
      return (raw) => (isList(raw) ? raw : mismatch(type, path, raw))
    case 'map':
    case 'struct':
      return (raw) => (isRecord(raw) ? raw : mismatch(type, path, raw))
    case 'json':
      return (raw) => raw
  }
}

function mismatch(type: FieldType, path: string, raw: Value): never {
  throw new EvaluationFailure(
    'NX-CONDITION-DATA',
    `${path} should hold a ${type.kind} and holds a ${kindOf(raw)}`,
  )
}

/** An instant from text, a Date or an instant; null when it is none. */
export function toTimestamp(raw: unknown): Timestamp | null {
  if (raw instanceof Timestamp) return raw
  if (raw instanceof Date) return new Timestamp(raw.getTime())
  if (typeof raw !== 'string') return null
  const ms = Date.parse(raw)
  return Number.isNaN(ms) ? null : new Timestamp(ms)
}

/** A length of time from text such as `90s`; null when it is none. */
export function toSpan(raw: unknown): Span | null {
  if (raw instanceof Span) return raw
  if (typeof raw !== 'string') return null
  const ms = durationMs(raw)
  return ms === null ? null : new Span(ms)
}
