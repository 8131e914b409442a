import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { BusinessHours, VariableValues } from '../conditions/condition-compiler.ts'
import type { EntityDraft } from './entity-draft.ts'
import type { EventCounts } from './event-counts.ts'

const noCounts: EventCounts = Object.freeze({})

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
    businessHours: {
      isOpen: (atMs, name) => config.calendar(name)?.isOpen(atMs) ?? null,
    } satisfies BusinessHours,
  }
  // A subject that calls itself `event/…` or `now/…` must not stand in for what the names really mean.
  if (!Object.hasOwn(values, subject.kind)) values[subject.kind] = draft.view()
  return values
}

/** `eventValues` for the phases of one decision: while nothing changes, all of them look at the same object. */
export function eventSnapshots(
  config: Pick<SalesConfig, 'tenantSlug' | 'flags' | 'calendar'>,
  now: Date,
  counts: EventCounts,
): (draft: EntityDraft, event: LoggedEvent) => VariableValues {
  let last: { readonly event: LoggedEvent; readonly view: unknown; readonly values: VariableValues } | null =
    null
  return (draft, event) => {
    const view = draft.view()
    if (last?.event === event && last.view === view) return last.values
    const values = eventValues(event, draft, config, now, counts)
    last = { event, view, values }
    return values
  }
}
