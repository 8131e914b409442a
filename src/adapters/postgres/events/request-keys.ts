import type pg from 'pg'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { requestKeySource } from '../../../messaging/intake/event-intake.ts'
import type {
  AcceptedEvent,
  IntakeRequest,
  IntakeResult,
  RequestKey,
} from '../../../messaging/intake/event-intake.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { inboxKey } from './intake-plan.ts'

const keyColumns =
  'tenant_id uuid, source text, external_id text, digest text, event_id uuid, horizon_ms double precision, answer jsonb'

/**
 * Takes the keys of requests that are new or whose time is over, in key order, before any event's key is taken: whoever
 * takes both waits in one direction only. A key that another transaction is taking is waited for here.
 */
const takeRequestKeys = {
  name: 'take_request_keys',
  text: `
insert into inbox as i (tenant_id, source, external_id, digest, event_id, expires_at, answer)
select tenant_id, source, external_id, digest, event_id, now() + horizon_ms * interval '1 ms', answer
from json_to_recordset($1::json) as x(${keyColumns})
order by tenant_id, source, external_id
on conflict (tenant_id, source, external_id) do update
  set digest = excluded.digest, event_id = excluded.event_id, expires_at = excluded.expires_at, answer = excluded.answer
  where i.expires_at <= now()
returning tenant_id, source, external_id`,
}

/** A statement of its own: what it looks for may have been committed after the other one's snapshot. */
const knownRequestKeys = {
  name: 'known_request_keys',
  text: `
select i.* from json_to_recordset($1::json) as x(tenant_id uuid, source text, external_id text) cross join lateral (
  select i.tenant_id, i.source, i.external_id, i.digest, i.answer from inbox i
  where i.tenant_id = x.tenant_id and i.source = x.source and i.external_id = x.external_id limit 1) i`,
}

const correctAnswers = {
  name: 'correct_request_answers',
  text: `
update inbox i set answer = x.answer
from json_to_recordset($1::json) as x(tenant_id uuid, source text, external_id text, answer jsonb)
where i.tenant_id = x.tenant_id and i.source = x.source and i.external_id = x.external_id`,
}

interface KeyRow {
  readonly tenant_id: string
  readonly source: string
  readonly external_id: string
}

interface KnownRow extends KeyRow {
  readonly digest: string
  readonly answer: JsonValue
}

/** The keys of a batch of requests. */
export interface TakenKeys {
  /** Requests that an earlier transaction answered, or refused for their key, with the result. */
  readonly settled: ReadonlyMap<number, IntakeResult>
  /** Requests that repeat the key of an earlier one of this batch: request -> that one. */
  readonly repeats: ReadonlyMap<number, number>
}

/**
 * Takes the request keys of a batch (those not in `skip`). What is settled or repeats needs no transaction of its own; of
 * two in one batch with one key and different digests, the later is refused.
 */
export async function takeKeysOfRequests(
  client: pg.ClientBase,
  requests: readonly IntakeRequest[],
  skip: { has(request: number): boolean },
): Promise<TakenKeys> {
  const firsts = new Map<string, number>()
  const repeats = new Map<number, number>()
  for (const [index, request] of requests.entries()) {
    if (request.key === undefined || skip.has(index)) continue
    const key = keyText(request.tenantId, request.key)
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, index)
    else repeats.set(index, first)
  }
  if (firsts.size === 0) return { settled: new Map(), repeats }
  const known = await takeOrFind(
    client,
    [...firsts.values()].map((index) => recordOf(requests[index])),
  )
  const settled = new Map<number, IntakeResult>()
  for (const index of [...firsts.values(), ...repeats.keys()]) {
    const row = known.get(keyText(requests[index]?.tenantId ?? '', requests[index]?.key))
    if (row === undefined) continue
    settled.set(index, answerOf(requests[index]?.key, row.digest, eventsOf(row.answer)))
    repeats.delete(index)
  }
  return { settled, repeats }
}

/** Keys are taken with the answer that is likely (nothing was known before); here the others are put right. */
export async function correctRequestAnswers(
  client: pg.ClientBase,
  requests: readonly IntakeRequest[],
  accepted: ReadonlyMap<number, readonly AcceptedEvent[]>,
): Promise<void> {
  const wrong = [...accepted].flatMap(([index, events]) => {
    const request = requests[index]
    if (request?.key === undefined || !events.some(({ duplicate }) => duplicate)) return []
    const { tenant_id, source, external_id } = recordOf(request)
    return [
      { tenant_id, source, external_id, answer: events.map(({ id, duplicate }) => ({ id, duplicate })) },
    ]
  })
  if (wrong.length > 0) await run(client, correctAnswers, [jsonText(wrong)])
}

/** What a request with a known key is answered. */
export function answerOf(
  key: RequestKey | undefined,
  firstDigest: string,
  events: readonly AcceptedEvent[],
): IntakeResult {
  if (key === undefined || key.digest === firstDigest) return { state: 'replayed', events }
  const { value, digest } = key
  return {
    state: 'key_reused',
    reuse: { key: value, firstIds: events.map(({ id }) => id), firstDigest, digest },
  }
}

async function takeOrFind(
  client: pg.ClientBase,
  records: readonly ReturnType<typeof recordOf>[],
): Promise<ReadonlyMap<string, KnownRow>> {
  const taken = await run<KeyRow>(client, takeRequestKeys, [jsonText(records)])
  if (taken.length === records.length) return new Map()
  const fresh = new Set(taken.map(rowKey))
  const others = records.filter((record) => !fresh.has(rowKey(record)))
  const rows = await run<KnownRow>(client, knownRequestKeys, [jsonText(others)])
  return new Map(rows.map((row) => [rowKey(row), row]))
}

function recordOf(request: IntakeRequest | undefined) {
  const key = request?.key
  return {
    tenant_id: request?.tenantId ?? '',
    source: sourceOf(key),
    external_id: key?.value ?? '',
    digest: key?.digest ?? '',
    event_id: request?.events[0]?.event.id ?? null,
    horizon_ms: key?.horizonMs ?? 0,
    answer: (request?.events ?? []).map(({ event }) => ({ id: event.id, duplicate: false })),
  }
}

function sourceOf(key: RequestKey | undefined): string {
  return `${requestKeySource}${key?.scope ?? ''}`
}

function keyText(tenantId: string, key: RequestKey | undefined): string {
  return inboxKey(tenantId, sourceOf(key), key?.value ?? '')
}

function rowKey(row: KeyRow): string {
  return inboxKey(row.tenant_id, row.source, row.external_id)
}

function eventsOf(answer: JsonValue): readonly AcceptedEvent[] {
  if (!Array.isArray(answer)) return []
  return (answer as readonly JsonValue[]).flatMap((item) =>
    isJsonObject(item) && typeof item['id'] === 'string'
      ? [{ id: item['id'], duplicate: item['duplicate'] === true }]
      : [],
  )
}
