import type pg from 'pg'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import { NxError } from '../../../kernel/errors.ts'
import { derivedId } from '../../../kernel/ids.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { NewDeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import { intakeEventsMax } from '../../../messaging/intake/event-intake.ts'
import type {
  AcceptedEvent,
  EventIntakeStore,
  IntakeRequest,
  IntakeResult,
} from '../../../messaging/intake/event-intake.ts'
import { appendEvents } from './append-events.ts'
import { insertDeadLetters } from '../dead-letters/insert-dead-letters.ts'
import { findSightings } from './find-sightings.ts'
import { conflictOf, inboxKey, keyHolder, planIntake, refusals, repeats } from './intake-plan.ts'
import type { IntakePlan, KnownKey, PlannedEvent } from './intake-plan.ts'
import { answerOf, correctRequestAnswers, takeKeysOfRequests } from './request-keys.ts'
import type { TakenKeys } from './request-keys.ts'
import { jsonText } from '../connection/json-text.ts'
import { inTenants, run, Undo, withRetries } from '../connection/transaction.ts'

const keyColumns =
  'tenant_id uuid, source text, external_id text, digest text, event_id uuid, horizon_ms double precision'

/** Takes keys that are new or whose time is over, in key order. Those not returned are known. */
const takeKeys = {
  name: 'take_inbox_keys',
  text: `
insert into inbox as i (tenant_id, source, external_id, digest, event_id, expires_at)
select tenant_id, source, external_id, digest, event_id, now() + horizon_ms * interval '1 ms'
from json_to_recordset($1::json) as x(${keyColumns})
order by tenant_id, source, external_id
on conflict (tenant_id, source, external_id) do update
  set digest = excluded.digest, event_id = excluded.event_id, expires_at = excluded.expires_at
  where i.expires_at <= now()
returning tenant_id, source, external_id`,
}

/** A statement of its own: what it looks for may have been committed after the other one's snapshot. */
const knownKeys = {
  name: 'known_inbox_keys',
  text: `
select i.* from json_to_recordset($1::json) as x(tenant_id uuid, source text, external_id text) cross join lateral (
  select i.tenant_id, i.source, i.external_id, i.digest, i.event_id from inbox i
  where i.tenant_id = x.tenant_id and i.source = x.source and i.external_id = x.external_id limit 1) i`,
}

interface KeyRow {
  readonly tenant_id: string
  readonly source: string
  readonly external_id: string
}

/** The door of the event log on Postgres. */
export class PostgresEventIntakeStore implements EventIntakeStore {
  readonly #pool: pg.Pool
  readonly #crashPoints: CrashPoints

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, crashPoints: CrashPoints = noCrashPoints) {
    this.#pool = pool
    this.#crashPoints = crashPoints
  }

  async acceptAll(requests: readonly IntakeRequest[]): Promise<readonly IntakeResult[]> {
    limit(requests)
    const results = new Map<number, IntakeResult>()
    // Each round that is undone leaves at least one request fewer for the next.
    while (results.size < requests.length) {
      try {
        const tenants = requests
          .filter((_request, index) => !results.has(index))
          .map(({ tenantId }) => tenantId)
        const stored = await withRetries(this.#pool, async () =>
          inTenants(this.#pool, tenants, async (client) => {
            const round = await store(client, requests, results)
            this.#crashPoints.reach('intake.before_commit')
            return round
          }),
        )
        this.#crashPoints.reach('intake.after_commit')
        for (const [index, result] of stored) results.set(index, result)
      } catch (error) {
        if (!(error instanceof Undo)) throw error
        const refused = error.value as ReturnType<typeof refusals>
        for (const [index, conflicts] of refused) results.set(index, { state: 'conflict', conflicts })
      }
    }
    return requests.map((_request, index) => results.get(index) as IntakeResult)
  }

  async rehearse(request: IntakeRequest): Promise<IntakeResult> {
    limit([request])
    try {
      return await inTenants(this.#pool, [request.tenantId], async (client) => {
        throw new Undo((await store(client, [request], new Map())).get(0))
      })
    } catch (error) {
      if (!(error instanceof Undo)) throw error
      const { value } = error as Undo<IntakeResult | ReturnType<typeof refusals>>
      if (!(value instanceof Map)) return value as IntakeResult
      return { state: 'conflict', conflicts: (value as ReturnType<typeof refusals>).get(0) ?? [] }
    }
  }
}

/**
 * Stores the requests that have no result yet and returns the results of all of these; undoes it, handing out the refusals,
 * when an event's key is known with another body.
 */
