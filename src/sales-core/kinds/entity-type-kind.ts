import { z } from 'zod'
import { documentHead } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind, Problem } from '../../control-plane/documents/document-kind.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { builtInEntities } from '../people/task-types.ts'
import { fieldMerges, mergeMismatch } from '../types/field-merge.ts'
import type { FieldType } from '../types/field-type.ts'
import { typeAt, typeText } from '../types/field-type.ts'
import { parseFields } from '../types/parse-field-type.ts'
import { entityKindName, jsonRecord } from './schema-parts.ts'
import { entityTypeFieldHelp } from './field-help/type-field-help.ts'

const schema = z.strictObject({
  ...documentHead('EntityType', entityKindName),
  fields: jsonRecord,
  merge: z.record(z.string(), z.enum(fieldMerges)).optional(),
})

export type EntityTypeSpec = z.infer<typeof schema>

// Variables that conditions have anyway: an entity of that name would hide them.
const takenNames = new Set([
  'event',
  'meta',
  'now',
  'tenant',
  'flags',
  'vars',
  'integration',
  'has',
  'size',
  'counts',
])

/** Declares a kind of entity: which fields leads (deals, …) have. */
export const entityTypeKind: DocumentKind<EntityTypeSpec> = {
  kind: 'EntityType',
  summary: 'which fields an entity (lead, deal, …) has',
  schema,
  fieldHelp: entityTypeFieldHelp,
  provides: ({ spec }) => [{ space: 'entity', name: spec.name }],
  check: ({ spec }) => [
    ...nameProblems(spec.name),
    ...fieldProblems(spec.fields as JsonObject, { idAllowed: false }),
    ...mergeProblems(spec),
    ...builtInProblems(spec),
  ],
}

function nameProblems(name: string): readonly Problem[] {
  if (!takenNames.has(name)) return []
  return [
    {
      code: 'NX-ENTITY-NAME',
      message: `'${name}' is taken: conditions use it for something else`,
      fix: 'Choose another name.',
      path: ['name'],
    },
  ]
}

/** What the system itself keeps of tasks and members cannot be of another type. */
function builtInProblems({ name, fields }: EntityTypeSpec): readonly Problem[] {
  const own = builtInEntities.get(name)?.fields ?? new Map<string, FieldType>()
  const declared = parseFields(fields as JsonObject).type.fields
  return [...own].flatMap(([field, type]): readonly Problem[] => {
    const other = declared.get(field)
    if (other === undefined || other.kind === type.kind) return []
    return [
      {
        code: 'NX-ENTITY-BUILT-IN',
        message: `Every ${name} has a field '${field}', a ${typeText(type)}`,
        fix: 'Leave it out, or call yours differently.',
        path: ['fields', field],
        key: true,
      },
    ]
  })
}

function mergeProblems({ fields, merge = {} }: EntityTypeSpec): readonly Problem[] {
  const declared = parseFields(fields as JsonObject).type
  return Object.entries(merge).flatMap(([field, way]): readonly Problem[] => {
    const type = typeAt(declared, field)
    const path = ['merge', field]
    if (type === null) {
      const near = nearestName(field, declared.fields.keys())
      const fix = near === null ? 'Name a field that is declared above.' : `Did you mean '${near}'?`
      return [{ code: 'NX-FIELD-MERGE', message: `There is no field '${field}'`, fix, path, key: true }]
    }
    const fix = mergeMismatch(way, type)
    const message = `${field} is a ${typeText(type)}: its values cannot be merged by ${way}`
    return fix === null ? [] : [{ code: 'NX-FIELD-MERGE', message, fix, path }]
  })
}

/** What is wrong with a `fields:` mapping. `id` is part of every entity and not declared. */
export function fieldProblems(fields: JsonObject, { idAllowed }: { idAllowed: boolean }): readonly Problem[] {
  const problems: Problem[] = parseFields(fields).problems.map(({ path, message, fix }) => ({
    code: 'NX-FIELD-TYPE',
    message,
    fix,
    path: ['fields', ...path],
  }))
  if (!idAllowed && Object.hasOwn(fields, 'id')) {
    problems.push({
      code: 'NX-FIELD-TYPE',
      message: 'Every entity has an id: it is not declared',
      fix: 'Remove it.',
      path: ['fields', 'id'],
      key: true,
    })
  }
  return problems
}
