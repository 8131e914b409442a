import type { Scope } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import { bundleDigest } from './revision-digest.ts'
import type { ActivationKind } from './revision-store.ts'

/** One change of what is active, as far as it matters here. */
export interface BundleStep {
  readonly scope: Scope
  readonly digest: string
  readonly previousDigest: string | null
  readonly kind: ActivationKind
}

interface ScopeState {
  active: string | null
  /** Offered beside the active one; gone with the scope's next change. */
  offered: string | null
}

type Chosen = readonly { readonly scope: Scope; readonly digest: string }[]

/**
 * The revisions whose bundle has this digest, from global down, or null: walks the changes of one tenant's scopes and of the global
 * one (oldest first) and looks at each bundle that came about. A digest stands for its content, so whatever matches is right. Time
 * grows with changes times workspaces: some microseconds for each pair.
 */
export function findBundle(steps: readonly BundleStep[], digest: string): Chosen | null {
  const states = new Map<string, ScopeState>()
  const workspaces = new Map<string, Scope | null>([['', null]])
  let tenant: Scope | null = null
  for (const step of steps) {
    if (step.scope.level === 'tenant') tenant = step.scope
    if (step.scope.level === 'workspace') workspaces.set(scopeName(step.scope), step.scope)
    // What was active before the part of the history that is looked at.
    if (!states.has(scopeName(step.scope)))
      states.set(scopeName(step.scope), { active: step.previousDigest, offered: null })
  }
  const tried = (touched: readonly (Scope | null)[]): Chosen | null => {
    for (const workspace of touched) {
      const found = combinations([{ level: 'global' }, tenant, workspace], states).find(
        (chosen) => bundleDigest(chosen) === digest,
      )
      if (found !== undefined) return found
    }
    return null
  }
  const all = [...workspaces.values()]
  const before = tried(all)
  if (before !== null) return before
  for (const step of steps) {
    const state = states.get(scopeName(step.scope)) as ScopeState
    if (step.kind === 'candidate') state.offered = step.digest
    else states.set(scopeName(step.scope), { active: step.digest, offered: null })
    const found = tried(step.scope.level === 'workspace' ? [step.scope] : all)
    if (found !== null) return found
  }
  return null
}

/** Active or offered, of each scope. */
function combinations(
  scopes: readonly (Scope | null)[],
  states: ReadonlyMap<string, ScopeState>,
): readonly Chosen[] {
  let chosen: readonly Chosen[] = [[]]
  for (const scope of scopes) {
    const state = scope === null ? undefined : states.get(scopeName(scope))
    if (scope === null || state === undefined) continue
    const digests = [state.active, ...(state.offered === null ? [] : [state.offered])]
    chosen = chosen.flatMap((above) =>
      digests.map((one) => (one === null ? above : [...above, { scope, digest: one }])),
    )
  }
  return chosen
}
