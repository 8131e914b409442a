import { digestOf } from '../../kernel/digest.ts'
import { newId } from '../../kernel/ids.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { EntityRef, NxEvent } from '../events/event.ts'
import type { IncomingEvent } from './event-intake.ts'

/** An event as a producer or a vendor's translation states it: checked, but not yet anybody's and without an id of ours. */
export interface EventDraft {
  readonly source: string
  /** The producer's id of the event; with `source` the key by which a repeat is recognised. */
  readonly externalId: string
  readonly type: string
  /** null: it is about no entity, so it is ordered with its source's others (`integration/<source>`). */
  readonly subject: EntityRef | null
  /** RFC 3339, UTC; null when the producer gave none. */
  readonly time: string | null
  readonly data: JsonObject
  readonly correlationId: string | null
}

/** Whose event it becomes, and what repeats of it mean. */
export interface IntakeContext {
  readonly tenantId: string
  readonly workspace: string
  readonly now: Date
  /** For how long its key is remembered, milliseconds. */
  readonly horizonMs: number
  readonly onConflict: IncomingEvent['onConflict']
}

/** For how long keys of producers are remembered: longer than any redelivery. */
export const defaultHorizonMs = 7 * 86_400_000

/**
 * Gives a draft its id (UUIDv7), owner and digest. The digest covers type, subject and data, not the time: a producer that
 * stamps each attempt anew still repeats the same event.
 */
export function toIncoming(draft: EventDraft, context: IntakeContext): IncomingEvent {
  const event = externalEvent(draft, { ...context, id: newId(), time: context.now.toISOString() })
  const { type, subject, data } = event
  return {
    event,
    digest: digestOf({ type, subject: `${subject.kind}/${subject.id}`, data }),
    horizonMs: context.horizonMs,
    onConflict: context.onConflict,
  }
}

/** The event that a draft becomes: from outside, so the root of what follows from it. `time`: for a draft that states none. */
export function externalEvent(
  draft: EventDraft,
  { id, tenantId, workspace, time }: Pick<NxEvent, 'id' | 'tenantId' | 'workspace' | 'time'>,
): NxEvent {
  return {
    id,
    tenantId,
    workspace,
    type: draft.type,
    subject: draft.subject ?? { kind: 'integration', id: sourceSlug(draft.source) },
    source: draft.source,
    externalId: draft.externalId,
    time: draft.time ?? time,
    data: draft.data,
    origin: 'external',
    correlationId: draft.correlationId ?? id,
    causationId: null,
    rootId: id,
    depth: 0,
  }
}

/** A source as the id of an entity: `https://crm.example.com/eu` gives `https-crm-example-com-eu`. */
export function sourceSlug(source: string): string {
  const slug = source
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '')
  return slug === '' ? 'unnamed' : slug
}
