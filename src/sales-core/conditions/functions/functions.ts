import { formatDuration } from '../../../kernel/duration.ts'
import { jsonType, nullable, scalar } from '../../types/field-type.ts'
import type { FieldType } from '../../types/field-type.ts'
import { isSpanPart, timePart, timePartNames } from '../values/time-parts.ts'
import { celSpan, strictTimestamp, toSpan, toTimestamp } from '../values/time-text.ts'
import { spanOf } from '../values/time-sums.ts'
import { Bytes, Failure, isList, isRecord, KeyedMap, kindOf, Span, Timestamp } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import { boolType, durationType, numberType, stringType, timestampType } from '../cel/cel-type.ts'
import type { Frame } from '../cel/frame.ts'

/** A function of the language. `on` lists what the first argument (the receiver of a method) may be. */
export interface CelFunction {
  readonly on: readonly string[]
  /** Types of the further arguments. */
  readonly parameters: readonly FieldType[]
  /** How many of them must be there. */
  readonly required: number
  readonly result: FieldType
  /** Never given null or a failure as its first argument: what is absent yields `absent` instead. */
  readonly absent: Value
  /** `second` is null when it is absent or not given. */
  readonly run: (frame: Frame, first: Value, second: Value) => Value
}

function textTest(test: (text: string, part: string) => boolean): CelFunction {
  return {
    on: ['string'],
    parameters: [stringType],
    required: 1,
    result: boolType,
    absent: false,
    run: (frame, text, part) => {
      if (part === null) return false
      if (typeof text !== 'string' || typeof part !== 'string')
        return wrong('text', typeof text === 'string' ? part : text)
      frame.spend(1 + (text.length >> 7))
      return test(text, part)
    },
  }
}

function textChange(change: (text: string) => string): CelFunction {
  return {
    on: ['string'],
    parameters: [],
    required: 0,
    result: nullable(stringType),
    absent: null,
    run: (frame, text) => {
      if (typeof text !== 'string') return wrong('text', text)
      frame.spend(1 + (text.length >> 7))
      frame.grow(text.length)
      return change(text)
    },
  }
}

/** Parts of an instant, in UTC or in a zone; of a length of time, its total in that unit (rounded down), as CEL has it. */
function timePartOf(name: string): CelFunction {
  return {
    on: isSpanPart(name) ? ['timestamp', 'duration'] : ['timestamp'],
    parameters: [stringType],
    required: 0,
    result: nullable(numberType),
    absent: null,
    run: (frame, time, zone) => {
      if (zone !== null && typeof zone !== 'string') return wrong('the name of a time zone', zone)
      if (zone === null) frame.spend(1)
      else frame.spendZone(zone)
      return timePart(name, time, zone)
    },
  }
}

/** How many code points, bytes, elements or keys. */
const size: CelFunction = {
  on: ['string', 'list', 'map'],
  parameters: [],
  required: 0,
  result: numberType,
  absent: 0,
  run: (frame, value) => {
    if (typeof value === 'string') {
      frame.spend(1 + (value.length >> 5))
      return codePoints(value)
    }
    if (isList(value)) return value.length
    if (value instanceof KeyedMap) return value.entries.size
    if (value instanceof Bytes) return value.bytes.length
    if (!isRecord(value)) return wrong('text, a list or a map', value)
    const keys = Object.keys(value)
    frame.spend(1 + (keys.length >> 5))
    return keys.length
  },
}

function codePoints(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    const isPair = unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
    if (isPair) at += 1
    count += 1
  }
  return count
}

/** `x.name(…)` */
export const methods: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ['contains', textTest((text, part) => text.includes(part))],
  ['startsWith', textTest((text, part) => text.startsWith(part))],
  ['endsWith', textTest((text, part) => text.endsWith(part))],
  ['lower', textChange((text) => text.toLowerCase())],
  ['lowerAscii', textChange((text) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()))],
  ['upper', textChange((text) => text.toUpperCase())],
  ['upperAscii', textChange((text) => text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase()))],
  ['trim', textChange((text) => text.trim())],
  ['size', size],
  ...timePartNames.map((name) => [name, timePartOf(name)] as const),
])

const scalars = ['string', 'number', 'bool', 'timestamp', 'duration']

/** `name(x)` */
export const functions: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ['size', size],
  ...['lower', 'upper', 'trim'].map((name) => [name, methods.get(name) as CelFunction] as const),
  ['days', spanIn(86_400_000)],
  ['hours', spanIn(3_600_000)],
  ['minutes', spanIn(60_000)],
  ['string', conversion(scalars, nullable(stringType), toText)],
  ['double', conversion(['string', 'number'], nullable(numberType), toNumber)],
  ['int', conversion(['string', 'number', 'timestamp'], nullable(scalar('int')), toInt)],
  ['bool', conversion(['string', 'bool'], nullable(boolType), toBool)],
  [
    'timestamp',
    conversion(['string', 'timestamp'], nullable(timestampType), (value) =>
      typeof value === 'string'
        ? (strictTimestamp(value) ?? toTimestamp(value) ?? fail('timestamp', value))
        : (toTimestamp(value) ?? fail('timestamp', value)),
    ),
  ],
  [
    'duration',
    conversion(['string', 'duration'], nullable(durationType), (value) =>
      typeof value === 'string'
        ? (toSpan(value) ?? celSpan(value) ?? fail('duration', value))
        : (toSpan(value) ?? fail('duration', value)),
    ),
  ],
  ['dyn', conversion([...scalars, 'list', 'map', 'struct'], jsonType, (value) => value)],
])

/** Plain CEL has them, conditions do not: what to write instead. */
export const notOffered: ReadonlyMap<string, string> = new Map([
  ['bind', 'Write the expression out.'],
  ['type', 'Types are declared: compare values.'],
  ['uint', 'Use double(x).'],
  ['bytes', 'Compare text.'],
  ['split', 'Use contains.'],
  ['replace', 'Use contains.'],
])

/** `days(3)`: a length of time. */
function spanIn(unitMs: number): CelFunction {
  return conversion(['number'], nullable(durationType), (value) =>
    typeof value === 'number' ? spanOf(Math.round(value * unitMs), 0) : wrong('a number', value),
  )
}

function conversion(on: readonly string[], result: FieldType, run: (value: Value) => Value): CelFunction {
  return { on, parameters: [], required: 0, result, absent: null, run: (_frame, value) => run(value) }
}

function toText(value: Value): Value {
  if (value instanceof Timestamp) return new Date(value.ms).toISOString()
  if (value instanceof Span) return `${value.ms < 0 ? '-' : ''}${formatDuration(Math.abs(value.ms))}`
  return typeof value === 'object' ? wrong('a single value', value) : String(value)
}

function toNumber(value: Value): Value {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return wrong('a number or text', value)
  const read = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(read) ? read : fail('number', value)
}

function toInt(value: Value): Value {
  if (value instanceof Timestamp) return Math.floor(value.ms / 1000)
  const read = toNumber(value)
  return typeof read === 'number' ? Math.trunc(read) : read
}

function toBool(value: Value): Value {
  if (typeof value === 'boolean') return value
  return value === 'true' || value === 'false' ? value === 'true' : fail('bool', value)
}

/** The failure of a function that was given something else. */
export function wrong(wanted: string, value: Value): Failure {
  return new Failure(`Needs ${wanted} and got a ${kindOf(value)}`)
}

function fail(wanted: string, value: Value): Failure {
  const shown = typeof value === 'string' ? `'${value.slice(0, 40)}'` : `a ${kindOf(value)}`
  return new Failure(`${shown} is not a ${wanted}`)
}
