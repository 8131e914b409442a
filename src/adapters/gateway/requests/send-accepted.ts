import type { FastifyReply } from 'fastify'
import type { AcceptedEvent, IntakeResult } from '../../../messaging/intake/event-intake.ts'
import type { AcceptedBody } from '../accept-events.ts'
import type { GatewayObserver } from '../gateway-ports.ts'

/** 202 with the ids of what was accepted. */
export function sendAccepted(reply: FastifyReply, body: AcceptedBody): FastifyReply {
  return reply.code(202).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** How an accepted event is told. */
export function idOf({ id, duplicate }: AcceptedEvent): AcceptedBody['accepted'][number] {
  return { id, duplicate }
}

/** Events of a request that was answered before are repeats, whatever the first answer said of them. */
export function countAccepted(
  observer: GatewayObserver,
  { state, events }: IntakeResult & { state: 'accepted' | 'replayed' },
): void {
  const duplicates = state === 'replayed' ? events : events.filter(({ duplicate }) => duplicate)
  observer.accepted(events.length, duplicates.length)
}
