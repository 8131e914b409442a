import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { FieldHelp } from '../documents/document-kind.ts'
import type { JsonSchema } from './json-schema.ts'

/**
 * Describes every field whose schema says nothing itself and for which there is help. Definitions (steps, which hold steps) are
 * described as what they are where they are first referred to.
 */
export function withFieldHelp(schema: JsonSchema, help: FieldHelp): JsonSchema {
  const { definitions, ...rest } = schema
  if (!isJsonObject(definitions)) return explained(rest, '', help, () => {})
  const found = new Map<string, JsonValue | undefined>(Object.entries(definitions))
  const seen = new Set<string>()
  const refer = (name: string, path: string): void => {
    const definition = found.get(name)
    if (seen.has(name) || !isJsonObject(definition)) return
    seen.add(name)
    found.set(name, explained(definition, path, help, refer))
  }
  const whole = explained(rest, '', help, refer)
  return { ...whole, definitions: Object.fromEntries(found) }
}

/** `refer`: is told of every definition that is referred to, and where. */
function explained(
  schema: JsonSchema,
  path: string,
  help: FieldHelp,
  refer: (definition: string, path: string) => void,
): JsonSchema {
  const changed: Record<string, JsonValue | undefined> = { ...schema }
  if (typeof schema.$ref === 'string') refer(schema.$ref.replace('#/definitions/', ''), path)
  if (isJsonObject(schema.properties)) {
    changed.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => {
        const at = path === '' ? name : `${path}.${name}`
        return [name, isJsonObject(field) ? described(explained(field, at, help, refer), at, help) : field]
      }),
    )
  }
  for (const key of ['anyOf', 'allOf'] as const) {
    const members = schema[key]
    if (!Array.isArray(members)) continue
    changed[key] = members.map((one: JsonValue) =>
      isJsonObject(one) ? explained(one, path, help, refer) : one,
    )
  }
  for (const [key, mark] of [
    ['items', '[]'],
    ['additionalProperties', '{}'],
  ] as const) {
    const inner = schema[key]
    if (isJsonObject(inner)) changed[key] = explained(inner, `${path}${mark}`, help, refer)
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
