import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import type { BusMessage } from '../../../messaging/bus/event-bus.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import { decodeWireEvents } from '../../../messaging/events/wire-event.ts'
import type { Delivery } from '../consumers/pulled-delivery.ts'

/** What can be read of a message; the rest is told and passed over. */
export function readEvents(
  subject: string,
  body: Buffer,
  { logger, onUndecodable }: { logger: Logger; onUndecodable?: (subject: string, error: unknown) => void },
): readonly LoggedEvent[] {
  const { events, failures } = decodeWireEvents(body.toString('utf8'))
  for (const failure of failures) {
    logger.error({ subject, error: errorText(failure) }, 'A bus message is not an event; it is passed over')
    onUndecodable?.(subject, failure)
  }
  return events
}

/**
 * The events of one delivery, each settled on its own: the delivery is acknowledged when all of them are, and comes again as
 * a whole when one shall, after the longest of the waits that were asked for. What was done of it is recognised then.
 */
export function unpack(delivery: Delivery, events: readonly LoggedEvent[]): readonly BusMessage[] {
  let left = events.length
  let againMs: number | null = null
  const settle = (): void => {
    left -= 1
    if (left > 0) return
    if (againMs === null) delivery.ack()
    else delivery.retryLater(againMs)
  }
  return events.map((event) => {
    let settled = false
    const once = (delayMs: number | null): void => {
      if (settled) return
      settled = true
      if (delayMs !== null) againMs = Math.max(againMs ?? 0, delayMs)
      settle()
    }
    return { event, ack: () => once(null), retryLater: (delayMs) => once(delayMs) }
  })
}
