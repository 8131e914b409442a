import type { LoggedEvent } from '../../../messaging/events/event.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'

/** Channel -> when a contact last wrote on it, no longer ago than this: what the ledger reads out of the log. */
export function lastInbound(
  happened: ReadonlyArray<{ readonly event: LoggedEvent }>,
  key: string,
  sinceMs: number,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { event } of happened) {
    if (event.type !== 'message.received' || entityKey(event.workspace, event.subject) !== key) continue
    const { channel, direction = 'inbound' } = event.data
    const atMs = Math.min(Date.parse(event.time), Date.parse(event.acceptedAt))
    if (typeof channel !== 'string' || direction !== 'inbound' || atMs <= sinceMs) continue
    found.set(channel, Math.max(atMs, found.get(channel) ?? 0))
  }
  return found
}
