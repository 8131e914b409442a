import { scopeName } from '../../documents/document.ts'
import type { Scope } from '../../documents/document.ts'
import type { Activation, RevisionStore, ScopeDigest } from '../../revisions/revision-store.ts'
import type { World, WorldScope } from './configuration-world.ts'
import { worldOf } from './configuration-world.ts'
import { storedSources } from './stored-source.ts'

/** Revisions that are read at once. */
const readsAtOnce = 4
const pageSize = 500
/** Pages of the history that are walked through to find what was active in every scope. */
const pagesMax = 200

/** The stored revisions of these scopes, as a world; scopes without one are left out. Reads only. */
export async function readStored(
  store: Pick<RevisionStore, 'revision'>,
  wanted: readonly ScopeDigest[],
): Promise<World> {
  const found: WorldScope[] = []
  const known = wanted.filter((one): one is { scope: Scope; digest: string } => one.digest !== null)
  for (let at = 0; at < known.length; at += readsAtOnce) {
    const batch = known.slice(at, at + readsAtOnce)
    const read = await Promise.all(batch.map(async ({ scope, digest }) => store.revision(scope, digest)))
    for (const revision of read) {
      if (revision === null) continue
      const { scope, digest } = revision
      found.push({ scope, digest, documents: storedSources(revision) })
    }
  }
  return worldOf(found)
}

/** The newest change that fits, null when none of the history does. Reads only. */
export async function findActivation(
  store: Pick<RevisionStore, 'activations'>,
  fits: (activation: Activation) => boolean,
): Promise<Activation | null> {
  for await (const activation of history(store)) if (fits(activation)) return activation
  return null
}

/** What was active in every scope right after a change. Reads only. */
export async function headsAt(
  store: Pick<RevisionStore, 'activations'>,
  activation: Activation,
): Promise<readonly ScopeDigest[]> {
  const heads = new Map<string, ScopeDigest>([[scopeName(activation.scope), activation]])
  for await (const one of history(store, activation.id)) {
    const name = scopeName(one.scope)
    if (one.kind !== 'candidate' && !heads.has(name)) heads.set(name, one)
  }
  return [...heads.values()].map(({ scope, digest }) => ({ scope, digest }))
}

async function* history(
  store: Pick<RevisionStore, 'activations'>,
  before?: string,
): AsyncGenerator<Activation> {
  let beforeId = before
  for (let page = 0; page < pagesMax; page += 1) {
    const found = await store.activations({
      limit: pageSize,
      ...(beforeId === undefined ? {} : { beforeId }),
    })
    yield* found
    const last = found.at(-1)
    if (last === undefined || found.length < pageSize) return
    beforeId = last.id
  }
}
