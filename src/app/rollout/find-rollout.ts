import type { Rollout } from '../../control-plane/rollout/rollout.ts'
import { scopeName } from '../../control-plane/documents/document.ts'
import { NxError } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { Permission } from '../../platform/access/actor.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'

type Finder = Pick<Operator, 'actor' | 'rollouts'>

/** Rollouts that are looked through for what may have been meant. */
const lookedThrough = 200
const listedMax = 5

/** Whose rollouts an actor sees: those of its tenant, or (null) all. */
export function visibleTenant({ actor }: Pick<Operator, 'actor'>): string | null {
  return actor.kind === 'token' ? actor.tenantId : null
}

/** The tenant that a rollout is all about; null: the installation. */
export function tenantOf({ scopes }: Pick<Rollout, 'scopes'>): string | null {
  const [first] = scopes
  const own = first !== undefined && scopes.every(({ tenantId }) => tenantId === first.tenantId)
  return own ? first.tenantId : null
}

/**
 * A rollout by its id, the beginning of one, or the name of a scope that a live one changes (`acme`, `acme/eu`, `global`), once the actor
 * may do this to it. Throws NX-DENIED, NX-ROLLOUT-NOT-FOUND (with what may have been meant), NX-ROLLOUT-AMBIGUOUS.
 */
export async function findRollout(operator: Finder, name: string, permission: Permission): Promise<Rollout> {
  const tenantId = visibleTenant(operator)
  requirePermission(operator.actor, 'config.read', tenantId)
  const found = (await operator.rollouts.get(name, tenantId)) ?? (await searched(operator, name, tenantId))
  // What a tenant may see of the installation's own it may look at only.
  const owner = permission === 'config.read' ? tenantId : tenantOf(found)
  requirePermission(operator.actor, permission, owner)
  return found
}

/** Every rollout that is under way and that the actor may see, newest first. Throws NX-DENIED. */
export async function liveRollouts(
  operator: Finder,
  tenantId: string | null,
  limit: number,
): Promise<readonly Rollout[]> {
  const seen = tenantId ?? visibleTenant(operator)
  requirePermission(operator.actor, 'config.read', seen)
  return await operator.rollouts.list({ tenantId: seen, live: true, limit })
}

async function searched({ rollouts }: Finder, name: string, tenantId: string | null): Promise<Rollout> {
  const recent = await rollouts.list({ tenantId, limit: lookedThrough })
  const begun = recent.filter(({ id }) => name.length >= idPartMin && id.startsWith(name))
  if (begun.length > 1) throw ambiguous(name, begun)
  const live = await rollouts.list({ tenantId, live: true, limit: lookedThrough })
  const scoped = live.filter((one) => scopeWords(one).includes(name))
  if (scoped.length > 1) throw ambiguous(name, scoped)
  const [one] = [...begun, ...scoped]
  if (one !== undefined) return one
  const near = nearestName(
    name,
    recent.flatMap((rollout) => [rollout.id, rollout.id.slice(0, name.length), ...scopeWords(rollout)]),
  )
  throw new NxError('not_found', 'NX-ROLLOUT-NOT-FOUND', `There is no rollout '${name.slice(0, 60)}'`, {
    ...(near === null ? {} : { detail: `Did you mean ${near}?` }),
    fix: 'See which there are: neuronx rollout list',
  })
}

/** The shortest beginning of an id that may stand for it. */
const idPartMin = 4

/** What a scope may be called: `tenants/acme/workspaces/eu`, `acme/eu`. */
function scopeWords({ scopes }: Rollout): readonly string[] {
  return scopes.flatMap(({ scope }) => [scopeName(scope), scopeWord(scope)])
}

/** `global`, `acme`, `acme/eu`. */
export function scopeWord(scope: Rollout['scopes'][number]['scope']): string {
  if (scope.level === 'global') return 'global'
  return scope.level === 'tenant' ? scope.tenant : `${scope.tenant}/${scope.workspace}`
}

function ambiguous(name: string, found: readonly Rollout[]): NxError {
  const lines = found
    .slice(0, listedMax)
    .map(({ id, scopes }) => `${id}  ${scopes.map(({ scope }) => scopeName(scope)).join(', ')}`)
  return new NxError('usage', 'NX-ROLLOUT-AMBIGUOUS', `'${name}' may mean ${found.length} rollouts`, {
    detail: lines.join('\n'),
    fix: 'Write more of the id.',
  })
}
