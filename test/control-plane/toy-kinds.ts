import { z } from 'zod'
import type { Problem, TypedDocument } from '../../src/control-plane/documents/document-kind.ts'
import {
  documentHead,
  documentName,
  notSupportedYet,
} from '../../src/control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../src/control-plane/documents/document-kind.ts'

const shelfSchema = z.strictObject({
  ...documentHead('Shelf', documentName),
  width: z.number().int({ error: 'must be a whole number' }).min(1),
  material: z.enum(['oak', 'steel']).optional(),
  labels: z.array(z.string()).optional(),
  lamp: notSupportedYet(),
})

type Shelf = z.infer<typeof shelfSchema>

/** Provides a name; nothing else. */
export const shelfKind: DocumentKind<Shelf> = {
  kind: 'Shelf',
  summary: 'holds books',
  schema: shelfSchema,
  provides: ({ spec }) => [
    { space: 'shelf', name: spec.name },
    ...(spec.labels ?? []).map((label) => ({ space: 'label', name: `${spec.name}.${label}` })),
  ],
}

const moveSchema = z.union([
  z.strictObject({ id: z.string(), lift: z.strictObject({ height: z.number() }) }),
  z.strictObject({ id: z.string(), push: z.strictObject({ to: z.string() }), hard: z.boolean().optional() }),
  z.strictObject({ id: z.string(), rest: z.union([z.string(), z.number()]), sleep: notSupportedYet() }),
])

const bookSchema = z.strictObject({
  ...documentHead('Book', documentName),
  on: z.string().optional(),
  label: z.string().optional(),
  note: z.string().optional(),
  moves: z.array(moveSchema).optional(),
  prices: z
    .record(z.string().regex(/^[a-z]+$/, { error: 'must be lower-case letters' }), z.number())
    .optional(),
})

type Book = z.infer<typeof bookSchema>

/** Needs a shelf and a label; its check finds every `!` in its note, and a shelf that is narrower than 10. */
export const bookKind: DocumentKind<Book> = {
  kind: 'Book',
  summary: 'stands on a shelf',
  schema: bookSchema,
  provides: ({ spec }) => [{ space: 'book', name: spec.name }],
  requires: ({ spec }) => [
    ...(spec.on === undefined
      ? []
      : [{ space: 'shelf', name: spec.on, path: ['on'], fix: 'Define the shelf.' }]),
    ...(spec.label === undefined
      ? []
      : [{ space: 'label', name: spec.label, path: ['label'], fix: 'Define the label.' }]),
  ],
  check: (typed, set) => {
    const shelf = set.ofKind(shelfKind).find(({ spec }) => spec.name === typed.spec.on)
    const missing: Problem[] =
      typed.spec.on !== undefined && (shelf?.spec.width ?? 0) < 10
        ? [{ code: 'NX-TOY-NARROW', message: 'The shelf is too narrow', fix: null, path: ['on'] }]
        : []
    return [...missing, ...shouts(typed)]
  },
}

function shouts({ spec }: TypedDocument<Book>): Problem[] {
  return [...(spec.note ?? '').matchAll(/!/g)].map(({ index }) => ({
    code: 'NX-TOY-SHOUT',
    message: 'No shouting',
    fix: 'Remove it.',
    path: ['note'],
    offset: index,
  }))
}

export const toyKinds: readonly DocumentKind[] = [shelfKind, bookKind]
