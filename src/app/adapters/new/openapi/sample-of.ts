import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject, JsonPrimitive, JsonValue } from '../../../../kernel/json.ts'
import type { OpenapiFile } from './openapi-file.ts'

const depthMax = 5

/** A schema with its reference followed, `allOf` and the first of `oneOf` or `anyOf` put together; {} when nothing is known. */
export function plainSchema(file: OpenapiFile, value: JsonValue | undefined, depth = 0): JsonObject {
  file.spend()
  const schema = file.resolved(value)
  if (schema === null || depth > depthMax) return {}
  const { allOf, oneOf, anyOf, ...own } = schema
  const parts = listOf(allOf).map((part) => plainSchema(file, part, depth + 1))
  for (const choice of [listOf(oneOf), listOf(anyOf)]) {
    const one = choice.map((part) => plainSchema(file, part, depth + 1)).find(({ type }) => type !== 'null')
    if (one !== undefined) parts.push(one)
  }
  if (parts.length === 0) return own
  const all = [own, ...parts]
  const properties = all.flatMap((one) =>
    isJsonObject(one['properties']) ? Object.entries(one['properties']) : [],
  )
  const required = all.flatMap((one) => listOf(one['required']))
  return {
    ...Object.fromEntries(all.toReversed().flatMap((one) => Object.entries(one))),
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...(required.length === 0 ? {} : { required }),
  }
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}

/** The one value that a schema allows; undefined when there are several, or when it would be read as a template. */
export function onlyValue(schema: JsonObject): JsonPrimitive | undefined {
  const { const: constant, enum: values } = schema
  const only =
    constant ?? (Array.isArray(values) && values.length === 1 ? (values[0] as JsonValue) : undefined)
  if (only === undefined || only === null || typeof only === 'object') return undefined
  return typeof only === 'string' && /\{\{|\}\}/.test(only) ? undefined : only
}

/** A value that a schema allows, made up: examples of vendors may hold whatever. Never empty, for what is empty is not sent. */
export function sampleOf(file: OpenapiFile, value: JsonValue | undefined, depth = 0): JsonValue {
  const schema = plainSchema(file, value)
  const [first] = [schema['const'], ...listOf(schema['enum'])].filter(
    (one) => one !== undefined && one !== null,
  )
  if (first !== undefined) return first
  switch (typeOf(schema)) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? Math.ceil(schema['minimum']) + 1 : 1
    case 'boolean':
      return true
    case 'array':
      return depth > depthMax ? ['one'] : [sampleOf(file, schema['items'], depth + 1)]
    case 'object': {
      const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : []
      const required = listOf(schema['required'])
      const named = properties
        .filter(([name]) => required.length === 0 || required.includes(name))
        .slice(0, 5)
      if (named.length === 0 || depth > depthMax) return { key: 'value' }
      return Object.fromEntries(named.map(([name, one]) => [name, sampleOf(file, one, depth + 1)]))
    }
    default:
      return sampleText(schema['format'])
  }
}

/** `type` may be a list with null among it, or be left out where properties or items say it. */
export function typeOf({ type, properties, items }: JsonObject): string {
  const named = listOf(type).find((one) => one !== 'null') ?? type
  if (typeof named === 'string') return named
  return properties !== undefined ? 'object' : items !== undefined ? 'array' : 'string'
}

function sampleText(format: JsonValue | undefined): string {
  switch (format) {
    case 'email':
      return 'ada@example.com'
    case 'date-time':
      return '2026-03-05T16:30:00Z'
    case 'date':
      return '2026-03-05'
    case 'uri':
    case 'url':
      return 'https://example.com/ada'
    case 'uuid':
      return '3fa85f64-5717-4562-b3fc-2c963f66afa6'
    default:
      return 'Ada'
  }
}
