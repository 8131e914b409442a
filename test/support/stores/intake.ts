import { digestOf } from '../../../src/kernel/digest.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { NxEvent } from '../../../src/messaging/events/event.ts'
import type { IncomingEvent, IntakeRequest } from '../../../src/messaging/intake/event-intake.ts'
import { someEvent } from '../events.ts'

/** An event at the door, with an id of its own. */
export function incoming(
  change: Partial<NxEvent> & { tenantId: string },
  more: Partial<IncomingEvent> = {},
): IncomingEvent {
  const event = someEvent({ id: newId(), ...change })
  return { event, digest: digestOf(event.data), horizonMs: 60_000, onConflict: 'conflict', ...more }
}

/** A request of one tenant. */
export function request(tenantId: string, ...events: readonly IncomingEvent[]): IntakeRequest {
  return { tenantId, events, deadLetters: [] }
}
