import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { loadEffective } from '../../control-plane/resolution/load-effective.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { documentKinds } from '../kinds.ts'

/** The documents that are active in a workspace. Throws NX-CONFIG-STORED-INVALID, NX-DB-…. */
export async function activeDocuments(
  revisions: Pick<RevisionStore, 'effective'>,
  { tenantId, workspace }: { readonly tenantId: string; readonly workspace: string },
): Promise<DocumentSet> {
  return loadEffective(await revisions.effective(tenantId, workspace), documentKinds)
}
