import type { Rollout } from '../../control-plane/rollout/rollout.ts'
import type { RolloutStatus } from './rollout-status.ts'

type Unfinished = Omit<RolloutStatus, 'nextAction'>

/** One sentence: what happens next, and what somebody would have to do for it. */
export function nextAction(status: Unfinished, state: Rollout['state']): string {
  const { id } = status
  switch (state.state) {
    case 'pending_approval': {
      const missing = state.approversNeeded - state.approvedBy.length
      return `begins once ${missing} more approve: neuronx rollout approve ${id} --reason TEXT`
    }
    case 'paused':
      return `${state.by} paused it (${state.reason}); to go on: neuronx rollout resume ${id} --reason TEXT`
    case 'completed':
      return 'nothing: the candidate is what is active'
    case 'rolled_back':
      return `nothing: everybody is back on the baseline and the candidate is quarantined (${state.reason}); see neuronx rollout report ${id}`
    case 'aborted':
      return `nothing: ${state.by} aborted it (${state.reason})${state.quarantined ? '; the candidate is quarantined' : ''}`
    case 'superseded':
      return `nothing: a newer candidate (${state.byDigest.slice(0, 12)}) took its place; see neuronx rollout list`
    case 'failed_to_start':
      return `it could not be started (${state.reason}); once that is mended: neuronx rollout retry ${id} --reason TEXT`
    default:
      return liveAction(status)
  }
}

function liveAction(status: Unfinished): string {
  const { judged, next, daemonsAlive } = status
  if (daemonsAlive === 0) return 'no daemon runs: it stays where it is until one does (neuronx daemon run)'
  if (judged === null) return 'the judge looks at it within seconds'
  const onwards = next === null ? 'completes' : `goes on to ${next.text}`
  switch (judged.verdict) {
    case 'rollback':
      return `goes back to the baseline within seconds: ${judged.reason ?? ''}`
    case 'promote':
    case 'complete':
      return `${onwards} within seconds`
    case 'wait':
      return judged.blocks.length === 0
        ? `${onwards} at ${judged.until ?? ''}`
        : `${onwards} at ${judged.until ?? ''} at the earliest, once what is missing has come`
    case 'hold':
      return heldAction(status, onwards)
  }
}

function heldAction({ id, judged, next }: Unfinished, onwards: string): string {
  const blocks = judged?.blocks ?? []
  if (blocks.some(({ code }) => code === 'approval_missing')) {
    return `${onwards} once it is approved: neuronx rollout approve ${id} --reason TEXT`
  }
  if (blocks.some(({ code }) => code === 'rollback_advised')) {
    return `autoRollback is off: decide; neuronx rollout abort ${id} --reason TEXT`
  }
  const [expected] = blocks
    .flatMap(({ expectedAt }) => expectedAt ?? [])
    .toSorted()
    .reverse()
  const by = expected === undefined ? '' : `, expected at ${expected}`
  const person = next === null ? '' : `; without it: neuronx rollout promote ${id} --reason TEXT`
  return `${onwards} once what is missing has come${by}${person}`
}
