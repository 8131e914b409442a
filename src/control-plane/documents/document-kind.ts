import { z } from 'zod'
import type { JsonValue } from '../../kernel/json.ts'
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
  /** What `--fix` writes at the place instead: a name whose only near neighbour this is. */
  readonly replace?: { readonly from: string; readonly to: string } | undefined
  /** Other places that belong to it: the other rule of a conflict, the steps of a cycle. */
  readonly related?: readonly RelatedPlace[]
}

/** A place in this or another document, and what stands there. */
export interface RelatedPlace {
  readonly document: StoredDocument
  readonly path: DocumentPath
  readonly message: string
}

/** A problem of one of several documents. */
export interface SetProblem {
  readonly document: StoredDocument
  readonly problem: Problem
}

/**
 * How a lower document's value joins the upper one's. `deep`: mappings field by field, anything else replaced. `replace`: as a whole.
 * `append`: a list's items behind the upper list's. `{by: 'id'}`: a list's items matched by that field and merged deep, new ones behind.
 */
export type MergePolicy = 'replace' | 'deep' | 'append' | { readonly by: string }

/** The policy of one place: `rules`, `rules.*.then`, `cases.*.given`; `*` is any key or any item. Unnamed places are `deep`. */
export interface MergeRule {
  readonly path: string
  readonly policy: MergePolicy
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
 * Descriptions of fields by path, `[]` for the items of a list and `{}` for the members of a mapping: `rules[].when`. A path also
 * stands for the fields that end with it; the longest that fits counts.
 */
export type FieldHelp = Readonly<Record<string, string>>

/** Whether this version does what documents of a kind say. */
export type CarriedOut = 'yes' | 'not_yet' | 'refused'

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
  /** How documents of lower scopes merge over upper ones of the same name; without rules: mappings deep, all else replaced. */
  readonly merge?: readonly MergeRule[]
  /** A scope has at most one such document: a lower one merges over the upper one whatever their names. */
  readonly onePerScope?: boolean
  /** Such a document speaks of its own scope: what an overlay below changes does not make it wrong there. */
  readonly ownScopeOnly?: boolean
  /** What other documents can see of it, beside the names it provides, to tell whether an overlay concerns them. Default: all of it. */
  surface?(typed: TypedDocument<Spec>): JsonValue
  /**
   * What the daemon does with such documents. Default `yes`. `not_yet`: checked, and a warning says that nothing follows from it.
   * `refused`: an error, because a reader would take it for a protection that is not there.
   */
  readonly carriedOut?: CarriedOut
  /** What editors say about fields whose schema says nothing itself. */
  readonly fieldHelp?: FieldHelp
  /** Names that the document makes available to others. */
  provides?(typed: TypedDocument<Spec>): readonly Symbol[]
  /** Names that it uses. */
  requires?(typed: TypedDocument<Spec>): readonly Reference[]
  /** What the schema cannot say: types of conditions, templates, duplicates inside the document. */
  check?(typed: TypedDocument<Spec>, set: DocumentSet): readonly Problem[]
  /**
   * What shows only across documents: conflicts, cycles. Once per scope; `own` are the scope's own documents of the kind, to which
   * the problems must belong: those of the scopes above have been checked there.
   */
  checkSet?(own: readonly TypedDocument<Spec>[], set: DocumentSet): readonly SetProblem[]
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
