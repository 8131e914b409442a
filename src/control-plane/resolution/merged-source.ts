import type { JsonObject } from '../../kernel/json.ts'
import type {
  DocumentPath,
  Scope,
  SourceDocument,
  SourcePosition,
  StoredDocument,
} from '../documents/document.ts'
import type { LayerEntry } from './layer.ts'
import type { ResolvedDocument } from './resolved-document.ts'

/** A resolved document that points into the files of the layers it is made of: each value into the one that it comes from. */
export class MergedSource implements SourceDocument {
  readonly kind: string
  readonly name: string
  readonly digest: string
  readonly body: JsonObject
  readonly scope: Scope
  readonly resolved: ResolvedDocument
  readonly #lowest: SourceDocument

  /** `lowest`: the lowest layer's document, where what stands nowhere is shown. */
  constructor(resolved: ResolvedDocument, lowest: SourceDocument) {
    this.kind = resolved.kind
    this.name = resolved.name
    this.digest = resolved.digest
    this.body = resolved.body
    this.scope = lowest.scope
    this.resolved = resolved
    this.#lowest = lowest
  }

  locate(path: DocumentPath, options: { key?: boolean } = {}): SourcePosition {
    const { source, at } = this.#origin(path)
    return source.locate(at, options)
  }

  locateInside(path: DocumentPath, offset: number): SourcePosition {
    const { source, at } = this.#origin(path)
    return source.locateInside(at, offset)
  }

  sourcePath(path: DocumentPath): DocumentPath {
    return this.#origin(path).at
  }

  /** The document and path that a value comes from; of one that is nowhere, those of its nearest parent. */
  #origin(path: DocumentPath): { readonly source: SourceDocument; readonly at: DocumentPath } {
    for (let length = path.length; length > 0; length -= 1) {
      const entry = originOf(this.resolved.history(path.slice(0, length)))
      if (entry !== null && isSource(entry.document))
        return { source: entry.document, at: [...entry.path, ...path.slice(length)] }
    }
    return { source: this.#lowest, at: path }
  }
}

/** The entry of the layer that a value comes from: the lowest that counts. Null when no layer has the path. */
export function originOf(history: readonly LayerEntry[]): LayerEntry | null {
  return history.findLast(({ outcome }) => outcome === 'won' || outcome === 'merged') ?? null
}

function isSource(document: StoredDocument): document is SourceDocument {
  return 'locate' in document && typeof document.locate === 'function'
}
