import type pg from 'pg'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { PastStates, StateBefore, StateRequest } from '../../../sales-core/backtest/recorded-events.ts'
import { waitsMark } from '../../../sales-core/decide/rule-wait.ts'
import type { FoldedHistory, PastDecision } from '../../../sales-core/explain/fold-history.ts'
import { foldHistory } from '../../../sales-core/explain/fold-history.ts'
import { instanceColumns, instanceOfRow } from '../decisions/instance-row.ts'
import type { InstanceRow } from '../decisions/instance-row.ts'
import { jsonText } from '../connection/json-text.ts'
import { inReadOnlyTenants, run } from '../connection/transaction.ts'

/** Decisions of one entity that are folded; a longer past is not known. */
export const pastDecisionsMax = 2_000
/** Entities whose decisions are in memory at once. */
const chunkSize = 50

const decisions = {
  name: 'past_decisions',
  text: `
select d.entity_key, d.entity_seq as seq, d.entity_version as version, d.changes,
  coalesce(d.trace->'scores', '[]') as scores, coalesce(d.trace->'workflows', '[]') as workflows,
  coalesce(d.trace->'marks', '[]') as marks, coalesce(d.trace->'scored', '{}') as scored
from json_to_recordset($2::json) as x(entity_key text, seq bigint) cross join lateral (
  select * from decision d where d.tenant_id = $1 and d.entity_key = x.entity_key and d.entity_seq < x.seq
  order by d.entity_seq limit $3) d`,
}

const instances = {
  name: 'past_instances',
  text: `
select w.* from unnest($2::uuid[]) x(id) cross join lateral (
  select ${instanceColumns} from workflow_instance w where w.id = x.id and w.tenant_id = $1 limit 1) w`,
}

type DecisionRow = PastDecision & { readonly entity_key: string }

/** Past states put together from decision rows; a workflow's wait from its own row when it has not moved since. */
export class PostgresPastStates implements PastStates {
  readonly #pool: pg.Pool
  readonly #tenantId: string

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, tenantId: string) {
    this.#pool = pool
    this.#tenantId = tenantId
  }

  async before(requests: readonly StateRequest[]): Promise<ReadonlyMap<string, StateBefore>> {
    const states = new Map<string, StateBefore>()
    for (let from = 0; from < requests.length; from += chunkSize) {
      const chunk = requests.slice(from, from + chunkSize)
      await inReadOnlyTenants(this.#pool, [this.#tenantId], async (client) => {
        for (const [key, state] of await this.#chunk(client, chunk)) states.set(key, state)
      })
    }
    return states
  }

  async #chunk(
    client: pg.ClientBase,
    requests: readonly StateRequest[],
  ): Promise<ReadonlyMap<string, StateBefore>> {
    const wanted = jsonText(requests.map(({ entityKey, seq }) => ({ entity_key: entityKey, seq })))
    const rows = await run<DecisionRow>(client, decisions, [this.#tenantId, wanted, pastDecisionsMax + 1])
    const byKey = Map.groupBy(rows, (row) => row.entity_key)
    const folded = new Map<string, FoldedHistory | null>()
    for (const { entityKey } of requests) {
      const own = byKey.get(entityKey) ?? []
      const { workspace, subject } = parseEntityKey(entityKey)
      folded.set(entityKey, own.length > pastDecisionsMax ? null : foldHistory(workspace, subject, own))
    }
    return this.#withInstances(client, folded)
  }

  async #withInstances(
    client: pg.ClientBase,
    folded: ReadonlyMap<string, FoldedHistory | null>,
  ): Promise<ReadonlyMap<string, StateBefore>> {
    const ids = [...folded.values()].flatMap((history) => history?.waiting.map(({ id }) => id) ?? [])
    const found = ids.length === 0 ? [] : await run<InstanceRow>(client, instances, [this.#tenantId, ids])
    const byId = new Map(found.map((row) => [row.id, instanceOfRow(row)]))
    const states = new Map<string, StateBefore>()
    for (const [key, history] of folded) {
      if (history === null) {
        states.set(key, { state: 'unknown' })
        continue
      }
      const { entity, waiting } = history
      const current = waiting.flatMap(({ id, moves }) => {
        const instance = byId.get(id)
        // Every move adds one to seq: as many as were recorded by then, so it has not moved since.
        return instance !== undefined && instance.seq === moves && instance.state.status === 'waiting'
          ? [instance]
          : []
      })
      if (current.length < waiting.length) states.set(key, { state: 'workflows_unknown', entity })
      else {
        // Rules' waits are rows that go when they are over: a mark is all that is left of those of the past.
        const state = Object.hasOwn(entity.marks, waitsMark) ? 'rule_waits_unknown' : 'known'
        states.set(key, { state, entity, instances: current })
      }
    }
    return states
  }
}
