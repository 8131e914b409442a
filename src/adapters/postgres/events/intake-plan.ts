import type { IncomingEvent, IntakeRequest, KeyConflict } from '../../../messaging/intake/event-intake.ts'

/** An event of a request that is being stored, with the first of the same key in the batch (itself, if it is the first). */
export interface PlannedEvent {
  readonly request: number
  readonly incoming: IncomingEvent
  readonly key: string
  readonly first: IncomingEvent
}

/** What a batch asks of the inbox: each key once. */
export interface IntakePlan {
  readonly events: readonly PlannedEvent[]
  /** The first event of each key, by key. */
  readonly firsts: ReadonlyMap<string, IncomingEvent>
}

/** A key as the inbox held it before this transaction. */
export interface KnownKey {
  readonly eventId: string
  readonly digest: string
}

/** The inbox key of an event as one text. */
export function inboxKey(tenantId: string, source: string, externalId: string): string {
  return JSON.stringify([tenantId, source, externalId])
}

/**
 * Finds repeats inside the batch, so that each key is inserted once. `skip`: requests that were refused before, or are
 * answered by their own key.
 */
export function planIntake(
  requests: readonly IntakeRequest[],
  skip: { has(request: number): boolean },
): IntakePlan {
  const firsts = new Map<string, IncomingEvent>()
  const events: PlannedEvent[] = []
  for (const [request, { tenantId, events: incomings }] of requests.entries()) {
    if (skip.has(request)) continue
    for (const incoming of incomings) {
      const key = inboxKey(tenantId, incoming.event.source, incoming.event.externalId)
      const first = firsts.get(key) ?? incoming
      firsts.set(key, first)
      events.push({ request, incoming, key, first })
    }
  }
  return { events, firsts }
}

/** Who had the key first: an earlier transaction, or an earlier event of this batch. */
export function keyHolder(planned: PlannedEvent, known: ReadonlyMap<string, KnownKey>): KnownKey {
  return known.get(planned.key) ?? { eventId: planned.first.event.id, digest: planned.first.digest }
}

/** Does it repeat what its key's holder said? */
export function repeats({ incoming }: PlannedEvent, holder: Pick<KnownKey, 'digest'>): boolean {
  return incoming.onConflict === 'first_counts' || holder.digest === incoming.digest
}

/** The same key with another body. */
export function conflictOf({ incoming }: PlannedEvent, holder: KnownKey): KeyConflict {
  return {
    source: incoming.event.source,
    externalId: incoming.event.externalId,
    firstId: holder.eventId,
    firstDigest: holder.digest,
    digest: incoming.digest,
  }
}

/**
 * The conflicts that refuse requests, by request. Those with keys of earlier transactions come alone: once their requests
 * are left out, an event that seemed to conflict inside the batch may turn out to be fine.
 */
export function refusals(
  plan: IntakePlan,
  known: ReadonlyMap<string, KnownKey>,
): ReadonlyMap<number, readonly KeyConflict[]> {
  const conflicting = plan.events.filter(
    (planned) =>
      planned.incoming.onConflict === 'conflict' &&
      keyHolder(planned, known).digest !== planned.incoming.digest,
  )
  const withEarlier = conflicting.filter((planned) => known.has(planned.key))
  const byRequest = new Map<number, KeyConflict[]>()
  for (const planned of withEarlier.length > 0 ? withEarlier : conflicting) {
    const conflict = conflictOf(planned, keyHolder(planned, known))
    byRequest.set(planned.request, [...(byRequest.get(planned.request) ?? []), conflict])
  }
  return byRequest
}
