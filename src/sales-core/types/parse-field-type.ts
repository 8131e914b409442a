import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { FieldType, ScalarKind, StructType } from './field-type.ts'
import { checkValue } from './check-value.ts'

/** What is wrong with a declaration, and where below the `fields` mapping. */
export interface TypeProblem {
  readonly path: readonly string[]
  readonly message: string
  readonly fix: string
}

export const fieldsMax = 500
export const fieldDepthMax = 6

const scalars: ReadonlySet<string> = new Set<ScalarKind>([
  'string',
  'number',
  'int',
  'bool',
  'timestamp',
  'duration',
  'json',
])
const fieldNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/
// Names that mean something to the language the values are held in, or to conditions.
const reserved: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'in',
  'true',
  'false',
  'null',
])
const typesHint =
  'Types: string number int bool timestamp duration json list<T> map<T>, a nested mapping; `?` may be absent; `number = 0` a default.'

/**
 * Reads a `fields:` mapping: `{ score: number, country: string?, consent: { sms: bool? } }`. Every problem is reported; a field
 * that cannot be read is taken as json so that what uses it is still checked.
 */
export function parseFields(fields: JsonObject): { type: StructType; problems: readonly TypeProblem[] } {
  const problems: TypeProblem[] = []
  const type = structFrom(fields, [], problems)
  return { type, problems }
}

function structFrom(fields: JsonObject, path: readonly string[], problems: TypeProblem[]): StructType {
  const known = new Map<string, FieldType>()
  if (path.length >= fieldDepthMax) {
    problems.push({
      path,
      message: `Fields are nested deeper than ${fieldDepthMax}`,
      fix: 'Use json for what lies deeper.',
    })
    return { kind: 'struct', nullable: false, fields: known }
  }
  if (Object.keys(fields).length > fieldsMax) {
    problems.push({
      path,
      message: `More than ${fieldsMax} fields`,
      fix: 'Declare only the fields that rules use.',
    })
  }
  for (const [name, declared] of Object.entries(fields)) {
    const at = [...path, name]
    if (!fieldNamePattern.test(name) || reserved.has(name)) {
      problems.push({
        path: at,
        message: `'${name}' cannot be the name of a field`,
        fix: 'Use letters, digits and underscores, starting with a letter; words of the condition language are taken.',
      })
      continue
    }
    known.set(name, fieldFrom(declared, at, problems))
  }
  return { kind: 'struct', nullable: false, fields: known }
}

function fieldFrom(
  declared: JsonValue | undefined,
  path: readonly string[],
  problems: TypeProblem[],
): FieldType {
  if (isJsonObject(declared)) return structFrom(declared, path, problems)
  const parsed = typeof declared === 'string' ? parseFieldType(declared) : null
  if (parsed === null) {
    problems.push({ path, message: `${JSON.stringify(declared)} is not a field type`, fix: typesHint })
    return { kind: 'json', nullable: true }
  }
  if ('problem' in parsed) {
    problems.push({ path, message: parsed.problem, fix: typesHint })
    return { kind: 'json', nullable: true }
  }
  return parsed
}

/** Reads one type: `string`, `number?`, `list<string>`, `number = 0`. */
export function parseFieldType(text: string): FieldType | { readonly problem: string } {
  const equals = text.indexOf('=')
  const type = parseBare((equals < 0 ? text : text.slice(0, equals)).trim(), 0)
  if (type === null) return { problem: `'${text}' is not a field type` }
  if (equals < 0) return type
  return withDefault(type, text.slice(equals + 1).trim())
}

function parseBare(text: string, depth: number): FieldType | null {
  const isNullable = text.endsWith('?')
  const bare = isNullable ? text.slice(0, -1).trim() : text
  if (scalars.has(bare)) return { kind: bare as ScalarKind, nullable: isNullable || bare === 'json' }
  const collection = /^(list|map)<(.+)>$/.exec(bare)
  if (collection === null || depth >= fieldDepthMax) return null
  const of = parseBare((collection[2] ?? '').trim(), depth + 1)
  return of === null ? null : { kind: collection[1] as 'list' | 'map', nullable: isNullable, of }
}

function withDefault(type: FieldType, text: string): FieldType | { readonly problem: string } {
  let value: JsonValue
  try {
    value =
      type.kind === 'string' || type.kind === 'timestamp' || type.kind === 'duration'
        ? unquoted(text)
        : (JSON.parse(text) as JsonValue)
  } catch {
    return { problem: `The default '${text}' is not a ${type.kind}` }
  }
  if (checkValue(type, value, '').length > 0)
    return { problem: `The default '${text}' is not a ${type.kind}` }
  return { ...type, defaultValue: value }
}

function unquoted(text: string): string {
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(text)
  return quoted === null ? text : (quoted[1] ?? quoted[2] ?? '')
}
