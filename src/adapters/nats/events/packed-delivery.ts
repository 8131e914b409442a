import type { BusMessage } from '../../../messaging/bus/event-bus.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { Delivery } from '../consumers/pull-consumer.ts'

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
