import { NxError } from '../kernel/errors.ts'
import { batchEventsMax } from '../messaging/events/cloud-event.ts'
import type { ParsedCloudEvent } from '../messaging/events/cloud-event.ts'
import { defaultHorizonMs, toIncoming } from '../messaging/intake/event-draft.ts'
import type { AcceptedEvent } from '../messaging/intake/event-intake.ts'
import { requirePermission } from '../platform/access/actor.ts'
import type { Tenant } from '../platform/tenants/tenant.ts'
import type { Operator } from './operator.ts'

/** The largest input of one `event publish`, bytes. */
export const publishBytesMax = 64 * 1024 * 1024

/**
 * Accepts events as if they had come over HTTP: committed to Postgres when this resolves, in batches of at most 1,000, each
 * all or nothing. A repeat of an event is accepted with the first one's id. Throws NX-EVENT-CONFLICT for a known id with
 * another body; what earlier batches hold stays accepted, and the error says how many.
 */
export async function publishEvents(
  operator: Pick<Operator, 'actor' | 'intake' | 'clock'>,
  tenant: Tenant,
  workspace: string,
  events: readonly ParsedCloudEvent[],
): Promise<readonly AcceptedEvent[]> {
  requirePermission(operator.actor, 'event.publish', tenant.id)
  if (tenant.status === 'suspended') {
    throw new NxError('denied', 'NX-TENANT-SUSPENDED', `The tenant '${tenant.slug}' is suspended`, {
      fix: `neuronx tenant resume ${tenant.slug}`,
    })
  }
  for (const event of events) checkOwner(event, tenant, workspace)
  const accepted: AcceptedEvent[] = []
  for (let first = 0; first < events.length; first += batchEventsMax) {
    const batch = events.slice(first, first + batchEventsMax)
    const context = {
      tenantId: tenant.id,
      workspace,
      now: operator.clock.now(),
      horizonMs: defaultHorizonMs,
      onConflict: 'conflict',
    } as const
    const incoming = batch.map((event) => toIncoming(event.draft, context))
    const [result] = await operator.intake.acceptAll([
      { tenantId: tenant.id, events: incoming, deadLetters: [] },
    ])
    if (result?.state === 'accepted') {
      accepted.push(...result.events)
      continue
    }
    const conflict = result?.state === 'conflict' ? result.conflicts[0] : undefined
    throw new NxError(
      'conflict',
      'NX-EVENT-CONFLICT',
      'An event with this id was accepted before with another body',
      {
        detail: `source ${conflict?.source}, id ${conflict?.externalId}, first accepted as ${conflict?.firstId}; ${accepted.length} events before it were accepted.`,
        fix: 'Give the event another id, or send the same body.',
      },
    )
  }
  return accepted
}

function checkOwner(event: ParsedCloudEvent, tenant: Tenant, workspace: string): void {
  const wrong = [
    event.tenant !== null && event.tenant !== tenant.slug ? `tenant ${event.tenant}` : null,
    event.workspace !== null && event.workspace !== workspace ? `workspace ${event.workspace}` : null,
  ].filter((claim) => claim !== null)
  if (wrong.length === 0) return
  throw new NxError('invalid', 'NX-EVENT-OWNER', `An event says that it belongs to ${wrong.join(' and ')}`, {
    detail: `It was to be published for tenant ${tenant.slug}, workspace ${workspace}.`,
    fix: 'Publish it with --tenant and --workspace of its owner.',
  })
}
