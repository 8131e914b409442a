import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { DocumentPath, Scope, StoredDocument } from '../documents/document.ts'
import type { MergePolicy, Problem } from '../documents/document-kind.ts'
import type { Address } from './merge/address.ts'

/** What became of what a layer says about a path. */
export type LayerOutcome = 'won' | 'overridden' | 'merged' | 'unset' | 'refused'

/** What one layer says about a path of the resolved document. */
export interface LayerEntry {
  readonly scope: Scope
  /** The layer's own document, as it was written. */
  readonly document: StoredDocument
  /** Where in that document. */
  readonly path: DocumentPath
  /** Null for `unset`. */
  readonly value: JsonValue
  readonly policy: MergePolicy
  readonly outcome: LayerOutcome
  /** The outcome in a sentence. */
  readonly why: string
}

/** One scope's part of a resolved document. */
export interface ResolvedLayer {
  readonly scope: Scope
  readonly document: StoredDocument
  /** Its content without `unset`, `locked` and `bounded`. */
  readonly body: JsonObject
  /** What it took away from the layers above. */
  readonly unset: readonly Address[]
  /** Paths in its content that the layers above do not allow. */
  readonly refused: readonly DocumentPath[]
}

/** A problem of one layer's document; `path` is a path in that document. */
export interface ResolutionProblem extends Problem {
  readonly scope: Scope
  readonly document: StoredDocument
}
