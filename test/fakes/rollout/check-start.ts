import { scopeName } from '../../../src/control-plane/documents/document.ts'
import { planStale, revisionQuarantined } from '../../../src/control-plane/revisions/revision-errors.ts'
import { findConflict } from '../../../src/control-plane/rollout/find-conflict.ts'
import type { StartConflict } from '../../../src/control-plane/rollout/find-conflict.ts'
import {
  rolloutBusy,
  rolloutOvertaken,
  rolloutScopes,
} from '../../../src/control-plane/rollout/rollout-errors.ts'
import type { NewRollout } from '../../../src/control-plane/rollout/rollout-store.ts'
import type { Rollout } from '../../../src/control-plane/rollout/rollout.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { MemoryQuarantineStore } from '../memory-quarantine-store.ts'

/** Everything that speaks against a start, as RolloutStore.start says it; what it supersedes, or the rollout that it already is. */
export function checkStart(
  { scopes, reason, overrideQuarantine, seen }: NewRollout,
  given: {
    readonly live: readonly Rollout[]
    readonly heads: ReadonlyMap<string, string>
    readonly quarantine: MemoryQuarantineStore
  },
): Exclude<StartConflict, { conflict: 'busy' | 'overtaken' }> {
  const owners = new Set(scopes.map(({ tenantId }) => tenantId))
  if (scopes.length === 0 || (owners.size > 1 && !owners.has(null))) throw rolloutScopes('in memory')
  const found = findConflict(scopes, given.live, seen)
  if (found.conflict === 'same') return found
  if (found.conflict === 'busy') throw rolloutBusy(found.rollout)
  if (found.conflict === 'overtaken') throw rolloutOvertaken(found.rollout)
  const moved = scopes.filter(({ scope, baseline }) => given.heads.get(scopeName(scope)) !== baseline.digest)
  if (moved.length > 0)
    throw planStale(moved.map(({ scope, baseline }) => ({ scope, expected: baseline.digest, found: null })))
  for (const { scope, candidate } of scopes) {
    const quarantined = given.quarantine.find(scope, candidate.digest)
    if (quarantined === null) continue
    if (overrideQuarantine !== true) throw revisionQuarantined(scope, quarantined)
    if (reason === null) throw new NxError('usage', 'NX-REASON-REQUIRED', 'Overriding needs a reason')
  }
  return found
}
