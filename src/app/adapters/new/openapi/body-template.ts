import { NxError } from '../../../../kernel/errors.ts'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import { InputNames } from './input-names.ts'
import type { OpenapiFile } from './openapi-file.ts'
import { listOf, onlyValue, plainSchema, sampleOf, typeOf } from './sample-of.ts'

/** Fields of a request: how they are made of an input, and an example of both sides of it. */
export interface Fields {
  readonly template: JsonObject
  /** What stands under `with:`. */
  readonly input: JsonObject
  /** What is then asked of the system. */
  readonly expected: JsonObject
  /** `input.name`, all of them. */
  readonly requires: readonly string[]
  /** Names of further fields, which nobody has to give. */
  readonly optional: readonly string[]
}

const depthMax = 4

/**
 * The required fields of a body, one input each; nested objects stay nested. Where nothing is required, all of the first level. Throws
 * NX-OPENAPI-UNSUPPORTED (invalid) for names that would be read as directives of a template.
 */
export function bodyFields(file: OpenapiFile, schema: JsonValue | undefined, names: InputNames): Fields {
  return fieldsOf(file, plainSchema(file, schema), names, 'input', 0)
}

function fieldsOf(
  file: OpenapiFile,
  schema: JsonObject,
  names: InputNames,
  above: string,
  depth: number,
): Fields {
  const required = listOf(schema['required'])
  const known = isJsonObject(schema['properties']) ? schema['properties'] : {}
  // What is required and nowhere described may be anything.
  const undescribed = [...new Set(required)].filter(
    (name): name is string => typeof name === 'string' && !Object.hasOwn(known, name),
  )
  const properties = [
    ...Object.entries(known).filter(([, one]) => plainSchema(file, one)['readOnly'] !== true),
    ...undescribed.map((name): [string, JsonValue] => [name, {}]),
  ]
  const must = properties.filter(([name]) => required.includes(name))
  const chosen = must.length === 0 && depth === 0 ? properties.slice(0, 20) : must
  const parts = chosen.map(([name, one]) => {
    if (name.startsWith('$') || name.includes('{{') || name === '__proto__')
      throw unsupported(`The field ${name} of the body`)
    return { name, field: fieldOf(file, one, { name, names, above, depth, isRequired: must.length > 0 }) }
  })
  const members = (of: (field: Field) => JsonValue | undefined, by: (name: string, field: Field) => string) =>
    Object.fromEntries(
      parts.flatMap(({ name, field }) => {
        const value = of(field)
        return value === undefined ? [] : [[by(name, field), value] as const]
      }),
    )
  return {
    template: members(
      ({ template }) => template,
      (name) => name,
    ),
    input: members(
      ({ input }) => input,
      (_name, { inputName }) => inputName,
    ),
    expected: members(
      ({ expected }) => expected,
      (name) => name,
    ),
    requires: parts.flatMap(({ field }) => field.requires),
    optional: properties.map(([name]) => name).filter((name) => !chosen.some(([one]) => one === name)),
  }
}

interface Field {
  readonly inputName: string
  readonly template: JsonValue
  /** undefined: it needs none. */
  readonly input: JsonValue | undefined
  readonly expected: JsonValue
  readonly requires: readonly string[]
}

function fieldOf(
  file: OpenapiFile,
  value: JsonValue | undefined,
  at: {
    readonly name: string
    readonly names: InputNames
    readonly above: string
    readonly depth: number
    readonly isRequired: boolean
  },
): Field {
  const schema = plainSchema(file, value)
  const only = onlyValue(schema)
  if (only !== undefined)
    return { inputName: '', template: only, input: undefined, expected: only, requires: [] }
  const inputName = at.names.take(at.name, 'body')
  const path = `${at.above}.${inputName}`
  if (typeOf(schema) === 'object' && at.depth < depthMax && listOf(schema['required']).length > 0) {
    const { template, input, expected, requires } = fieldsOf(
      file,
      schema,
      new InputNames(),
      path,
      at.depth + 1,
    )
    if (Object.keys(template).length > 0) return { inputName, template, input, expected, requires }
  }
  const sample = sampleOf(file, schema)
  return {
    inputName,
    template: `{{ ${path} }}`,
    input: sample,
    expected: sample,
    requires: at.isRequired ? [path] : [],
  }
}

export function unsupported(what: string): NxError {
  return new NxError('invalid', 'NX-OPENAPI-UNSUPPORTED', `${what} cannot be made into an operation`, {
    fix: 'Make the integration without this operation (or without --from), and write it by hand: docs/connectors.md.',
  })
}
