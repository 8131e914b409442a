import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SchemaFile } from '../../control-plane/schema/editor-schemas.ts'
import { schemaFiles, schemaOfAny, schemaOfKind } from '../../control-plane/schema/editor-schemas.ts'
import type { JsonSchema } from '../../control-plane/schema/json-schema.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { documentKinds } from '../kinds.ts'

export interface SchemaChoice {
  /** One kind; null: any document. */
  readonly kind: string | null
  /** Of any document: for scopes below global, where a document may be part of one above it. */
  readonly overlay: boolean
}

/** The schema that an editor checks documents with, draft-07. Throws NX-CONFIG-UNKNOWN-KIND (usage). */
export function editorSchema({ kind, overlay }: SchemaChoice): JsonSchema {
  return kind === null ? schemaOfAny(documentKinds, { overlay }) : schemaOfKind(kindNamed(kind))
}

/** Writes every schema file (or that of one kind) into a folder, over those of before. Returns their names. Throws NX-SCHEMA-WRITE (io). */
export async function writeSchemas(folder: string, kind: string | null): Promise<readonly string[]> {
  const files = editorSchemaFiles().filter(
    ({ name }) => kind === null || name === `${kindNamed(kind).kind}.schema.json`,
  )
  try {
    await mkdir(folder, { recursive: true })
    for (const file of files) await writeFile(join(folder, file.name), schemaText(file))
  } catch (error) {
    throw new NxError('io', 'NX-SCHEMA-WRITE', 'The schemas cannot be written', {
      detail: errorText(error),
      where: { file: folder },
      fix: 'Name a folder that you may write to.',
      cause: error,
    })
  }
  return files.map(({ name }) => name)
}

/** The schema files of this version. */
export function editorSchemaFiles(): readonly SchemaFile[] {
  return schemaFiles(documentKinds)
}

export function schemaText({ schema }: SchemaFile): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}

function kindNamed(name: string) {
  const kind = documentKinds.find((one) => one.kind.toLowerCase() === name.toLowerCase())
  if (kind !== undefined) return kind
  const names = documentKinds.map((one) => one.kind)
  const near = nearestName(name, names)
  throw new NxError('usage', 'NX-CONFIG-UNKNOWN-KIND', `There is no kind '${name}'`, {
    fix: near === null ? `Kinds: ${names.join(', ')}.` : `Did you mean ${near}?`,
  })
}
