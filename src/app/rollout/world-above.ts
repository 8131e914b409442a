import { scopeName } from '../../control-plane/documents/document.ts'
import { readStored } from '../../control-plane/plan/world/read-world.ts'
import type { World } from '../../control-plane/plan/world/configuration-world.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'

/** What is active in these scopes (by name) and in those above them. Reads only. */
export async function worldAbove(
  revisions: Pick<RevisionStore, 'heads' | 'revision'>,
  scopes: readonly string[],
  tenants: ReadonlyMap<string, string>,
): Promise<World> {
  const wanted = new Set([
    'global',
    ...scopes,
    ...scopes.map((name) => name.split('/').slice(0, 2).join('/')),
  ])
  const slugs = new Set([...wanted].flatMap((name) => name.split('/')[1] ?? []))
  const heads = await revisions.heads([...slugs].flatMap((slug) => tenants.get(slug) ?? []))
  return await readStored(
    revisions,
    heads.filter(({ scope }) => wanted.has(scopeName(scope))),
  )
}
