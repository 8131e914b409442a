import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { FieldHelp } from '../documents/document-kind.ts'
import type { JsonSchema } from './json-schema.ts'

/** Describes every field whose schema says nothing itself and for which there is help. */
export function withFieldHelp(schema: JsonSchema, help: FieldHelp): JsonSchema {
  return explained(schema, '', help)
}

function explained(schema: JsonSchema, path: string, help: FieldHelp): JsonSchema {
  const changed: Record<string, JsonValue | undefined> = { ...schema }
  if (isJsonObject(schema.properties)) {
    changed.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => {
        const at = path === '' ? name : `${path}.${name}`
        return [name, isJsonObject(field) ? described(explained(field, at, help), at, help) : field]
      }),
    )
  }
  for (const key of ['anyOf', 'allOf'] as const) {
    const members = schema[key]
    if (!Array.isArray(members)) continue
    changed[key] = members.map((one: JsonValue) => (isJsonObject(one) ? explained(one, path, help) : one))
  }
  for (const [key, mark] of [
    ['items', '[]'],
    ['additionalProperties', '{}'],
  ] as const) {
    const inner = schema[key]
    if (isJsonObject(inner)) changed[key] = explained(inner, `${path}${mark}`, help)
  }
  return changed
}

function described(field: JsonSchema, path: string, help: FieldHelp): JsonSchema {
  if (field.description !== undefined) return field
  const description = helpFor(path, help)
  return description === null ? field : { description, ...field }
}

/** The longest entry that the path ends with, at the beginning of a name. */
export function helpFor(path: string, help: FieldHelp): string | null {
  for (let rest = path; rest !== ''; rest = withoutFirst(rest)) {
    if (Object.hasOwn(help, rest)) return help[rest] ?? null
  }
  return null
}

function withoutFirst(path: string): string {
  const dot = path.indexOf('.')
  return dot < 0 ? '' : path.slice(dot + 1)
}
