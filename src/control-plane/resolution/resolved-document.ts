import type { JsonObject } from '../../kernel/json.ts'
import type { DocumentPath, Scope, StoredDocument } from '../documents/document.ts'
import type { LayerEntry, ResolvedLayer } from './layer.ts'
import type { Guard } from './merge/guard.ts'
import type { RuleCursor } from './merge/merge-rules.ts'
import { traceHistory } from './trace-history.ts'

/** A document as a scope sees it: the layers merged. */
export class ResolvedDocument implements StoredDocument {
  readonly kind: string
  readonly name: string
  /** Of a merged document sha256 of the canonical form of `body`; else the document's own. */
  readonly digest: string
  /** Merged, without `unset`, `locked` and `bounded`. */
  readonly body: JsonObject
  /** From global down; at least one. */
  readonly layers: readonly ResolvedLayer[]
  /** What lower layers may not change. */
  readonly guard: Guard | null
  readonly rules: RuleCursor

  constructor(parts: {
    readonly head: { readonly kind: string; readonly name: string; readonly digest: string }
    readonly body: JsonObject
    readonly layers: readonly ResolvedLayer[]
    readonly guard: Guard | null
    readonly rules: RuleCursor
  }) {
    this.kind = parts.head.kind
    this.name = parts.head.name
    this.digest = parts.head.digest
    this.body = parts.body
    this.layers = parts.layers
    this.guard = parts.guard
    this.rules = parts.rules
  }

  /** The lowest scope that has a part in it. */
  get scope(): Scope {
    return (this.layers.at(-1) as ResolvedLayer).scope
  }

  /**
   * What every layer says about a path of `body`, from global down: its value, where it stands there, and what became of it. Layers
   * that say nothing are left out. Empty for a path that no layer ever had.
   */
  history(path: DocumentPath): readonly LayerEntry[] {
    return traceHistory(this, path)
  }
}
