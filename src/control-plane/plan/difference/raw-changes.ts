import { canonicalJson } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { SourceDocument } from '../../documents/document.ts'
import { hideSecrets } from './hide-secrets.ts'
import { leafChanges } from './leaf-changes.ts'
import { placeIn } from './place-of.ts'

/** A difference between the documents of one scope, as they are written. Secrets are hidden. */
export interface RawChange {
  readonly kind: string
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed' | 'renamed' | 'reordered'
  /** Null: the document as a whole. */
  readonly path: string | null
  readonly before?: JsonValue
  readonly after?: JsonValue
  /** `file:line`. */
  readonly place: string
}

/** What differs between two sets of documents of one scope, without what the scopes above make of it. Pure. */
export function rawChanges(
  before: readonly SourceDocument[],
  after: readonly SourceDocument[],
): readonly RawChange[] {
  const key = ({ kind, name }: SourceDocument): string => `${kind}/${name}`
  const was = new Map(before.map((document) => [key(document), document]))
  const is = new Map(after.map((document) => [key(document), document]))
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((one) => {
    const [left, right] = [was.get(one), is.get(one)]
    if (left !== undefined && right !== undefined) return changesOf(left, right)
    const document = (left ?? right) as SourceDocument
    const change = left === undefined ? 'added' : 'removed'
    return [{ kind: document.kind, name: document.name, change, path: null, place: placeIn(document, []) }]
  })
}

function changesOf(before: SourceDocument, after: SourceDocument): readonly RawChange[] {
  if (before.digest === after.digest || canonicalJson(before.body) === canonicalJson(after.body)) return []
  const { kind, name } = after
  return leafChanges(before.body, after.body).map((leaf): RawChange => {
    const words = leaf.path.split(/[.[\]]+/)
    return {
      ...{ kind, name, change: leaf.kind, path: leaf.path },
      ...(leaf.before === undefined ? {} : { before: hideSecrets(leaf.before, words) }),
      ...(leaf.after === undefined ? {} : { after: hideSecrets(leaf.after, words) }),
      place: leaf.after === undefined ? placeIn(before, leaf.beforePath) : placeIn(after, leaf.afterPath),
    }
  })
}
