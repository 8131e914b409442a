import { derivedId } from '../../kernel/ids.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { DeadLetterClass, NewDeadLetter } from '../../messaging/dead-letters/dead-letter.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { RuleTrace } from '../decide/decision.ts'

/** The dead letter of an event that has no decision. */
export function deadEvent(
  event: LoggedEvent,
  deadClass: DeadLetterClass,
  code: string,
  reason: string,
): NewDeadLetter {
  return {
    ...letterOf(event, code, reason),
    id: derivedId('dead-letter', event.id),
    source: 'event',
    class: deadClass,
    cause: null,
  }
}

/**
 * One dead letter for every part of the configuration that failed on this event: its effects were dropped and can be asked for
 * again by a replay of just that part.
 */
export function failedParts(event: LoggedEvent, trace: readonly RuleTrace[]): readonly NewDeadLetter[] {
  return trace.flatMap((entry, index) =>
    entry.outcome === 'failed'
      ? [
          {
            ...letterOf(event, entry.code, entry.error),
            id: derivedId('dead-letter', event.id, entry.rule, String(index)),
            source: 'rule' as const,
            class: 'poison' as const,
            cause: entry.rule,
          },
        ]
      : [],
  )
}

function letterOf(
  event: LoggedEvent,
  code: string,
  reason: string,
): Omit<NewDeadLetter, 'id' | 'source' | 'class' | 'cause'> {
  return {
    tenantId: event.tenantId,
    workspace: event.workspace,
    code,
    reason: reason.slice(0, 2_000),
    integration: null,
    entityKey: entityKey(event.workspace, event.subject),
    eventId: event.id,
    commandId: null,
    payload: {
      type: event.type,
      subject: `${event.subject.kind}/${event.subject.id}`,
      data: event.data,
    } satisfies JsonObject,
  }
}
