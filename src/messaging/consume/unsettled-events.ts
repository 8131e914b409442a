import { NxError } from '../../kernel/errors.ts'
import type { LoggedEvent } from '../events/event.ts'

/** Of a batch everything was committed but these: they come again. `cause` is what went wrong first. */
export class UnsettledEvents extends NxError {
  readonly events: readonly LoggedEvent[]

  constructor(events: readonly LoggedEvent[], cause: unknown) {
    super('unavailable', 'NX-EVENTS-UNSETTLED', `${events.length} events could not be applied now`, {
      retryable: true,
      cause,
    })
    this.events = events
  }
}
