import { v5 } from 'uuid'
import { NxError } from '../../../kernel/errors.ts'
import { canonicalJson, isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { misfit } from './misfit.ts'

/** The most parts that `split` makes. */
const partsMax = 1_000
/** Names of `uuid5` without a namespace of their own. */
const ownNamespace = '0b1f7a52-6f0a-5c7d-9a3e-4d1c2b8e9f60'

/** A whole number; a fraction is refused rather than cut off. */
export function toInteger(value: JsonValue): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  if (typeof value === 'object' || !Number.isSafeInteger(number))
    throw misfit('A value that is not a whole number stands where one is needed')
  return number
}

export function toBase64(value: JsonValue): string {
  return Buffer.from(plainText(value)).toString('base64')
}

/** One text for equal values: keys sorted. */
export function toJson(value: JsonValue): string {
  return canonicalJson(value)
}

/** `2026-03-05` in UTC; with `iso` the whole moment. */
export function toDate(value: JsonValue, [form]: readonly string[]): string {
  const text = momentOf(value).toISOString()
  return form === 'iso' ? text : text.slice(0, 10)
}

export function toEpochMs(value: JsonValue): number {
  return momentOf(value).getTime()
}

/** Whole seconds since 1970. */
export function toEpoch(value: JsonValue): number {
  return Math.floor(toEpochMs(value) / 1_000)
}

/** RFC 3339 text, a day, or milliseconds since 1970. A day without a zone is that day in UTC; a time without one is nobody's. */
function momentOf(value: JsonValue): Date {
  const known =
    typeof value === 'number' ||
    (typeof value === 'string' &&
      /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/.test(value))
  const moment = new Date(known ? value : Number.NaN)
  const year = moment.getUTCFullYear()
  if (Number.isNaN(moment.getTime()) || year < 1 || year > 9_999 || !isDay(value))
    throw misfit('A value that is no moment (2026-03-05T12:00:00Z) stands where one is needed')
  return moment
}

/** February has no 30th; Date would make it a day of March. */
function isDay(value: JsonValue): boolean {
  if (typeof value !== 'string') return true
  const [year = 0, month = 0, day = 0] = value.slice(0, 10).split('-').map(Number)
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
}

/** `'a, b'` as `['a', 'b']`; empty parts are left out. */
export function toParts(value: JsonValue, [separator]: readonly string[]): readonly string[] {
  const parts = plainText(value)
    .split(separator === undefined || separator === '' ? ',' : separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length > partsMax) throw misfit(`A text has more than ${partsMax} parts`)
  return parts
}

/**
 * `{a: 1}` as `[{name: 'a', value: 1}]`; a list, and members whose names are numbers, without names. Nothing in it: undefined. For
 * parameters that some vendors take by name and others by place.
 */
export function toPairs(value: JsonValue): readonly JsonObject[] | undefined {
  if (typeof value !== 'object')
    throw misfit('A value that is no object or list stands where parameters are needed')
  const pairs = isJsonObject(value)
    ? Object.entries(value).map(([name, member]) => ({
        ...(/^\d+$/.test(name) ? {} : { name }),
        value: member ?? null,
      }))
    : ((value ?? []) as readonly JsonValue[]).map((member) => ({ value: member }))
  return pairs.length === 0 ? undefined : pairs
}

/** Parameters as they are, refused when one has no value or (but for `filled:known`) a blank one: what a vendor makes of that differs. */
export function toFilled(value: JsonValue, [want]: readonly string[]): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  for (const [name, member = null] of Object.entries(value) as [string, JsonValue?][]) {
    const blank = want !== 'known' && typeof member === 'string' && toLine(member) === ''
    if (member !== null && !blank) continue
    const place = Array.isArray(value) ? Number(name) + 1 : /^\d+$/.test(name) ? name : `'${name}'`
    throw misfit(`The parameter ${place} is empty`)
  }
  return value
}

/** Text on one line: breaks, tabs, control characters and runs of spaces become one space, none at its ends. */
export function toLine(value: JsonValue): string {
  return plainText(value)
    .replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
}

/** Money in its smallest unit: `12.34` is 1234. Read as decimal digits, so nothing is rounded; more than two of them are refused. */
export function toCents(value: JsonValue): number {
  const found = /^(-?)(\d{1,13})(?:\.(\d{1,2}))?$/.exec(plainText(value).trim())
  if (found === null) throw misfit('A value that is not an amount like 12.34 stands where money is needed')
  const [, sign, whole = '0', fraction = ''] = found
  const cents = Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
  return sign === '-' && cents !== 0 ? -cents : cents
}

/** The UUID that always stands for a text (version 5), in a namespace of one's own or the given one. */
export function toUuid5(value: JsonValue, [namespace]: readonly string[]): string {
  try {
    return v5(plainText(value), namespace === undefined || namespace === '' ? ownNamespace : namespace)
  } catch (error) {
    throw error instanceof NxError ? error : misfit('The namespace of uuid5 is no UUID')
  }
}

/** Throws NX-CONNECTOR-INPUT (invalid) for lists and objects. */
export function plainText(value: JsonValue): string {
  if (typeof value === 'object' && value !== null)
    throw misfit('A list or object stands where text is needed')
  return String(value)
}
