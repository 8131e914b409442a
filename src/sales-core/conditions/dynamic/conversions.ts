import { int64, uint64 } from '../values/numeric.ts'
import { celSpan, spanText, strictTimestamp, timestampText } from '../values/time-text.ts'
import { timestampOf } from '../values/time-sums.ts'
import { wrong } from '../functions/functions.ts'
import { Bytes, Failure, isList, Span, Timestamp, TypeName, Uint } from '../values/value.ts'
import type { Value } from '../values/value.ts'

/** The types that plain CEL knows by name. */
export const typeNames: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
])

const bools: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  false: false,
  FALSE: false,
  False: false,
}

/** Plain CEL's conversions, by name; given no failure. */
export const conversions: ReadonlyMap<string, (value: Value) => Value> = new Map<
  string,
  (value: Value) => Value
>([
  ['dyn', (value) => value],
  ['type', (value) => new TypeName(typeNameOf(value))],
  ['bool', toBool],
  [
    'bytes',
    (value) =>
      typeof value === 'string' ? new Bytes(new TextEncoder().encode(value)) : onlyIf(Bytes, value),
  ],
  ['double', toDouble],
  [
    'duration',
    (value) => (typeof value === 'string' ? (celSpan(value) ?? unreadable(value)) : onlyIf(Span, value)),
  ],
  ['int', toInt],
  ['string', toText],
  ['timestamp', toInstant],
  ['uint', toUint],
])

function typeNameOf(value: Value): string {
  if (value === null) return 'null_type'
  if (isList(value)) return 'list'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'string') return 'string'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Bytes) return 'bytes'
  if (value instanceof TypeName) return 'type'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  return value instanceof Span ? 'google.protobuf.Duration' : 'map'
}

function onlyIf(kind: typeof Bytes | typeof Span, value: Value): Value {
  return value instanceof kind ? value : wrong('another value', value)
}

function unreadable(text: string): Failure {
  return new Failure(`'${text.slice(0, 40)}' cannot be converted`)
}

function toBool(value: Value): Value {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return wrong('text', value)
  return Object.hasOwn(bools, value) ? (bools[value] as boolean) : unreadable(value)
}

function toDouble(value: Value): Value {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint) return Number(value.value)
  if (typeof value !== 'string') return wrong('a number or text', value)
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) return Number(value)
  return /^NaN$/i.test(value) ? Number.NaN : unreadable(value)
}

function toInt(value: Value): Value {
  if (typeof value === 'bigint') return value
  if (value instanceof Uint) return int64(value.value)
  if (value instanceof Timestamp) return BigInt(Math.floor(value.ms / 1000))
  if (typeof value === 'number')
    // The bounds themselves are not: next to them doubles are a thousand apart.
    return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : new Failure('The number is no int')
  if (typeof value !== 'string') return wrong('a number or text', value)
  return /^-?\d{1,20}$/.test(value) ? int64(BigInt(value)) : unreadable(value)
}

function toUint(value: Value): Value {
  if (value instanceof Uint) return value
  if (typeof value === 'bigint') return uint64(value)
  if (typeof value === 'number')
    return value > -1 && value < 2 ** 64
      ? uint64(BigInt(Math.trunc(value)))
      : new Failure('The number is no uint')
  if (typeof value !== 'string') return wrong('a number or text', value)
  return /^\d{1,20}$/.test(value) ? uint64(BigInt(value)) : unreadable(value)
}

function toInstant(value: Value): Value {
  if (value instanceof Timestamp) return value
  if (typeof value === 'bigint') return timestampOf(Number(value) * 1000, 0)
  if (typeof value !== 'string') return wrong('a time', value)
  return strictTimestamp(value) ?? unreadable(value)
}

function toText(value: Value): Value {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number')
    return String(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Timestamp) return timestampText(value)
  if (value instanceof Span) return spanText(value)
  if (!(value instanceof Bytes)) return wrong('a single value', value)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value.bytes)
  } catch {
    return new Failure('The bytes are no UTF-8')
  }
}
