import type { Scope, StoredDocument } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import { overlay } from './overlay.ts'
import type { ResolutionProblem } from './layer.ts'
import type { ResolvedDocument } from './resolved-document.ts'
import { nameKey, slotKey } from './slot-key.ts'

/** The documents of one scope. */
export interface DocumentLayer {
  readonly scope: Scope
  readonly documents: readonly StoredDocument[]
}

export interface Resolution {
  /** One per kind and name (per kind where a scope has one only), in the order of kind and name. */
  readonly documents: readonly ResolvedDocument[]
  /** What overlays may not do, and what they do in vain. A refused value is not in the documents. */
  readonly problems: readonly ResolutionProblem[]
}

/**
 * What one workspace (or tenant, or the global scope) is under: lower documents merged over upper ones of the same kind and name,
 * field by field, by the kinds' merge rules. `layers`: from global down. Pure; the order of documents within a layer makes no
 * difference. Never throws: what an upper layer locks or bounds stays as it is, and the attempt is a problem.
 *
 * A document with one layer keeps its digest and shares its body; merging one layer is the identity. Merging is associative as long
 * as no layer unsets, locks or bounds and a path has the same type (mapping, list, or neither) in all layers: a scalar between two
 * mappings hides the upper one for good, whereas the two merged first would not. Of two documents of one kind and name in one layer
 * the first by content digest counts and the other is a problem NX-CONFIG-DUPLICATE.
 */
export function resolveDocuments(
  layers: readonly DocumentLayer[],
  kinds: readonly DocumentKind[],
): Resolution {
  const kindByName = new Map(kinds.map((kind) => [kind.kind, kind]))
  const resolved = new Map<string, ResolvedDocument>()
  const problems: ResolutionProblem[] = []
  for (const { scope, documents } of layers) {
    for (const { key, document, duplicate } of keyed(documents, kindByName)) {
      if (duplicate) {
        problems.push(duplicateOf(scope, document))
        continue
      }
      const result = overlay(resolved.get(key) ?? null, scope, document, kindByName.get(document.kind))
      resolved.set(key, result.document)
      problems.push(...result.problems)
    }
  }
  return { documents: [...resolved.values()].sort(byKindAndName), problems }
}

interface Keyed {
  readonly key: string
  readonly document: StoredDocument
  readonly duplicate: boolean
}

/**
 * The slots that a layer's documents take: kind and name, or kind alone where a scope has one only. Of several in a slot the first
 * one by name takes it; further names of a one-per-scope kind stand for themselves, and the kind's own check refuses them.
 */
function keyed(
  documents: readonly StoredDocument[],
  kindByName: ReadonlyMap<string, DocumentKind>,
): readonly Keyed[] {
  const taken = new Set<string>()
  const names = new Set<string>()
  return [...documents].sort(byKindAndName).map((document) => {
    const name = nameKey(document)
    const slot = slotKey(document, kindByName.get(document.kind))
    const key = taken.has(slot) ? name : slot
    const duplicate = names.has(name)
    taken.add(key)
    names.add(name)
    return { key, document, duplicate }
  })
}

function duplicateOf(scope: Scope, document: StoredDocument): ResolutionProblem {
  return {
    scope,
    document,
    code: 'NX-CONFIG-DUPLICATE',
    message: `${scopeName(scope)} has two documents ${document.kind} '${document.name}'`,
    fix: 'Rename one of the two, or remove it.',
    path: ['name'],
  }
}

function byKindAndName(a: StoredDocument, b: StoredDocument): number {
  return compareText(a.kind, b.kind) || compareText(a.name, b.name) || compareText(a.digest, b.digest)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
