import type {
  DocumentPath,
  SourceDocument,
  SourcePosition,
  StoredDocument,
} from '../../documents/document.ts'
import { scopeName } from '../../documents/document.ts'
import { originOf } from '../../resolution/merged-source.ts'
import type { ResolvedDocument } from '../../resolution/resolved-document.ts'

/** Where a value of a resolved document comes from. */
export interface ValueOrigin {
  /** `file:line`. */
  readonly place: string
  /** The scope of the layer. */
  readonly scope: string
}

/** Where a value of a resolved document stands; of one that no layer has, where its nearest parent does. */
export function valueOrigin(resolved: ResolvedDocument, path: DocumentPath): ValueOrigin {
  for (let length = path.length; length > 0; length -= 1) {
    const entry = originOf(resolved.history(path.slice(0, length)))
    if (entry !== null) {
      return { place: placeIn(entry.document, entry.path), scope: scopeName(entry.scope) }
    }
  }
  const lowest = resolved.layers.at(-1)
  const document = lowest?.document ?? resolved
  return { place: placeIn(document, []), scope: scopeName(resolved.scope) }
}

/** `file:line` of a path in a document that knows where it stands. */
export function placeIn(document: StoredDocument, path: DocumentPath): string {
  if (!isSource(document)) return `${document.kind}/${document.name}`
  const { file, line }: SourcePosition = document.locate(path, { key: typeof path.at(-1) === 'string' })
  return `${file}:${line}`
}

function isSource(document: StoredDocument): document is SourceDocument {
  return 'locate' in document && typeof document.locate === 'function'
}
