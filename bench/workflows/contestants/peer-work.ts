import type pg from 'pg'

/** What the peers write for an instance: where it is, and the command that it asks for. Their own rows come on top. */
export const createInstanceTables = `
  create table instance (
    id text primary key,
    lead text not null,
    seq integer not null default 1,
    vars jsonb not null default '{}',
    updated_at timestamptz not null default clock_timestamp()
  );
  create table command (
    id text primary key,
    lead text not null,
    input jsonb not null,
    created_at timestamptz not null default clock_timestamp()
  );`

export const insertInstances =
  'insert into instance (id, lead) select id, id from unnest($1::text[]) as x(id)'

/** One statement, hence one transaction: the instance moves on and asks for its command. */
export const advance = `
  with moved as (
    update instance set seq = 2, vars = vars || '{"asked": true}', updated_at = clock_timestamp()
    where id = $1 and seq = 1 returning id, lead
  )
  insert into command (id, lead, input) select 'command-' || id, lead, jsonb_build_object('lead', lead) from moved`

/** The names of the instances `from` to `from + count` of a phase. */
export function instanceIds(phase: string, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, offset) => `${phase}-${from + offset}`)
}

/** What the peers' tables hold. */
export async function countAdvanced(
  pool: pg.Pool,
): Promise<{ events: number; states: number; commands: number }> {
  const { rows } = await pool.query<{ states: number; commands: number }>(
    `select (select count(*) from instance where seq = 2)::integer as states, (select count(*) from command)::integer as commands`,
  )
  const { states = 0, commands = 0 } = rows[0] ?? {}
  return { events: states, states, commands }
}
