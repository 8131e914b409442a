import { durationMs } from '../../types/check-value.ts'
import type { FieldType } from '../../types/field-type.ts'
import { zeroValue } from '../../types/zero-value.ts'
import { toSpan, toTimestamp } from './time-text.ts'
import { Failure, isList, isRecord, kindOf, Span, Timestamp } from './value.ts'
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
  return (raw) => {
    if (raw === undefined || raw === null) return absent
    return raw instanceof Failure ? raw : read(raw as Value)
  }
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

function mismatch(type: FieldType, path: string, raw: Value): Failure {
  return new Failure(`${path} should hold a ${type.kind} and holds a ${kindOf(raw)}`)
}
