import { scopeOfPath } from '../../../src/control-plane/directory/scope-of-path.ts'
import { scopeName } from '../../../src/control-plane/documents/document.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import { worldOf } from '../../../src/control-plane/plan/world/configuration-world.ts'
import type { World } from '../../../src/control-plane/plan/world/configuration-world.ts'
import { revisionDigest } from '../../../src/control-plane/revisions/revision-digest.ts'

/** A whole configuration from the texts of its files, by their paths. */
export function worldOfFiles(files: Readonly<Record<string, string>>): World {
  const documents = Object.entries(files).flatMap(([file, text]) => {
    const meaning = scopeOfPath(file)
    if (meaning.state !== 'scope') throw new Error(file)
    return parseDocuments(file, text, meaning.scope).documents
  })
  const byScope = Map.groupBy(documents, ({ scope }) => scopeName(scope))
  return worldOf(
    [...byScope.values()].map((own) => ({
      scope: own[0]!.scope,
      digest: revisionDigest(own),
      documents: own,
    })),
  )
}
