import { judge } from '../judge/judge.ts'
import type { RolloutObserved } from '../rollout-store.ts'
import type { Rollout, RolloutRecord } from '../rollout.ts'
import { advance } from '../state/advance.ts'
import { isLive } from '../state/record-transition.ts'
import type { Advanced, RolloutInput } from '../state/rollout-state.ts'

/** What is to become of a rollout now, and what the judge said if it was asked. */
export interface NextChange {
  readonly advanced: Advanced
  readonly judged: RolloutRecord['judged']
}

/** Who ends what cannot go on, as the ledger names it. */
export const actuatorName = 'daemon:rollout'

/**
 * One look at a rollout: at most one change. Whoever it is about being gone and the ground having moved under it come before what
 * the judge says. Pure.
 */
export function nextChange(rollout: Rollout, observed: RolloutObserved): NextChange {
  const { policy, state } = rollout
  const { counts, facts, nowMs } = observed
  const event = eventOf(rollout, observed)
  if (event !== null) return { advanced: advance(state, event, policy, nowMs), judged: null }
  if (!isLive(state)) return { advanced: { state, transition: null }, judged: null }
  const verdict = judge(counts, policy, nowMs, facts)
  return {
    advanced: advance(state, { from: 'judge', verdict }, policy, nowMs),
    judged: { verdict, counts, facts },
  }
}

function eventOf({ state }: Rollout, { suspended, movedTo }: RolloutObserved): RolloutInput | null {
  if ('atMs' in state) return null
  if (suspended.length > 0) {
    const reason = `tenant ${suspended.join(', ')} is suspended`
    return {
      from: 'operator',
      action: { action: 'abort', by: actuatorName, reason, quarantine: false },
    }
  }
  if (movedTo === null) return null
  return { from: 'system', event: { event: 'superseded', byDigest: movedTo } }
}
