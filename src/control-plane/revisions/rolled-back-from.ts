import type { Scope } from '../documents/document.ts'
import type { RevisionStore } from './revision-store.ts'

/**
 * When the last thing that happened to a scope is that somebody went back from this content: by whom, when and why, in a sentence's words.
 * Null: nobody did, or something else came after it.
 */
export async function rolledBackFrom(
  revisions: Pick<RevisionStore, 'activations'>,
  scope: Scope,
  digest: string,
): Promise<string | null> {
  const [last] = await revisions.activations({ scope, limit: 1 })
  if (last?.kind !== 'rollback' || last.previousDigest !== digest) return null
  return `was rolled back by ${last.by} at ${last.at}${last.reason === null ? '' : `: ${last.reason}`}`
}
