import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import type { JsonSchema } from './json-schema.ts'
import { mapSchemas, schemaDraft } from './json-schema.ts'
import { kindSchema } from './kind-schema.ts'

const head = ['apiVersion', 'kind', 'name']

/** The schema of the documents of one kind, on its own. */
export function schemaOfKind(kind: DocumentKind): JsonSchema {
  return { $schema: schemaDraft, ...kindSchema(kind) }
}

/**
 * The schema of any document: `kind` picks the branch, so that an editor completes kind by kind. `overlay`: for scopes below global,
 * where a document may be part of one above it: only the head is required, everything that is there is still checked.
 */
export function schemaOfAny(
  kinds: readonly DocumentKind[],
  { overlay }: { readonly overlay: boolean },
): JsonSchema {
  const branches = kinds.map((kind): [string, JsonSchema] => [kind.kind, branchOf(kind, overlay)])
  return {
    $schema: schemaDraft,
    title: overlay ? 'A neuronx document below global' : 'A neuronx document',
    type: 'object',
    required: head,
    properties: {
      apiVersion: { const: 'neuronx/v1', description: 'The version of the language.' },
      kind: {
        enum: kinds.map(({ kind }) => kind),
        description: 'What the document is.',
      },
      name: { type: 'string', description: 'Its name: unique among documents of its kind in its scope.' },
    },
    allOf: kinds.map(({ kind }) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      then: { $ref: `#/definitions/${kind}` },
    })),
    definitions: Object.fromEntries(branches.flatMap(([kind, branch]) => definitionsOf(kind, branch))),
  }
}

function branchOf(kind: DocumentKind, overlay: boolean): JsonSchema {
  const schema = kindSchema(kind)
  if (!overlay) return schema
  return mapSchemas(schema, (inner) => {
    const { required: _required, minItems: _items, minProperties: _properties, ...rest } = inner
    return rest
  })
}

/** A branch and what it refers to, named so that the branches of two kinds cannot meet. */
function definitionsOf(kind: string, branch: JsonSchema): ReadonlyArray<[string, JsonValue | undefined]> {
  const { definitions, ...rest } = branch
  const renamed = (schema: JsonSchema): JsonSchema =>
    mapSchemas(schema, (inner) =>
      typeof inner.$ref === 'string'
        ? { ...inner, $ref: inner.$ref.replace('#/definitions/', `#/definitions/${kind}.`) }
        : inner,
    )
  const own = isJsonObject(definitions) ? Object.entries(definitions) : []
  return [
    [kind, renamed(rest)],
    ...own.map(([name, schema]): [string, JsonValue | undefined] => [
      `${kind}.${name}`,
      isJsonObject(schema) ? renamed(schema) : schema,
    ]),
  ]
}

/** A schema file, by its name in the folder of schemas. */
export interface SchemaFile {
  readonly name: string
  readonly schema: JsonSchema
}

/** For documents of global/ and neuronx.yaml. */
export const anySchemaName = 'neuronx.schema.json'
/** For documents of tenants/ and their workspaces. */
export const overlaySchemaName = 'neuronx.overlay.schema.json'

/** Every schema file: the two for any document, and one per kind. */
export function schemaFiles(kinds: readonly DocumentKind[]): readonly SchemaFile[] {
  return [
    { name: anySchemaName, schema: schemaOfAny(kinds, { overlay: false }) },
    { name: overlaySchemaName, schema: schemaOfAny(kinds, { overlay: true }) },
    ...kinds.map((kind) => ({ name: `${kind.kind}.schema.json`, schema: schemaOfKind(kind) })),
  ]
}
