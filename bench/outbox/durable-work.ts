import type pg from 'pg'
import { leadEvent, leadId } from '../pipeline/harness/lead-events.ts'

/** A lead event as the peers carry it. */
export interface LeadJob {
  readonly id: string
  readonly lead: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The tables of the durable work that every system does for each event: recognised, a state written, a command asked for. */
export const createWorkTables = `
  create table seen_event (id text primary key, at timestamptz not null default clock_timestamp());
  create table lead_state (
    id text primary key,
    version bigint not null default 1,
    fields jsonb not null,
    score integer not null,
    updated_at timestamptz not null default clock_timestamp()
  );
  create table command (
    id text primary key,
    lead text not null,
    input jsonb not null,
    created_at timestamptz not null default clock_timestamp()
  );`

const work = (source: string): string => `
  with incoming as (${source}), fresh as (
    insert into seen_event (id) select id from incoming on conflict do nothing returning id
  ), state as (
    insert into lead_state (id, fields, score) select i.lead, i.data, i.score from incoming i join fresh f on f.id = i.id
    on conflict (id) do update
      set version = lead_state.version + 1, fields = excluded.fields, score = excluded.score, updated_at = clock_timestamp()
  )
  insert into command (id, lead, input)
  select 'command-' || i.id, i.lead, jsonb_build_object('lead', i.lead, 'score', i.score) from incoming i join fresh f on f.id = i.id`

const workOne = work('select $1::text as id, $2::text as lead, $3::jsonb as data, $4::integer as score')
const workMany = work(
  'select * from unnest($1::text[], $2::text[], $3::jsonb[], $4::integer[]) as x(id, lead, data, score)',
)

const scoreOf = (job: LeadJob): number => (job.data['source'] === 'referral' ? 40 : 20)

/** One event's work: one statement, hence one transaction, unless the client is in one already. */
export async function doWork(client: pg.ClientBase | pg.Pool, job: LeadJob): Promise<void> {
  const values = [job.id, job.lead, JSON.stringify(job.data), scoreOf(job)]
  await client.query({ name: 'work-one', text: workOne, values })
}

/** The same for a batch, in one statement. */
export async function doWorkTogether(
  client: pg.ClientBase | pg.Pool,
  jobs: readonly LeadJob[],
): Promise<void> {
  const values = [
    jobs.map(({ id }) => id),
    jobs.map(({ lead }) => lead),
    jobs.map(({ data }) => JSON.stringify(data)),
    jobs.map(scoreOf),
  ]
  await client.query({ name: 'work-many', text: workMany, values })
}

/** The events `from` to `from + count` of a phase. */
export function leadJobs(phase: string, from: number, count: number): LeadJob[] {
  return Array.from({ length: count }, (_, offset) => {
    const { id, data } = leadEvent(phase, from + offset) as { id: string; data: LeadJob['data'] }
    return { id, lead: leadId(phase, from + offset), data }
  })
}

/** What the peers' tables hold. */
export async function countWork(client: pg.ClientBase | pg.Pool) {
  const { rows } = await client.query<{ events: number; states: number; commands: number }>(
    `select (select count(*) from seen_event)::integer as events, (select count(*) from lead_state)::integer as states,
       (select count(*) from command)::integer as commands`,
  )
  return rows[0] ?? { events: 0, states: 0, commands: 0 }
}
