import type { Scope } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import { resolveDocuments } from '../resolution/resolve-documents.ts'
import { resolvePolicy } from '../rollout/policy/resolve-policy.ts'
import type { ResolvedPolicy } from '../rollout/policy/resolved-policy.ts'
import { rolloutPolicyKind } from '../rollout/policy/rollout-policy-kind.ts'
import type { World } from './world/configuration-world.ts'

/** The RolloutPolicy that a change of this scope is under: the lowest one that the scope sees; without one, the defaults. */
export function governingPolicy(world: World, scope: string, kinds: readonly DocumentKind[]): ResolvedPolicy {
  const layers = scopesAbove(scope).flatMap((name) => {
    const found = world.get(name)
    if (found === undefined) return []
    const documents = found.documents.filter(({ kind }) => kind === rolloutPolicyKind.kind)
    return documents.length === 0 ? [] : [{ scope: found.scope, documents }]
  })
  const lowest = resolveDocuments(layers, kinds)
    .documents.toSorted((a, b) => depth(b.scope) - depth(a.scope))
    .find(({ kind }) => kind === rolloutPolicyKind.kind)
  const parsed = lowest === undefined ? null : rolloutPolicyKind.schema.safeParse(lowest.body)
  return resolvePolicy(parsed?.success === true ? parsed.data : null)
}

/** `tenants/acme/workspaces/eu` sees `global`, `tenants/acme` and itself. */
function scopesAbove(scope: string): readonly string[] {
  if (scope === 'global') return ['global']
  const tenant = scope.split('/').slice(0, 2).join('/')
  return scope === tenant ? ['global', tenant] : ['global', tenant, scope]
}

function depth(scope: Scope): number {
  return ['global', 'tenant', 'workspace'].indexOf(scope.level)
}
