import { derivedId } from '../../../kernel/ids.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import type { EntityState } from '../entity-state.ts'
import type { RuleWait } from '../rule-wait.ts'
import { dueFirst } from '../rule-wait.ts'
import { timerDueType } from '../../processing/decision-store.ts'

/** The wait of a rule that falls due first, until a time; null: none does. Those of failed rules are over already. */
export function nextRuleWait(
  waits: readonly RuleWait[],
  untilMs: number,
): { readonly wait: RuleWait; readonly dueMs: number } | null {
  const [wait] = waits
    .filter(({ failed, dueAt }) => !failed && Date.parse(dueAt) <= untilMs)
    .toSorted(dueFirst)
  return wait === undefined ? null : { wait, dueMs: Date.parse(wait.dueAt) }
}

/** The event that a wait which is over becomes, the same as the daemon makes of its row: a timer starts a chain anew. */
export function ruleTimerEvent(
  wait: RuleWait,
  { workspace, ref }: Pick<EntityState, 'workspace' | 'ref'>,
  tenantId: string,
  time: string,
): NxEvent {
  const id = derivedId('timer', wait.id)
  return {
    id,
    tenantId,
    workspace,
    type: timerDueType,
    subject: ref,
    source: 'neuronx/rules',
    externalId: wait.id,
    time,
    data: { wait: wait.id },
    origin: 'timer',
    correlationId: wait.correlationId,
    causationId: wait.event.id,
    rootId: id,
    depth: 0,
  }
}
