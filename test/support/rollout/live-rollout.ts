import { resolvePolicy } from '../../../src/control-plane/rollout/policy/resolve-policy.ts'
import type { Rollout, RolloutScope } from '../../../src/control-plane/rollout/rollout.ts'
import { digestOfParts } from '../../../src/kernel/digest.ts'
import { acmeId } from '../events.ts'

/** A rollout of the scope of tenant acme in its first step, with ids of its own. */
export function liveRollout(change: Partial<Rollout> = {}): Rollout {
  return {
    id: '0190b5a4-0000-7000-8000-00000000000a',
    candidateDigest: digestOfParts(['c']),
    scopes: [acmeScope()],
    policy: resolvePolicy(null),
    state: { state: 'step', at: { phase: 'step', step: 0, enteredAtMs: 0 } },
    version: 1,
    risk: 'low',
    predictions: {},
    planId: null,
    reason: null,
    startedAt: '2026-03-05T12:00:00.000Z',
    startedBy: 'test',
    endedAt: null,
    ...change,
  }
}

/** `tenants/acme`, from one digest to another. */
export function acmeScope(change: Partial<RolloutScope> = {}): RolloutScope {
  return {
    scope: { level: 'tenant', tenant: 'acme' },
    tenantId: acmeId,
    baseline: { revisionId: '0190b5a4-0000-7000-8000-0000000000b0', digest: digestOfParts(['b']) },
    candidate: { revisionId: '0190b5a4-0000-7000-8000-0000000000c0', digest: digestOfParts(['c']) },
    ...change,
  }
}
