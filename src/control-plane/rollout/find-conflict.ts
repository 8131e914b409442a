import type { Scope } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { Rollout, RolloutScope } from './rollout.ts'

/** What live rollouts mean for one that is to start. */
export type StartConflict =
  /** The very same candidate is on its way. */
  | { readonly conflict: 'same'; readonly rollout: Rollout }
  /** One holds a scope above or below, or some of the scopes and others, or its policy has newer revisions wait. */
  | { readonly conflict: 'busy'; readonly rollout: Rollout }
  /** One that would have to make room began after whoever starts this looked: they mean it no more than its author did. */
  | { readonly conflict: 'overtaken'; readonly rollout: Rollout }
  /** These change the same scopes or fewer: they make room. None: nothing is in the way. */
  | { readonly conflict: 'none'; readonly supersedes: readonly Rollout[] }

/** Looks through what is live, wherever it is. `seen`: ids of those that were live when this was planned; left out: it does not matter. */
export function findConflict(
  scopes: readonly Pick<RolloutScope, 'scope' | 'candidate'>[],
  live: readonly Rollout[],
  seen?: readonly string[],
): StartConflict {
  const wanted = new Map(scopes.map(({ scope, candidate }) => [scopeName(scope), candidate.digest]))
  const supersedes: Rollout[] = []
  for (const rollout of live) {
    const shared = rollout.scopes.filter(({ scope }) => wanted.has(scopeName(scope)))
    const near = rollout.scopes.some(({ scope }) => scopes.some((other) => isAbove(scope, other.scope)))
    if (shared.length === 0 && !near) continue
    const all = shared.length === rollout.scopes.length
    const same = shared.every(({ scope, candidate }) => wanted.get(scopeName(scope)) === candidate.digest)
    if (all && same && scopes.length === shared.length) return { conflict: 'same', rollout }
    if (!all || rollout.policy.newerRevision === 'queue') return { conflict: 'busy', rollout }
    if (seen !== undefined && !seen.includes(rollout.id)) return { conflict: 'overtaken', rollout }
    supersedes.push(rollout)
  }
  return { conflict: 'none', supersedes }
}

/** Does one of two different scopes lie above the other? */
function isAbove(a: Scope, b: Scope): boolean {
  if (a.level === b.level) return false
  if (a.level === 'global' || b.level === 'global') return true
  return a.tenant === b.tenant
}
