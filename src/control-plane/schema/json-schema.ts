import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'

/** A JSON Schema, draft-07. */
export type JsonSchema = JsonObject

/** What editors read; the newest draft that yaml-language-server completes from. */
export const schemaDraft = 'http://json-schema.org/draft-07/schema#'

/** Rewrites every schema inside a schema, the innermost first. Values of `default`, `const`, `enum` and `examples` are data and left alone. */
export function mapSchemas(schema: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    value === undefined ? undefined : inside(key, value, change),
  ])
  return change(Object.fromEntries(entries))
}

const named = new Set(['properties', 'patternProperties', 'definitions', 'dependencies'])
const single = new Set(['not', 'if', 'then', 'else', 'additionalProperties', 'propertyNames', 'contains'])
const several = new Set(['anyOf', 'oneOf', 'allOf', 'items'])

function inside(key: string, value: JsonValue, change: (schema: JsonSchema) => JsonSchema): JsonValue {
  if (named.has(key) && isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        isJsonObject(inner) ? mapSchemas(inner, change) : inner,
      ]),
    )
  }
  if (Array.isArray(value) && several.has(key)) {
    return (value as readonly JsonValue[]).map((inner) =>
      isJsonObject(inner) ? mapSchemas(inner, change) : inner,
    )
  }
  return (single.has(key) || several.has(key)) && isJsonObject(value) ? mapSchemas(value, change) : value
}
