import type pg from 'pg'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { jsonText } from '../connection/json-text.ts'
import type { EntityState } from '../../../sales-core/decide/entity-state.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { StateRow } from './entity-row.ts'
import { stateColumns, stateOfRow } from './entity-row.ts'
import { foldOn, readBase } from './fold-entity.ts'

/** Entities whose bases are made in one transaction. */
const batchMax = 100

const walkOf = {
  name: 'base_walk',
  text: `
insert into base_walk (day) values ($1) on conflict (day) do update set day = excluded.day
returning tenant_id, entity_key, done_at is not null as done`,
}

/** The next entities that have decisions of the day, each with the last of them; by key, as the index has them. */
const nextOfDay = {
  name: 'base_next',
  text: `
select d.tenant_id, d.entity_key, max(d.entity_seq) as seq from decision d
where d.decided_at >= $1::timestamptz - interval '1 day' and d.decided_at < $1::timestamptz
  and ($2::uuid is null or (d.tenant_id, d.entity_key) > ($2::uuid, $3::text))
group by d.tenant_id, d.entity_key order by d.tenant_id, d.entity_key limit $4`,
}

/** From where it was found (`$5`, `$6`) only: who comes second to a batch goes no further, and moves nothing back. */
const moveWalk = {
  name: 'base_walk_on',
  text: `
update base_walk set tenant_id = $2, entity_key = $3, done_at = case when $4 then clock_timestamp() end
where day = $1 and done_at is null and tenant_id is not distinct from $5 and entity_key is not distinct from $6
returning day`,
}

/** Walks of days that were dropped long ago. */
const forgetWalks = {
  name: 'base_walk_forget',
  text: `
delete from base_walk w where w.done_at < now() - interval '7 days'
  and not exists (select from log_partitions() p where p.child = w.day)`,
}

const rowOf = {
  name: 'base_row',
  text: `select ${stateColumns} from entity e where e.tenant_id = $1 and e.entity_key = $2 for share`,
}

const putBase = {
  name: 'base_put',
  text: `
insert into entity_base as b (tenant_id, entity_key, version, applied_seq, fields, scores, marks, made_from)
values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8)
on conflict (tenant_id, entity_key) do update set version = excluded.version, applied_seq = excluded.applied_seq,
  fields = excluded.fields, scores = excluded.scores, marks = excluded.marks, made_from = excluded.made_from,
  made_at = clock_timestamp()
where b.applied_seq < excluded.applied_seq`,
}

interface WalkRow {
  readonly tenant_id: string | null
  readonly entity_key: string | null
  readonly done: boolean
}

interface DueRow {
  readonly tenant_id: string
  readonly entity_key: string
  readonly seq: number
}

/**
 * Stores what the decisions of a day, and those before it, made of their entities, so that the day may be dropped: later folds begin
 * there. Goes on where an earlier call, or a process that died, stopped; the same base made twice is the same.
 */
export class StateBases {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool

  /** Pools work as neuronx_relay and neuronx_app. */
  constructor(pools: { relay: pg.Pool; app: pg.Pool }) {
    this.#relay = pools.relay
    this.#app = pools.app
  }

  /**
   * Works on a day's partition, which ends at `until`, for `batches` batches at most, and until `signal` is aborted or somebody else
   * has done the batch meanwhile. True: all its entities have their bases.
   */
  async take(day: string, until: string, batches: number, signal: AbortSignal): Promise<boolean> {
    const [walk] = await runAlone<WalkRow>(this.#relay, walkOf, [day])
    if (walk?.done === true) return true
    let tenant = walk?.tenant_id ?? null
    let key = walk?.entity_key ?? null
    for (let batch = 0; batch < batches && !signal.aborted; batch += 1) {
      const due = await runAlone<DueRow>(this.#relay, nextOfDay, [until, tenant, key, batchMax])
      await this.#make(due)
      const last = due.at(-1)
      const isDone = due.length < batchMax
      const [nextTenant, nextKey] = [last?.tenant_id ?? tenant, last?.entity_key ?? key]
      const moved = await runAlone(this.#relay, moveWalk, [day, nextTenant, nextKey, isDone, tenant, key])
      if (moved.length === 0) return false
      if (isDone) return true
      tenant = nextTenant
      key = nextKey
    }
    return false
  }

  /** Forgets how far days had got that are gone. */
  async forget(): Promise<void> {
    await runAlone(this.#relay, forgetWalks, [])
  }

  async #make(due: readonly DueRow[]): Promise<void> {
    for (const [tenantId, rows] of Map.groupBy(due, (row) => row.tenant_id))
      await withRetries(this.#app, async () =>
        inTenants(this.#app, [tenantId], async (client) => {
          for (const { entity_key: key, seq } of rows) await makeBase(client, tenantId, key, seq)
        }),
      )
  }
}

/** From its decisions; where some are missing already, from its row, which is all that is known then. */
async function makeBase(client: pg.ClientBase, tenantId: string, key: string, seq: number): Promise<void> {
  const base = await readBase(client, tenantId, key)
  if (base !== null && base.appliedSeq >= seq) return
  const folded = await foldOn(client, tenantId, key, base, seq)
  if (folded !== null) return put(client, tenantId, key, folded, 'fold')
  const [row] = await run<StateRow>(client, rowOf, [tenantId, key])
  if (row !== undefined) await put(client, tenantId, key, stateOfRow(row), 'row')
}

async function put(
  client: pg.ClientBase,
  tenantId: string,
  key: string,
  { version, appliedSeq, fields, scores, marks }: EntityState,
  madeFrom: 'fold' | 'row',
): Promise<void> {
  const state = [fields, scores, marks].map((part) => jsonText(part as unknown as JsonObject))
  await run(client, putBase, [tenantId, key, version, appliedSeq, ...state, madeFrom])
}
