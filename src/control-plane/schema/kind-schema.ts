import type * as core from 'zod/v4/core'
import { z } from 'zod'
import type { JsonObject } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import { isNotYet } from '../validate/schema-fields.ts'
import { withFieldHelp } from './field-help.ts'
import type { JsonSchema } from './json-schema.ts'
import { mapSchemas } from './json-schema.ts'

/**
 * What an editor needs to know of a kind, draft-07: shapes, defaults, descriptions. What only the whole repository can tell (references,
 * types of conditions, one of two fields) is `config validate`'s. A field that is announced and not built is refused and not offered.
 */
export function kindSchema(kind: DocumentKind): JsonSchema {
  const made = z.toJSONSchema(kind.schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => override(zodSchema, jsonSchema as Record<string, unknown>),
  })
  // Through text: zod hangs its own functions on what it makes.
  const { $schema: _draft, ...schema } = JSON.parse(JSON.stringify(made)) as JsonObject
  const plain = withoutEmptyReferences(mapSchemas(schema, tidied))
  const explained = withFieldHelp(plain, kind.fieldHelp ?? {})
  return withHeadFields({ title: kind.kind, description: descriptionOf(kind), ...explained })
}

function descriptionOf({ summary, carriedOut = 'yes' }: DocumentKind): string {
  const sentence = `${summary.slice(0, 1).toUpperCase()}${summary.slice(1).replace(/\.$/, '')}.`
  if (carriedOut === 'yes') return sentence
  return carriedOut === 'not_yet'
    ? `${sentence} Checked, but not carried out by this version.`
    : `${sentence} Refused by this version, which would not enforce it.`
}

const refused = { not: {}, doNotSuggest: true, description: 'Not supported yet.' }

function override(zodSchema: core.$ZodTypes, json: Record<string, unknown>): void {
  const { def } = zodSchema._zod
  const instead = (schema: Record<string, unknown>): void => {
    for (const key of Object.keys(json)) delete json[key]
    Object.assign(json, schema)
  }
  if (def.type === 'custom' && isRefused(zodSchema, 'probe')) instead(refused)
  else if (def.type === 'object' && isRefused(zodSchema, literalsOf(def.shape))) instead(refused)
  // Any JSON: spelling it out helps nobody.
  else if (def.type === 'lazy') instead({})
  // A short form, as text, of what follows.
  else if (def.type === 'pipe' && (def.in as core.$ZodTypes)._zod.def.type === 'transform')
    instead({ anyOf: [{ type: 'string' }, { ...json }] })
}

function isRefused(zodSchema: core.$ZodTypes, probe: unknown): boolean {
  const parsed = (zodSchema as unknown as z.ZodType).safeParse(probe)
  return !parsed.success && parsed.error.issues.some((issue) => isNotYet(issue))
}

/** The fields of an object that can have one value only: `kind: oauth2`. */
function literalsOf(shape: Readonly<Record<string, core.$ZodType>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, field]) => {
      const { def } = (field as core.$ZodTypes)._zod
      return def.type === 'literal' ? [[name, def.values[0]]] : []
    }),
  )
}

/** Drops what says nothing, and lets a union be any of its members: which one is meant, the kind's own check knows better. */
function tidied(schema: JsonSchema): JsonSchema {
  const { oneOf, ...rest } = schema
  const tidy: Record<string, JsonObject[string]> =
    oneOf === undefined ? { ...rest } : { ...rest, anyOf: oneOf }
  if (tidy.maximum === Number.MAX_SAFE_INTEGER) delete tidy.maximum
  if (tidy.minimum === Number.MIN_SAFE_INTEGER) delete tidy.minimum
  // A member that nothing may be is only noise among the others.
  if (Array.isArray(tidy.anyOf))
    tidy.anyOf = tidy.anyOf.filter((member) => !isJsonObject(member) || member.not === undefined)
  if (isJsonObject(tidy.propertyNames) && Object.keys(tidy.propertyNames).join() === 'type')
    delete tidy.propertyNames
  return tidy
}

/** References to definitions that allow anything are replaced by what they say: nothing. */
function withoutEmptyReferences(schema: JsonSchema): JsonSchema {
  const { definitions, ...rest } = schema
  if (!isJsonObject(definitions)) return schema
  const kept = Object.entries(definitions).filter(
    ([, inner]) => !isJsonObject(inner) || Object.keys(inner).length > 0,
  )
  const names = new Set(kept.map(([name]) => `#/definitions/${name}`))
  const replaced = (inner: JsonSchema): JsonSchema => {
    const { $ref, allOf, ...others } = inner
    if (typeof $ref === 'string' && !names.has($ref)) return others
    if (Array.isArray(allOf) && allOf.every((one) => isJsonObject(one) && Object.keys(one).length === 0))
      return others
    return inner
  }
  const whole = kept.length === 0 ? rest : { ...rest, definitions: Object.fromEntries(kept) }
  return mapSchemas(whole, replaced)
}

const paths = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 }

/** Fields that a document of any kind may have: what the control plane itself reads. */
const headFields: JsonObject = {
  unset: {
    ...paths,
    description: 'Paths of inherited fields that this scope takes away, such as rules[hot-price-question].',
  },
  locked: { ...paths, description: 'Paths of fields that no scope below may change.' },
  bounded: {
    type: 'object',
    description:
      'Paths of numbers and durations that scopes below may only tighten: { intake.eventsPerSecond: { max: 500 } }.',
    additionalProperties: {
      type: 'object',
      properties: {
        max: { type: ['number', 'string'], description: 'No scope below may set more.' },
        min: { type: ['number', 'string'], description: 'No scope below may set less.' },
      },
      additionalProperties: false,
      minProperties: 1,
    },
  },
}

const headDescriptions: Readonly<Record<string, string>> = {
  apiVersion: 'The version of the language.',
  kind: 'What the document is.',
  name: 'Its name: unique among documents of its kind in its scope.',
}

/** Also inside the members of a union: a document of such a kind is one of them, with the same head. */
function withHeadFields(schema: JsonSchema): JsonSchema {
  const changed: Record<string, JsonObject[string]> = { ...schema }
  if (isJsonObject(schema.properties)) {
    const described = Object.entries(schema.properties).map(([name, field]) => {
      const description = headDescriptions[name]
      return [name, description !== undefined && isJsonObject(field) ? { ...field, description } : field]
    })
    changed.properties = { ...Object.fromEntries(described), ...headFields }
  }
  if (Array.isArray(schema.anyOf))
    changed.anyOf = schema.anyOf.map((member) => (isJsonObject(member) ? withHeadFields(member) : member))
  return changed
}
