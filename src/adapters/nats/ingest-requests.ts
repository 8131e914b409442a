import type { Msg, NatsConnection } from 'nats'
import type { IngestMessage } from '../../messaging/bus/event-bus.ts'
import { tenantSlugPattern } from '../../platform/tenants/tenant.ts'

/** `nx.request.ingest.<tenant slug>`: asked by one daemon of the group. */
const subject = 'nx.request.ingest.*'
const group = 'nx-ingest'

/** What a requester reads when the daemon cannot take more, or could not store it: nothing happened, ask again. */
const comeAgain = JSON.stringify({
  type: 'about:blank',
  title: 'Not stored: ask again in a moment',
  status: 503,
  code: 'NX-INGEST-BUSY',
})

/**
 * CloudEvents sent as a NATS request: the answer comes when they are committed. Nothing is stored on the bus, so there is no
 * answer when no daemon runs (the requester's client says "no responders"). Returns how to stop.
 */
export function answerIngestRequests(
  connection: NatsConnection,
  prefetchMax: number,
  deliver: (message: IngestMessage) => void,
): () => Promise<void> {
  let underWay = 0
  const subscription = connection.subscribe(subject, {
    queue: group,
    callback: (error, message) => {
      if (error !== null) return
      if (underWay >= prefetchMax) return respond(message, comeAgain)
      underWay += 1
      deliver(
        requestMessage(message, () => {
          underWay -= 1
        }),
      )
    },
  })
  return async () => {
    if (!connection.isClosed()) await subscription.drain()
  }
}

function requestMessage(message: Msg, onSettled: () => void): IngestMessage {
  let settled = false
  const settle = (reply: string): void => {
    if (settled) return
    settled = true
    onSettled()
    respond(message, reply)
  }
  const { buffer, byteOffset, byteLength } = message.data
  return {
    tenantSlug: tenantSlugOf(message.subject, 3),
    body: Buffer.from(buffer, byteOffset, byteLength),
    accept: settle,
    refuse: settle,
    retryLater: () => settle(comeAgain),
  }
}

/** The requester names where the answer goes: not into what only we may publish to. */
function respond(message: Msg, reply: string): void {
  const to = message.reply ?? ''
  if (to !== '' && !/^(nx\.|\$)/.test(to)) message.respond(Buffer.from(reply))
}

/** The tenant's place in a subject; empty when what stands there is no slug, which no tenant has. */
export function tenantSlugOf(messageSubject: string, place: number): string {
  const slug = messageSubject.split('.')[place] ?? ''
  return tenantSlugPattern.test(slug) ? slug : ''
}