async function store(
  client: pg.ClientBase,
  requests: readonly IntakeRequest[],
  done: ReadonlyMap<number, IntakeResult>,
): Promise<ReadonlyMap<number, IntakeResult>> {
  const { settled, repeats } = await takeKeysOfRequests(client, requests, done)
  const skip = {
    has: (index: number): boolean => done.has(index) || settled.has(index) || repeats.has(index),
  }
  const plan = planIntake(requests, skip)
  const taken = await takeAll(client, plan)
  const known = new Map([...taken, ...(await findSightings(client, plan, taken))])
  const refused = refusals(plan, known)
  if (refused.size > 0) throw new Undo(refused)
  const { accepted, reused } = settle(plan, known)
  await correctRequestAnswers(client, requests, accepted)
  const fresh = [...plan.firsts].filter(([key]) => !known.has(key))
  await appendEvents(
    client,
    fresh.map(([, incoming]) => ({ event: incoming.event, routed: true })),
  )
  await insertDeadLetters(client, [
    ...requests.flatMap((request, index) => (skip.has(index) ? [] : request.deadLetters)),
    ...reused,
  ])
  return resultsOf(requests, skip, { settled, repeats, accepted })
}

/** Who is answered what, and the bodies that came under a key that was known with another one. */
function settle(
  plan: IntakePlan,
  known: ReadonlyMap<string, KnownKey>,
): { accepted: ReadonlyMap<number, readonly AcceptedEvent[]>; reused: readonly NewDeadLetter[] } {
  const accepted = new Map<number, AcceptedEvent[]>()
  const reused: NewDeadLetter[] = []
  for (const planned of plan.events) {
    const holder = keyHolder(planned, known)
    const duplicate = known.has(planned.key) || planned.first !== planned.incoming
    const conflicts = !repeats(planned, holder)
    if (conflicts) reused.push(keyReused(planned, holder))
    const events = accepted.get(planned.request) ?? []
    events.push({
      id: holder.eventId,
      duplicate,
      ...(conflicts ? { conflict: conflictOf(planned, holder) } : {}),
    })
    accepted.set(planned.request, events)
  }
  return { accepted, reused }
}

/** The results of a round: an earlier transaction's answer, what was accepted now, or what its own batch mate was answered. */
function resultsOf(
  requests: readonly IntakeRequest[],
  skip: { has(request: number): boolean },
  { settled, repeats, accepted }: TakenKeys & { accepted: ReadonlyMap<number, readonly AcceptedEvent[]> },
): ReadonlyMap<number, IntakeResult> {
  const results = new Map<number, IntakeResult>(settled)
  for (const index of requests.keys())
    if (!skip.has(index)) results.set(index, { state: 'accepted', events: accepted.get(index) ?? [] })
  for (const [index, first] of repeats) {
    const firstDigest = requests[first]?.key?.digest ?? ''
    results.set(index, answerOf(requests[index]?.key, firstDigest, accepted.get(first) ?? []))
  }
  return results
}

/** Takes the keys of a plan and returns those that were known before. */
async function takeAll(client: pg.ClientBase, plan: IntakePlan): Promise<ReadonlyMap<string, KnownKey>> {
  if (plan.firsts.size === 0) return new Map()
  const records = [...plan.firsts.values()].map(({ event, digest, horizonMs }) => ({
    tenant_id: event.tenantId,
    source: event.source,
    external_id: event.externalId,
    digest,
    event_id: event.id,
    horizon_ms: horizonMs,
  }))
  const taken = await run<KeyRow>(client, takeKeys, [jsonText(records)])
  if (taken.length === records.length) return new Map()
  const fresh = new Set(taken.map((row) => inboxKey(row.tenant_id, row.source, row.external_id)))
  const others = records.filter(
    (record) => !fresh.has(inboxKey(record.tenant_id, record.source, record.external_id)),
  )
  const rows = await run<KeyRow & { digest: string; event_id: string }>(client, knownKeys, [jsonText(others)])
  return new Map(
    rows.map((row) => [
      inboxKey(row.tenant_id, row.source, row.external_id),
      { eventId: row.event_id, digest: row.digest },
    ]),
  )
}

/** A message id was used again for something else: the second body is kept where a person can see it. */
function keyReused(planned: PlannedEvent, holder: KnownKey): NewDeadLetter {
  const { event, digest } = planned.incoming
  return {
    id: derivedId('dead_letter', 'key_reused', planned.key, digest),
    tenantId: event.tenantId,
    workspace: event.workspace,
    source: event.source.startsWith('integration/') ? 'webhook' : 'ingest',
    class: 'invalid',
    code: 'NX-EVENT-KEY-REUSED',
    reason: 'The same source and id came before with another body',
    integration: null,
    entityKey: entityKey(event.workspace, event.subject),
    eventId: holder.eventId,
    commandId: null,
    cause: null,
    payload: { event: event as unknown as JsonValue, digest, firstDigest: holder.digest },
  }
}

function limit(requests: readonly IntakeRequest[]): void {
  const count = requests.reduce((sum, request) => sum + request.events.length + request.deadLetters.length, 0)
  if (count <= intakeEventsMax) return
  throw new NxError('bug', 'NX-INTAKE-BATCH', 'A transaction of the intake is too large', {
    detail: `It holds ${count} events and dead letters; at most ${intakeEventsMax} fit.`,
  })
}
