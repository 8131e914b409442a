import type { EntityState } from '../decide/entity-state.ts'
import { newEntity } from '../decide/entity-state.ts'
import type { PastDecision } from '../explain/fold-history.ts'
import { foldHistory } from '../explain/fold-history.ts'
import type { EntityRef } from '../../messaging/events/event.ts'

/**
 * What decisions make of an entity, from its base (null: from nothing); null: a decision is missing. Folding in parts gives the same as
 * folding at once.
 */
export function foldState(
  workspace: string,
  ref: EntityRef,
  decisions: readonly PastDecision[],
  base: EntityState | null,
): EntityState | null {
  if (decisions.length === 0) return base ?? newEntity(workspace, ref)
  return foldHistory(workspace, ref, decisions, base)?.entity ?? null
}
