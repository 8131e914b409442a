import type { AlertCondition } from '../../../platform/alerts/alert.ts'
import { alertCodes } from '../../../platform/alerts/alert-codes.ts'
import type { AlertCode } from '../../../platform/alerts/alert-codes.ts'
import { labelOf } from '../rollout-errors.ts'
import type { Rollout } from '../rollout.ts'
import { percentIn } from '../state/start-rollout.ts'

/** What rollouts raise. Derived from their rows at every look, so that no crash can lose one. */
export const rolloutAlertCodes = [
  'NX-ALERT-ROLLOUT-BACK',
  'NX-ALERT-ROLLOUT-HELD',
  'NX-ALERT-ROLLOUT-APPROVAL',
  'NX-ALERT-ROLLOUT-FAILED',
] as const satisfies readonly AlertCode[]

/** For so long somebody is told that a rollout went back, unless another has begun in its place. */
export const toldForMs = 24 * 3_600_000

/** The conditions that these rollouts (live ones, and those that ended within `toldForMs`; newest first) give rise to. */
export function rolloutAlerts(rollouts: readonly Rollout[]): readonly AlertCondition[] {
  const replaced = new Set<string>()
  return rollouts.flatMap((rollout) => {
    const label = labelOf(rollout.scopes)
    const newer = replaced.has(label)
    replaced.add(label)
    return newer && rollout.endedAt !== null ? [] : conditionOf(rollout, label)
  })
}

function conditionOf(rollout: Rollout, label: string): readonly AlertCondition[] {
  const { state, policy } = rollout
  const id = rollout.id.slice(0, 13)
  const where = `${label}, candidate ${rollout.candidateDigest.slice(0, 12)}`
  const raise = (code: (typeof rolloutAlertCodes)[number], detail: string, fix: string): AlertCondition[] => {
    const { severity, title } = alertCodes[code]
    const facts = { rollout: rollout.id, state: state.state, percent: percentIn(policy, state) }
    const subject = `rollout/${rollout.id}`
    return [
      {
        tenantId: ownerOf(rollout),
        code,
        subject,
        severity,
        title,
        detail: `${where}: ${detail}`,
        fix,
        facts,
      },
    ]
  }
  switch (state.state) {
    case 'rolled_back':
      return raise('NX-ALERT-ROLLOUT-BACK', state.reason, `neuronx rollout exposures ${id}`)
    case 'failed_to_start':
      return raise('NX-ALERT-ROLLOUT-FAILED', state.reason, `neuronx rollout retry ${id} --reason "why"`)
    case 'pending_approval': {
      const missing = state.approversNeeded - state.approvedBy.length
      const detail = `to begin needs the approval of ${missing} more`
      return raise('NX-ALERT-ROLLOUT-APPROVAL', detail, `neuronx rollout approve ${id} --reason "why"`)
    }
    case 'held': {
      const detail = state.reasons.map(({ message }) => message).join('; ')
      const approval = state.reasons.some(({ code }) => code === 'approval_missing')
      return approval
        ? raise('NX-ALERT-ROLLOUT-APPROVAL', detail, `neuronx rollout approve ${id} --reason "why"`)
        : raise('NX-ALERT-ROLLOUT-HELD', detail, `neuronx rollout status ${id}`)
    }
    default:
      return []
  }
}

/** The tenant whose alert it is; the installation's when the global scope is part of it. */
function ownerOf({ scopes }: Rollout): string | null {
  return scopes.some(({ tenantId }) => tenantId === null) ? null : (scopes[0]?.tenantId ?? null)
}
