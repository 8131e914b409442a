import { assignArm } from '../../../control-plane/rollout/assignment/assign-arm.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { ServedRollout } from './served-rollout.ts'

/** Whom an event's unit is served by. `pair`: both look at it, and the baseline's decision counts. */
export interface ChosenArm {
  readonly arm: 'candidate' | 'baseline' | 'pair'
  /** As the assignment hashed it; null: the event has none, and stays on the baseline. */
  readonly unit: string | null
}

/**
 * The arm of an event under a rollout: a pure function of what it is about and the candidate's share, so the same for all events of a
 * unit, on every daemon, however often they come.
 */
export function chooseArm(
  event: Pick<LoggedEvent, 'tenantId' | 'workspace' | 'subject'>,
  rollout: Pick<ServedRollout, 'candidateDigest' | 'unit' | 'phase' | 'weight'>,
): ChosenArm {
  const unit = unitOf(event, rollout.unit)
  if (rollout.phase === 'shadow') return { arm: 'pair', unit }
  // A tenant is one unit, whatever workspace its event is of.
  const workspace = rollout.unit === 'tenant' ? '' : event.workspace
  const { candidateDigest, weight } = rollout
  const { arm } = assignArm({ candidateDigest, tenantId: event.tenantId, workspace, unit }, weight)
  return { arm, unit }
}

function unitOf(
  { tenantId, workspace, subject }: Pick<LoggedEvent, 'tenantId' | 'workspace' | 'subject'>,
  unit: ServedRollout['unit'],
): string | null {
  if (unit === 'tenant') return tenantId
  if (unit === 'workspace') return workspace
  return subject.id === '' ? null : `${subject.kind}/${subject.id}`
}
