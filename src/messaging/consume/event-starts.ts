import type { LoggedEvent } from '../events/event.ts'

/** An event as far as its starts are concerned. */
export type StartedEvent = Pick<LoggedEvent, 'id' | 'tenantId'>

/** Which events were begun and neither finished nor failed: what a process was doing when it died. */
export interface EventStarts {
  /** How many processes but `owner` died over each of these; events that none did are left out. */
  deaths(events: readonly StartedEvent[], owner: string): Promise<ReadonlyMap<string, number>>
  /** Notes, durably, that `owner` begins these. Once more by the same owner counts once. */
  begin(events: readonly StartedEvent[], owner: string): Promise<void>
  /** They are finished, or failed in a way that their process survived. */
  end(events: readonly StartedEvent[]): Promise<void>
}
