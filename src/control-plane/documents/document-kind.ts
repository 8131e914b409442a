import { z } from 'zod'
import type { DocumentPath, StoredDocument } from './document.ts'

/**
 * A name that documents may refer to, e.g. `{space: 'operation', name: 'sink.hit'}`, `{space: 'workflow', name: 'speed-to-lead'}`,
 * `{space: 'channel', name: 'sms'}`, `{space: 'event', name: 'lead.created'}`.
 */
export interface Symbol {
  readonly space: string
  readonly name: string
}

/** A use of a name, and where it stands. */
export interface Reference extends Symbol {
  readonly path: DocumentPath
  /** What to do when nothing has that name; a near name is added by the control plane. */
  readonly fix: string
}

/** A problem that a kind's own check found; the control plane adds the file and the line. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly fix: string | null
  readonly path: DocumentPath
  /** Offset into the scalar at `path`, when the problem is inside its text (a condition, a template). */
  readonly offset?: number
  /** Point at the key rather than the value. */
  readonly key?: boolean
  readonly severity?: 'error' | 'warning'
}

/** A document whose shape its kind's schema has accepted. */
export interface TypedDocument<Spec = unknown> {
  readonly document: StoredDocument
  readonly spec: Spec
}

/** The documents that a scope sees, upper scopes included, shape-checked. */
export interface DocumentSet {
  ofKind<Spec>(kind: DocumentKind<Spec>): readonly TypedDocument<Spec>[]
}

/**
 * One kind of document. Domain layers define kinds; src/app assembles them; the control plane knows none by name.
 * Everything here is pure and offline.
 */
export interface DocumentKind<Spec = unknown> {
  readonly kind: string
  /** One line for `config` help and errors: what such a document is for. */
  readonly summary: string
  /** The whole document's shape. Strict: unknown fields are errors. Fields announced but not built use `notSupportedYet`. */
  readonly schema: z.ZodType<Spec>
  /** Names that the document makes available to others. */
  provides?(typed: TypedDocument<Spec>): readonly Symbol[]
  /** Names that it uses. */
  requires?(typed: TypedDocument<Spec>): readonly Reference[]
  /** What the schema cannot say: types of conditions, templates, duplicates inside the document. */
  check?(typed: TypedDocument<Spec>, set: DocumentSet): readonly Problem[]
}

/** The marker inside zod issues by which the control plane tells "later" from "wrong". */
export const notSupportedYetCode = 'NX-CONFIG-NOT-YET'

/** A field of the language that this version does not carry out: rejected by name, never ignored. */
export function notSupportedYet(): z.ZodOptional<z.ZodType<never>> {
  return z
    .custom<never>((value) => value === undefined, {
      error: 'is not supported yet',
      params: { code: notSupportedYetCode },
    })
    .optional() as z.ZodOptional<z.ZodType<never>>
}

/** Document, rule, step and integration names: lower-case letters, digits and dashes, 1 to 63. */
export const documentName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'must be lower-case letters, digits and dashes (1 to 63)',
})

/** The three fields that begin every document. EventType names have dots, so the name's shape is the kind's choice. */
export function documentHead<K extends string, N extends z.ZodType<string>>(kind: K, name: N) {
  return { apiVersion: z.literal('neuronx/v1'), kind: z.literal(kind), name }
}
