import { judge } from '../../../src/control-plane/rollout/judge/judge.ts'
import type { RolloutCounts } from '../../../src/control-plane/rollout/judge/counts.ts'
import type { JudgeFacts } from '../../../src/control-plane/rollout/judge/facts.ts'
import type { ResolvedPolicy } from '../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { Rollout, RolloutRecord } from '../../../src/control-plane/rollout/rollout.ts'
import { advance } from '../../../src/control-plane/rollout/state/advance.ts'
import type { RolloutInput, RolloutState } from '../../../src/control-plane/rollout/state/rollout-state.ts'
import { policyOf } from '../../control-plane/rollout/judge/observed.ts'

const tenantId = '018f0000-0000-7000-8000-000000000001'

/** A rollout of acme in its first step. */
export function reportedRollout(change: Partial<Rollout> = {}): Rollout {
  return {
    id: '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77',
    candidateDigest: 'c'.repeat(64),
    scopes: [
      {
        scope: { level: 'tenant', tenant: 'acme' },
        tenantId,
        baseline: { revisionId: '0199f4a2-0000-7000-8000-000000000001', digest: 'a'.repeat(64) },
        candidate: { revisionId: '0199f4a2-0000-7000-8000-000000000002', digest: 'b'.repeat(64) },
      },
    ],
    policy: policyOf({ shadowFirst: false }),
    state: { state: 'step', at: { phase: 'step', step: 0, enteredAtMs: 0 } },
    version: 1,
    risk: 'low',
    predictions: {},
    planId: null,
    reason: 'raise hot band',
    startedAt: '1970-01-01T00:00:00.000Z',
    startedBy: 'local:ada',
    endedAt: null,
    ...change,
  }
}

/** A ledger as the store keeps it: what each input did, in order. Inputs that change nothing leave no row. */
export function ledgerOf(
  policy: ResolvedPolicy,
  first: RolloutState,
  inputs: readonly {
    readonly nowMs: number
    readonly input?: RolloutInput
    readonly counts?: RolloutCounts
    readonly facts?: JudgeFacts
  }[],
): { readonly state: RolloutState; readonly records: readonly RolloutRecord[] } {
  let state = first
  const records: RolloutRecord[] = []
  for (const { nowMs, input, counts, facts } of inputs) {
    const verdict = counts === undefined || facts === undefined ? null : judge(counts, policy, nowMs, facts)
    const given = verdict === null ? input : ({ from: 'judge', verdict } as const)
    if (given === undefined) throw new Error('Neither an input nor counts')
    const next = advance(state, given, policy, nowMs)
    state = next.state
    if (next.transition === null) continue
    const judged =
      verdict === null || counts === undefined || facts === undefined ? null : { verdict, counts, facts }
    const record = { ...next.transition, rolloutId: 'r', seq: records.length + 1, state, judged }
    // Out of a database it comes as plain JSON.
    records.push(JSON.parse(JSON.stringify(record)) as RolloutRecord)
  }
  return { state, records }
}
