import { formatDuration } from '../../../kernel/duration.ts'
import { jsonType, nullable, scalar } from '../../types/field-type.ts'
import type { FieldType } from '../../types/field-type.ts'
import { boolType, durationType, numberType, stringType, timestampType } from './cel-type.ts'
import type { Frame } from './frame.ts'
import { toSpan, toTimestamp } from './read-value.ts'
import { EvaluationFailure, isList, isRecord, kindOf, Span, Timestamp } from './value.ts'
import type { Value } from './value.ts'

/** A function of the language. `on` lists what the first argument (the receiver of a method) may be. */
export interface CelFunction {
  readonly on: readonly string[]
  /** Types of the further arguments. */
  readonly parameters: readonly FieldType[]
  readonly result: FieldType
  /** Never given null as its first argument: what is absent yields `absent` instead. */
  readonly absent: Value
  readonly run: (frame: Frame, first: Value, second: Value) => Value
}

function textTest(test: (text: string, part: string) => boolean): CelFunction {
  return {
    on: ['string'],
    parameters: [stringType],
    result: boolType,
    absent: false,
    run: (frame, text, part) => {
      if (part === null) return false
      const whole = needText(text)
      frame.spend(1 + (whole.length >> 7))
      return test(whole, needText(part))
    },
  }
}

function textChange(change: (text: string) => string): CelFunction {
  return {
    on: ['string'],
    parameters: [],
    result: nullable(stringType),
    absent: null,
    run: (frame, text) => {
      const whole = needText(text)
      frame.spend(1 + (whole.length >> 7))
      return change(whole)
    },
  }
}

/** Parts of an instant, in UTC; of a length of time, its total in that unit (rounded down), as CEL has it. */
function timePart(ofTimestamp: (date: Date) => number, unitMs: number | null): CelFunction {
  return {
    on: unitMs === null ? ['timestamp'] : ['timestamp', 'duration'],
    parameters: [],
    result: nullable(numberType),
    absent: null,
    run: (_frame, time) => {
      if (time instanceof Span && unitMs !== null) return Math.trunc(time.ms / unitMs)
      if (time instanceof Timestamp) return ofTimestamp(new Date(time.ms))
      throw wrong('a time', time)
    },
  }
}

const size: CelFunction = {
  on: ['string', 'list', 'map'],
  parameters: [],
  result: numberType,
  absent: 0,
  run: (frame, value) => {
    if (typeof value === 'string') {
      frame.spend(1 + (value.length >> 7))
      // Code points, as CEL counts.
      return [...value].length
    }
    if (isList(value)) return value.length
    if (isRecord(value)) return Object.keys(value).length
    throw wrong('text, a list or a map', value)
  },
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
  ['getFullYear', timePart((date) => date.getUTCFullYear(), null)],
  ['getMonth', timePart((date) => date.getUTCMonth(), null)],
  ['getDate', timePart((date) => date.getUTCDate(), null)],
  ['getDayOfMonth', timePart((date) => date.getUTCDate() - 1, null)],
  ['getDayOfWeek', timePart((date) => date.getUTCDay(), null)],
  ['getHours', timePart((date) => date.getUTCHours(), 3_600_000)],
  ['getMinutes', timePart((date) => date.getUTCMinutes(), 60_000)],
  ['getSeconds', timePart((date) => date.getUTCSeconds(), 1_000)],
  ['getMilliseconds', timePart((date) => date.getUTCMilliseconds(), 1)],
])

const scalars = ['string', 'number', 'bool', 'timestamp', 'duration']

/** `name(x)` */
export const functions: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ['size', size],
  ['string', conversion(scalars, nullable(stringType), toText)],
  ['double', conversion(['string', 'number'], nullable(numberType), toNumber)],
  [
    'int',
    conversion(['string', 'number', 'timestamp'], nullable(scalar('int')), (value) =>
      value instanceof Timestamp ? Math.trunc(value.ms / 1000) : Math.trunc(toNumber(value) as number),
    ),
  ],
  ['bool', conversion(['string', 'bool'], nullable(boolType), toBool)],
  [
    'timestamp',
    conversion(
      ['string', 'timestamp'],
      nullable(timestampType),
      (value) => toTimestamp(value) ?? fail('timestamp', value),
    ),
  ],
  [
    'duration',
    conversion(
      ['string', 'duration'],
      nullable(durationType),
      (value) => toSpan(value) ?? fail('duration', value),
    ),
  ],
  [
    'dyn',
    conversion(
      ['string', 'number', 'bool', 'timestamp', 'duration', 'list', 'map', 'struct'],
      jsonType,
      (value) => value,
    ),
  ],
])

/** Known to CEL and announced, but not carried out by this version. */
export const notYet: ReadonlyMap<string, string> = new Map([
  [
    'matches',
    'Use contains, startsWith, endsWith or `in`; patterns come with an evaluator that runs them in linear time.',
  ],
  ['bind', 'Write the expression out.'],
  ['type', 'Types are declared: compare values.'],
  ['uint', 'Use double(x).'],
  ['bytes', 'Compare text.'],
  ['split', 'Use contains.'],
  ['replace', 'Use contains.'],
])

function conversion(on: readonly string[], result: FieldType, run: (value: Value) => Value): CelFunction {
  return { on, parameters: [], result, absent: null, run: (_frame, value) => run(value) }
}

function toText(value: Value): Value {
  if (value instanceof Timestamp) return new Date(value.ms).toISOString()
  if (value instanceof Span) return formatDuration(value.ms)
  if (typeof value === 'object') throw wrong('a single value', value)
  return String(value)
}

function toNumber(value: Value): Value {
  if (typeof value === 'number') return value
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  return Number.isFinite(read) ? read : fail('number', value)
}

function toBool(value: Value): Value {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  return fail('bool', value)
}

function needText(value: Value): string {
  if (typeof value === 'string') return value
  throw wrong('text', value)
}

function wrong(wanted: string, value: Value): EvaluationFailure {
  return new EvaluationFailure('NX-CONDITION-DATA', `Needs ${wanted} and got a ${kindOf(value)}`)
}

function fail(wanted: string, value: Value): never {
  const shown = typeof value === 'string' ? `'${value.slice(0, 40)}'` : `a ${kindOf(value)}`
  throw new EvaluationFailure('NX-CONDITION-DATA', `${shown} is not a ${wanted}`)
}
