import { derivedId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { AttemptError, LeasedCommand } from '../../../messaging/commands/command.ts'
import type { NewDeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import type { DeadLetterClass } from '../../../messaging/dead-letters/dead-letter.ts'
import type { MessageOutcome } from '../../../messaging/commands/message-notice.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'

/** How a command ended, as an event of the entity it was about. The same attempt always makes the same event. */
export function resultEvent(
  leased: LeasedCommand,
  type: 'command.succeeded' | 'command.failed' | 'command.cancelled' | `message.${MessageOutcome}`,
  outcome: JsonObject,
  time: string,
): NxEvent {
  const { command, runLease } = leased
  const { workspace, subject } = parseEntityKey(command.entityKey)
  const id = type.startsWith('message.')
    ? derivedId('message', command.id, runLease, type)
    : derivedId('result', command.id, runLease)
  return {
    id,
    tenantId: command.tenantId,
    workspace,
    type,
    subject,
    source: 'neuronx/commands',
    externalId: id,
    time,
    data: {
      commandId: command.id,
      integration: command.integration,
      operation: command.operation,
      cause: command.cause,
      instanceId: command.instanceId,
      ...outcome,
    },
    origin: 'result',
    correlationId: command.correlationId,
    causationId: command.id,
    rootId: command.rootId,
    depth: command.depth + 1,
  }
}

/** A command that ended badly, or of which nobody knows how it ended. */
export function commandLetter(
  leased: LeasedCommand,
  deadClass: DeadLetterClass,
  error: AttemptError,
): NewDeadLetter {
  const { command, runLease, attempt } = leased
  return {
    id: derivedId('dead_letter', 'command', command.id, runLease),
    tenantId: command.tenantId,
    workspace: command.workspace,
    source: 'command',
    class: deadClass,
    code: error.code,
    reason: error.message,
    integration: command.integration,
    entityKey: command.entityKey,
    eventId: command.eventId,
    commandId: command.id,
    cause: command.cause,
    payload: {
      operation: command.operation,
      input: command.input,
      idempotencyKey: command.idempotencyKey,
      attempts: attempt,
      error: { ...error },
    },
  }
}
