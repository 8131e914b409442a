import type pg from 'pg'
import type { EventStarts, StartedEvent } from '../../../messaging/consume/event-starts.ts'
import { jsonText } from '../connection/json-text.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'

const beginEvents = {
  name: 'event_start_begin',
  text: `
insert into event_start as s (event_id, tenant_id, owner)
select event_id, tenant_id, $2 from json_to_recordset($1::json) as x(event_id uuid, tenant_id uuid)
order by event_id
on conflict (event_id) do update
  set starts = s.starts + case when s.owner = excluded.owner then 0 else 1 end, owner = excluded.owner, at = clock_timestamp()`,
}

/** A start of our own is under way, or its end could not be written: it is nobody's death. */
const countDeaths = {
  name: 'event_start_deaths',
  text: `
select s.event_id, s.deaths from unnest($1::uuid[]) as x(event_id) cross join lateral (
  select s.event_id, s.starts - case when s.owner = $2 then 1 else 0 end as deaths
  from event_start s where s.event_id = x.event_id limit 1) s
where s.deaths > 0`,
}

const endEvents = {
  name: 'event_start_end',
  text: `
delete from event_start s using (select unnest($1::uuid[]) as event_id order by 1) x where s.event_id = x.event_id`,
}

/** Starts of events on Postgres: rows only for events that are watched. */
export class PostgresEventStarts implements EventStarts {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async deaths(events: readonly StartedEvent[], owner: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#inTheirTenants(events, async (client) =>
      run<{ event_id: string; deaths: number }>(client, countDeaths, [events.map(({ id }) => id), owner]),
    )
    return new Map(rows.map(({ event_id, deaths }) => [event_id, deaths]))
  }

  async begin(events: readonly StartedEvent[], owner: string): Promise<void> {
    const records = events.map(({ id, tenantId }) => ({ event_id: id, tenant_id: tenantId }))
    await this.#inTheirTenants(events, async (client) => run(client, beginEvents, [jsonText(records), owner]))
  }

  async end(events: readonly StartedEvent[]): Promise<void> {
    await this.#inTheirTenants(events, async (client) => run(client, endEvents, [events.map(({ id }) => id)]))
  }

  async #inTheirTenants<T>(
    events: readonly StartedEvent[],
    work: (client: pg.ClientBase) => Promise<T>,
  ): Promise<T> {
    const tenants = events.map(({ tenantId }) => tenantId)
    return withRetries(this.#pool, async () => inTenants(this.#pool, tenants, work))
  }
}
