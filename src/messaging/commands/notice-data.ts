import type { JsonObject } from '../../kernel/json.ts'
import type { SettledAttempt } from './command-queue.ts'

/** What the event says beside which command it is about. `until`: when a deferred message may go, RFC 3339. */
export function noticeData({ settlement, notice }: SettledAttempt, now: Date): JsonObject {
  // Left out rather than null: an EventType of the same name may say that it is a text.
  const channel: JsonObject = notice?.channel == null ? {} : { channel: notice.channel }
  switch (settlement.state) {
    case 'succeeded':
      return channel
    case 'deferred':
      return {
        ...channel,
        code: settlement.error.code,
        reason: settlement.error.message,
        until: new Date(now.getTime() + settlement.delayMs).toISOString(),
      }
    case 'suppressed':
      return {
        ...channel,
        code: settlement.error.code,
        reason: settlement.error.message,
        ...(settlement.instead === null ? {} : { insteadCommandId: settlement.instead.id }),
      }
    case 'retry':
    case 'dead':
    case 'in_doubt':
      return { ...channel, code: settlement.error.code, reason: settlement.error.message }
  }
}
