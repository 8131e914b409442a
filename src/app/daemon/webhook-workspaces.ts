import type { Revision } from '../../control-plane/revisions/revision-store.ts'

/**
 * Whose workspace the webhooks of each integration are for, by its name, which is unique within a tenant. One that a single workspace
 * has, or completes by an overlay, is that workspace's; one that several overlay belongs to none of them more than to the others, and
 * stays with `default`. Of workspaces that have one each the last by name counts.
 */
export function webhookWorkspaces(
  revisions: readonly Pick<Revision, 'scope' | 'documents'>[],
): ReadonlyMap<string, string> {
  const upper = new Set<string>()
  const workspaces = new Map<string, string[]>()
  for (const { scope, documents } of revisions) {
    for (const { kind, name } of documents) {
      if (kind !== 'Integration') continue
      if (scope.level !== 'workspace') upper.add(name)
      else workspaces.set(name, [...(workspaces.get(name) ?? []), scope.workspace])
    }
  }
  const hooks = new Map([...upper].map((name) => [name, 'default']))
  for (const [name, own] of workspaces) {
    const last = own.toSorted().at(-1)
    if (last !== undefined && (own.length === 1 || !upper.has(name))) hooks.set(name, last)
  }
  return hooks
}
