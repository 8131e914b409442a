import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import type { EntityDraft } from './entity-draft.ts'

/** The variables of conditions and texts while an event is applied: one snapshot of the entity. */
export function eventValues(
  event: LoggedEvent,
  draft: EntityDraft,
  config: Pick<SalesConfig, 'tenantSlug' | 'flags'>,
  now: Date,
): VariableValues {
  const { id, type, source, subject, time, depth, data, workspace } = event
  return {
    // First: a subject that calls itself `event/…` or `now/…` must not stand in for what the names really mean.
    [subject.kind]: draft.view(),
    event: data,
    meta: { id, type, source, subject: `${subject.kind}/${subject.id}`, time, depth },
    now,
    tenant: config.tenantSlug,
    flags: config.flags(workspace, subject),
  }
}
