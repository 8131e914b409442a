import { z } from 'zod'
import { documentHead } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind, Problem } from '../../control-plane/documents/document-kind.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { parseFields } from '../types/parse-field-type.ts'
import { entityKindName, jsonRecord } from './schema-parts.ts'
import { entityTypeFieldHelp } from './field-help/type-field-help.ts'

const schema = z.strictObject({
  ...documentHead('EntityType', entityKindName),
  fields: jsonRecord,
})

export type EntityTypeSpec = z.infer<typeof schema>

// Variables that conditions have anyway: an entity of that name would hide them.
const takenNames = new Set(['event', 'meta', 'now', 'tenant', 'flags', 'vars', 'integration', 'has', 'size'])

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
