import type { EventTypeInfo } from '../compile/type-catalog.ts'
import { scalar, structOf } from '../types/field-type.ts'
import type { FieldType } from '../types/field-type.ts'

const about: Readonly<Record<string, FieldType>> = {
  commandId: scalar('string'),
  instanceId: scalar('string', true),
  integration: scalar('string'),
  operation: scalar('string'),
  cause: scalar('string'),
  channel: scalar('string', true),
}
const reasons = { code: scalar('string'), reason: scalar('string') }

function message(type: string, more: Readonly<Record<string, FieldType>>): EventTypeInfo {
  return { type, folds: null, builtIn: true, data: structOf({ ...about, ...more }) }
}

/**
 * What became of messages that went through the policy gate. An EventType of the same name adds to them: a vendor may tell of the
 * messages that it sent under the same name (those have no commandId).
 */
export const messageEvents: readonly EventTypeInfo[] = [
  message('message.sent', {}),
  message('message.deferred', { ...reasons, until: scalar('timestamp') }),
  message('message.suppressed', { ...reasons, insteadCommandId: scalar('string', true) }),
  message('message.failed', { ...reasons, message_id: scalar('string', true) }),
  // What the vendor tells later; of a message that no command sent there is no commandId either.
  message('message.delivered', { message_id: scalar('string', true) }),
  message('message.read', { message_id: scalar('string', true) }),
]

/** Their names. Nobody has to declare them. */
export const messageEventTypes: ReadonlySet<string> = new Set(messageEvents.map(({ type }) => type))
