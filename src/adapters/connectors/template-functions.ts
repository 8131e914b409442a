import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { misfit } from './templates/misfit.ts'
import {
  plainText,
  toBase64,
  toCents,
  toDate,
  toEpoch,
  toEpochMs,
  toFilled,
  toInteger,
  toJson,
  toLine,
  toPairs,
  toParts,
  toUuid5,
} from './templates/value-functions.ts'

/** Named value tables of a connector: `{{ input.channel | map:messageType }}`. */
export type ValueTables = Readonly<Record<string, Readonly<Record<string, JsonValue>>>>

/** A pure function of templates. `undefined` in gives `undefined` out, except for `default`. */
export type TemplateFunction = (
  value: JsonValue,
  args: readonly string[],
  tables: ValueTables,
) => JsonValue | undefined

/** What templates may call: few, total, without loops. `default` is handled by the template itself. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  lower: (value) => plainText(value).toLowerCase(),
  upper: (value) => plainText(value).toUpperCase(),
  trim: (value) => plainText(value).trim(),
  string: (value) => plainText(value),
  number: (value) => toNumber(value),
  boolean: (value) => value !== false && value !== null && value !== '' && value !== 0 && value !== 'false',
  list: (value) => (Array.isArray(value) ? value : [value]),
  join: (value, [separator]) =>
    Array.isArray(value) ? value.map((item) => plainText(item as JsonValue)).join(separator ?? ',') : value,
  e164: (value) => phone(plainText(value)),
  if_phone: (value) => (kindOfAddress(plainText(value)) === 'phone' ? value : undefined),
  if_email: (value) => (kindOfAddress(plainText(value)) === 'email' ? value : undefined),
  map: (value, [table], tables) => mapped(value, table ?? '', tables),
  int: (value) => toInteger(value),
  base64: (value) => toBase64(value),
  json: (value) => toJson(value),
  date: (value, args) => toDate(value, args),
  epoch: (value) => toEpoch(value),
  epoch_ms: (value) => toEpochMs(value),
  split: (value, args) => toParts(value, args),
  cents: (value) => toCents(value),
  uuid5: (value, args) => toUuid5(value, args),
  escape: (value) =>
    plainText(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  pairs: (value) => toPairs(value),
  filled: (value, args) => toFilled(value, args),
  one_line: (value) => toLine(value),
  entries: (value, [key, member]) => entries(value, key ?? 'id', member ?? 'value'),
}

function toNumber(value: JsonValue): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  if (!Number.isFinite(number)) throw misfit('A value that is not a number stands where a number is needed')
  return number
}

/** Digits with a leading +; undefined when there are none, so that the field is left out rather than emptied. */
function phone(value: string): string | undefined {
  const digits = value.replaceAll(/\D/g, '')
  return digits === '' ? undefined : `+${digits}`
}

/** Where a message goes may be a number or a mail address; what is neither must not be dropped unsaid. */
function kindOfAddress(value: string): 'phone' | 'email' {
  if (/^[^\s@]+@[^\s@]+$/.test(value)) return 'email'
  if (/^\+?[\d\s().-]{5,}$/.test(value)) return 'phone'
  throw misfit('`to` is neither a phone number nor a mail address')
}

function mapped(value: JsonValue, table: string, tables: ValueTables): JsonValue {
  const values = tables[table] ?? {}
  const key = plainText(value)
  const found = Object.hasOwn(values, key) ? values[key] : undefined
  if (found === undefined) throw misfit(`The value is none of ${Object.keys(values).join(', ')}`)
  return found
}

/** `[{id: 'a', value: 1}]` as `{a: 1}`; items without the key are kept under their index. */
function entries(value: JsonValue, key: string, member: string): JsonObject | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  return Object.fromEntries(
    (value as readonly JsonValue[]).map((item, index) => {
      if (!isJsonObject(item)) return [String(index), item]
      const name = item[key]
      return [typeof name === 'string' && name !== '__proto__' ? name : String(index), item[member] ?? null]
    }),
  )
}
