import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import type { AcceptedEvent, IncomingEvent } from '../../../messaging/intake/event-intake.ts'
import { run } from '../connection/transaction.ts'
import { appendEvents } from './append-events.ts'

const takeKey = {
  name: 'accept_within_take',
  text: `
insert into inbox as i (tenant_id, source, external_id, digest, event_id, expires_at)
values ($1, $2, $3, $4, $5, now() + $6 * interval '1 ms')
on conflict (tenant_id, source, external_id) do update
  set digest = excluded.digest, event_id = excluded.event_id, expires_at = excluded.expires_at where i.expires_at <= now()
returning event_id`,
}

/** A statement of its own: what it looks for may have been committed after the other one's snapshot. */
const holderOf = {
  name: 'accept_within_holder',
  text: `
select digest, event_id from inbox where tenant_id = $1 and source = $2 and external_id = $3 limit 1`,
}

/**
 * Accepts one event under its inbox key in the caller's transaction. A known key with the same body is a repeat: the first's id.
 * Throws NX-INTAKE-CONFLICT when the key is known with another body.
 */
export async function acceptWithin(
  client: pg.ClientBase,
  { event, digest, horizonMs }: IncomingEvent,
): Promise<AcceptedEvent> {
  const key = [event.tenantId, event.source, event.externalId]
  const taken = await run(client, takeKey, [...key, digest, event.id, horizonMs])
  if (taken.length > 0) {
    await appendEvents(client, [{ event, routed: true }])
    return { id: event.id, duplicate: false }
  }
  const [holder] = await run<{ digest: string; event_id: string }>(client, holderOf, key)
  if (holder?.digest === digest) return { id: holder.event_id, duplicate: true }
  throw new NxError('conflict', 'NX-INTAKE-CONFLICT', 'Its key was used for another body', {
    detail: `The first is event ${holder?.event_id ?? 'unknown'}.`,
    fix: 'Look at both; when the first is right, resolve this letter.',
  })
}
