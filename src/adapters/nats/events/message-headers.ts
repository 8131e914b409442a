import type { MsgHdrs } from 'nats'
import type { LogPosition } from '../../../messaging/relay/event-log.ts'

/** Where the event stands in the log, `<txid>:<pos>`. Who only consumes has no use for it. */
export const positionHeader = 'Nx-Position'
export const messageIdHeader = 'Nats-Msg-Id'

export function messageId(eventId: string, publishNumber: number): string {
  return `${eventId}:${publishNumber}`
}

export function positionText({ txid, pos }: LogPosition): string {
  return `${txid}:${pos}`
}

/**
 * Where a stored message stands in the log; null when it does not say, or when it was published again on purpose: that one
 * stands behind messages of later places.
 */
export function orderedPositionOf(headers: MsgHdrs): LogPosition | null {
  const place = /^(\d{1,20}):(\d{1,20})$/.exec(headers.get(positionHeader))
  if (place === null || !headers.get(messageIdHeader).endsWith(':1')) return null
  return { txid: place[1] ?? '', pos: place[2] ?? '' }
}
