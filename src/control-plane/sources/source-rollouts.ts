import { scopeName } from '../documents/document.ts'
import type { Rollout } from '../rollout/rollout.ts'
import type { RolloutStore } from '../rollout/rollout-store.ts'

/** As many live rollouts as are looked at: one per scope can be live. */
const liveMax = 500

export type SourceRollouts = Pick<RolloutStore, 'get' | 'list'>

/** What became of these rollouts, each as `id (state)`. One that failed to start is not under way: it holds nothing. */
export async function progressOf(
  rollouts: SourceRollouts,
  ids: readonly string[],
): Promise<{ readonly rolling: readonly string[]; readonly ended: readonly string[] }> {
  const found = await Promise.all(ids.map(async (id) => rollouts.get(id, null)))
  const known = found.filter((rollout) => rollout !== null)
  const isLive = ({ endedAt, state }: Rollout): boolean =>
    endedAt === null && state.state !== 'failed_to_start'
  const name = ({ id, state }: Rollout): string => `${id}, ${state.state}`
  return {
    rolling: known.filter(isLive).map(name),
    ended: known.filter((rollout) => !isLive(rollout)).map(name),
  }
}

/**
 * The rollouts under way that together offer exactly these contents, by scope's name; none when they do not: a source that was
 * interrupted after it had begun them does not begin them again.
 */
export async function rolloutsOf(
  rollouts: SourceRollouts,
  wanted: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const live = await rollouts.list({ tenantId: null, live: true, limit: liveMax })
  const offering = live.filter(({ scopes }) =>
    scopes.every(({ scope, candidate }) => wanted.get(scopeName(scope)) === candidate.digest),
  )
  const offered = offering.flatMap(({ scopes }) => scopes)
  return offered.length === wanted.size ? offering.map(({ id }) => id) : []
}
