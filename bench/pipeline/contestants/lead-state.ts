import type pg from 'pg'
import type { IncomingLead } from './event-server.ts'
import { leadOf } from './event-server.ts'

/** The one state row that a peer's handler writes for each event. */
export const createLeadState = `
  create table lead_state (
    id text primary key,
    version bigint not null default 1,
    fields jsonb not null,
    score integer not null,
    updated_at timestamptz not null default clock_timestamp()
  )`

const upsert = (source: string): string => `
  insert into lead_state (id, fields, score) ${source}
  on conflict (id) do update
    set version = lead_state.version + 1, fields = excluded.fields, score = excluded.score, updated_at = clock_timestamp()`

const upsertOne = upsert('values ($1, $2, $3)')
const upsertMany = upsert('select * from unnest($1::text[], $2::jsonb[], $3::integer[])')

/** What a rule would have computed: enough to have something to write and to send. */
export function scoreOf(event: IncomingLead): number {
  return event.data['source'] === 'referral' ? 40 : 20
}

export async function writeLead(client: pg.ClientBase | pg.Pool, event: IncomingLead): Promise<void> {
  await client.query({
    name: 'upsert-lead',
    text: upsertOne,
    values: [leadOf(event), JSON.stringify(event.data), scoreOf(event)],
  })
}

/** The same rows in one statement: what a handler does that gets its jobs in batches. */
export async function writeLeads(pool: pg.Pool, events: readonly IncomingLead[]): Promise<void> {
  await pool.query({
    name: 'upsert-leads',
    text: upsertMany,
    values: [events.map(leadOf), events.map(({ data }) => JSON.stringify(data)), events.map(scoreOf)],
  })
}
