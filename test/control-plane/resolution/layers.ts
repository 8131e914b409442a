import { z } from 'zod'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { digestOf } from '../../../src/kernel/digest.ts'
import type { Scope, StoredDocument } from '../../../src/control-plane/documents/document.ts'
import type { DocumentKind } from '../../../src/control-plane/documents/document-kind.ts'
import { documentHead, documentName } from '../../../src/control-plane/documents/document-kind.ts'
import type { DocumentLayer } from '../../../src/control-plane/resolution/resolve-documents.ts'
import { resolveDocuments } from '../../../src/control-plane/resolution/resolve-documents.ts'

const schema = z.strictObject({
  ...documentHead('Menu', documentName),
  title: z.string().optional(),
  note: z.string().optional(),
  wait: z.string().optional(),
  seats: z.number().optional(),
  prices: z.record(z.string(), z.number()).optional(),
  tags: z.array(z.string()).optional(),
  extra: z.array(z.string()).optional(),
  hours: z.record(z.string(), z.json()).optional(),
  dishes: z
    .array(
      z.strictObject({
        id: z.string(),
        price: z.number().optional(),
        hot: z.boolean().optional(),
        parts: z.array(z.string()).optional(),
      }),
    )
    .optional(),
})

/** A kind with one field for every merge policy. */
export const menuKind: DocumentKind = {
  kind: 'Menu',
  summary: 'what is on offer',
  schema,
  merge: [
    { path: 'dishes', policy: { by: 'id' } },
    { path: 'extra', policy: 'append' },
    { path: 'hours', policy: 'replace' },
  ],
}

/** A kind of which a scope has one. */
export const houseKind: DocumentKind = {
  kind: 'House',
  summary: 'one of them',
  schema: z.strictObject({
    ...documentHead('House', documentName),
    rooms: z.number().optional(),
    roof: z.string().optional(),
  }),
  onePerScope: true,
}

export const kinds = [menuKind, houseKind]

export const scopes = {
  global: { level: 'global' },
  acme: { level: 'tenant', tenant: 'acme' },
  eu: { level: 'workspace', tenant: 'acme', workspace: 'eu' },
} as const satisfies Record<string, Scope>

export function menu(fields: JsonObject, name = 'm', kind = 'Menu'): StoredDocument {
  const body = { apiVersion: 'neuronx/v1', kind, name, ...fields }
  return { kind, name, digest: digestOf(body), body }
}

/** The layers of one Menu: global's, the tenant's, the workspace's. */
export function layersOf(...fields: readonly JsonObject[]): readonly DocumentLayer[] {
  const order = [scopes.global, scopes.acme, scopes.eu]
  return fields.map((one, index) => ({ scope: order[index] as Scope, documents: [menu(one)] }))
}

/** A resolved Menu's fields without its head, and its problems as `code path`. */
export function resolved(...fields: readonly JsonObject[]) {
  const { documents, problems } = resolveDocuments(layersOf(...fields), kinds)
  const [document] = documents
  if (document === undefined) throw new Error('nothing was resolved')
  const { apiVersion: _, kind: __, name: ___, ...rest } = document.body
  return {
    document,
    fields: rest,
    problems: problems.map(({ code, path, severity }) => `${severity ?? 'error'} ${code} ${path.join('.')}`),
    fixes: problems.map(({ fix }) => fix),
  }
}
