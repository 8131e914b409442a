import { isJsonObject } from '../../../kernel/json.ts'
import type {
  DocumentPath,
  Scope,
  SourceDocument,
  SourcePosition,
  StoredDocument,
} from '../../documents/document.ts'
import type { DocumentPlaces } from '../../resolution/places-of.ts'
import { placeAt } from '../../resolution/places-of.ts'
import type { Revision } from '../../revisions/revision-store.ts'

/** The documents of a stored revision as if read from files: they stand where the revision recorded it. */
export function storedSources(
  revision: Pick<Revision, 'scope' | 'digest' | 'documents' | 'places'>,
): readonly SourceDocument[] {
  return revision.documents.map((document) => {
    const places = revision.places?.[`${document.kind}/${document.name}`]
    return new StoredSource(
      document,
      revision.scope,
      isPlaces(places) ? places : unknownPlaces(revision.digest),
    )
  })
}

class StoredSource implements SourceDocument {
  readonly kind: string
  readonly name: string
  readonly digest: string
  readonly body: StoredDocument['body']
  readonly scope: Scope
  readonly #places: DocumentPlaces

  constructor({ kind, name, digest, body }: StoredDocument, scope: Scope, places: DocumentPlaces) {
    this.kind = kind
    this.name = name
    this.digest = digest
    this.body = body
    this.scope = scope
    this.#places = places
  }

  locate(path: DocumentPath): SourcePosition {
    return placeAt(this.#places, path)
  }

  locateInside(path: DocumentPath): SourcePosition {
    return placeAt(this.#places, path)
  }
}

function unknownPlaces(digest: string): DocumentPlaces {
  return { file: `revision:${digest.slice(0, 12)}`, lines: {} }
}

function isPlaces(value: unknown): value is DocumentPlaces {
  return isJsonObject(value) && typeof value['file'] === 'string' && isJsonObject(value['lines'])
}
