import { parseDuration } from '../../kernel/duration.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { FieldType } from './field-type.ts'
import { typeText } from './field-type.ts'

/** More are not reported: one wrong producer must not fill a log line. */
export const valueProblemsMax = 10

/**
 * What is wrong with a value of a declared type: one sentence per place, empty when it fits. Absent is always right (it
 * reads as the default, the zero or null); null is right only where `?` allows it. Members that are not declared are left alone.
 */
export function checkValue(type: FieldType, value: JsonValue | undefined, path: string): readonly string[] {
  const problems: string[] = []
  check(type, value, path, problems)
  return problems
}

function check(type: FieldType, value: JsonValue | undefined, path: string, problems: string[]): void {
  if (value === undefined || type.kind === 'json' || problems.length >= valueProblemsMax) return
  if (value === null) {
    if (!type.nullable) problems.push(`${path} must be a ${typeText(type)}, not null`)
    return
  }
  if (!fits(type, value)) {
    const hint = type.kind === 'timestamp' && isWithoutOffset(value) ? ': write its offset, Z or +04:00' : ''
    problems.push(`${path} must be a ${typeText(type)}, not ${described(value)}${hint}`)
    return
  }
  if (type.kind === 'struct' && isJsonObject(value)) {
    for (const [name, field] of type.fields) {
      if (Object.hasOwn(value, name))
        check(field, value[name], path === '' ? name : `${path}.${name}`, problems)
    }
  } else if (type.kind === 'list' && Array.isArray(value)) {
    for (const [index, item] of (value as readonly JsonValue[]).entries())
      check(type.of, item, `${path}[${index}]`, problems)
  } else if (type.kind === 'map' && isJsonObject(value)) {
    for (const key of Object.keys(value)) check(type.of, value[key], `${path}.${key}`, problems)
  }
}

function fits(type: FieldType, value: JsonValue): boolean {
  switch (type.kind) {
    case 'string':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'int':
      return Number.isSafeInteger(value)
    case 'bool':
      return typeof value === 'boolean'
    case 'timestamp':
      return typeof value === 'string' && isTimestampText(value)
    case 'duration':
      return typeof value === 'string' && durationMs(value) !== null
    case 'list':
      return Array.isArray(value)
    case 'map':
    case 'struct':
      return isJsonObject(value)
    case 'json':
      return true
  }
}

function described(value: JsonValue): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  const text = JSON.stringify(value)
  return `the ${typeof value} ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`
}

const timestampPattern = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?$/

/** RFC 3339, or a date alone (its midnight, UTC). A time of day without an offset is none: it would be the zone of the host. */
export function isTimestampText(text: string): boolean {
  return timestampPattern.test(text) && !Number.isNaN(Date.parse(text))
}

function isWithoutOffset(value: JsonValue): boolean {
  return typeof value === 'string' && isTimestampText(`${value}Z`)
}

/** Milliseconds of `90s`, null when it is no duration. */
export function durationMs(text: string): number | null {
  try {
    return parseDuration(text)
  } catch {
    return null
  }
}
