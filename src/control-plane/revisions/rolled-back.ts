import type { Scope } from '../documents/document.ts'
import type { Activation, RevisionStore } from './revision-store.ts'

/** Activations read at a time, and how far back is looked: what is older than that was not rolled back lately. */
const pageSize = 100
const pagesMax = 50

/**
 * The rollback that took this content out of a scope; null: none did, or somebody made it active again on purpose since. What became
 * active in between (a further rollback, a correction by hand) does not make it any better.
 */
export async function rolledBack(
  revisions: Pick<RevisionStore, 'activations'>,
  scope: Scope,
  digest: string,
): Promise<Activation | null> {
  let beforeId: string | undefined
  for (let page = 0; page < pagesMax; page += 1) {
    const found = await revisions.activations({
      ...{ scope, limit: pageSize },
      ...(beforeId === undefined ? {} : { beforeId }),
    })
    const last = found.find(
      (one) => one.kind !== 'candidate' && (one.digest === digest || one.previousDigest === digest),
    )
    if (last !== undefined) return last.kind === 'rollback' && last.digest !== digest ? last : null
    if (found.length < pageSize) return null
    beforeId = found.at(-1)?.id
  }
  return null
}

/** By whom, when and why, in a sentence's words. */
export function rolledBackText({ by, at, reason }: Activation): string {
  return `was rolled back by ${by} at ${at}${reason === null ? '' : `: ${reason}`}`
}
