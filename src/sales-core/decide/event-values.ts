import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import { Readings } from '../conditions/readings.ts'
import { businessHoursOf } from '../time/business-hours.ts'
import type { EntityDraft } from './entity-draft.ts'
import type { EventCounts } from './event-counts.ts'
import { noCounts } from './event-counts.ts'

/** The variables of conditions and texts while an event is applied: one snapshot of the entity. */
export function eventValues(
  event: LoggedEvent,
  draft: EntityDraft,
  config: Pick<SalesConfig, 'tenantSlug' | 'flags' | 'calendar'>,
  now: Date,
  /** What conditions count; this event included. */
  counts: EventCounts = noCounts,
): VariableValues {
  const { id, type, source, subject, time, depth, data, workspace } = event
  const values: Record<string, unknown> = {
    event: data,
    meta: { id, type, source, subject: `${subject.kind}/${subject.id}`, time, depth },
    now,
    tenant: config.tenantSlug,
    flags: config.flags(workspace, subject),
    counts,
    businessHours: businessHoursOf(config),
  }
  // A subject that calls itself `event/…` or `now/…` must not stand in for what the names really mean.
  if (!Object.hasOwn(values, subject.kind)) values[subject.kind] = draft.view()
  return values
}

/** The variables for an event, with the entity as the draft has it, and what conditions have read of them. */
export type Snapshot = (draft: EntityDraft, event: LoggedEvent) => Readings

/** `eventValues` for the phases of one decision: while nothing changes, all of them look at the same object. */
export function eventSnapshots(
  config: Pick<SalesConfig, 'tenantSlug' | 'flags' | 'calendar'>,
  now: Date,
  counts: EventCounts,
): Snapshot {
  let last: Readings | null = null
  let [lastEvent, lastView]: [LoggedEvent | null, unknown] = [null, null]
  return (draft, event) => {
    const view = draft.view()
    if (last !== null && lastEvent === event && lastView === view) return last
    lastEvent = event
    lastView = view
    last = new Readings(eventValues(event, draft, config, now, counts))
    return last
  }
}
