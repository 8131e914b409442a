import type pg from 'pg'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { EntityState } from '../../../sales-core/decide/entity-state.ts'
import type { PastDecision } from '../../../sales-core/explain/fold-history.ts'
import { foldState } from '../../../sales-core/state/fold-state.ts'
import { run } from '../connection/transaction.ts'
import type { StateRow } from './entity-row.ts'
import { stateColumns, stateOfRow } from './entity-row.ts'

/** Decisions that are in memory at once. */
const chunkSize = 500

const baseOf = {
  name: 'fold_base',
  text: `select ${stateColumns} from entity_base e where e.tenant_id = $1 and e.entity_key = $2`,
}

const decisionsAfter = {
  name: 'fold_decisions',
  text: `
select d.entity_seq as seq, d.entity_version as version, d.changes, coalesce(d.trace->'scores', '[]') as scores,
  '[]'::jsonb as workflows, coalesce(d.trace->'marks', '[]') as marks, coalesce(d.trace->'scored', '{}') as scored
from decision d
where d.tenant_id = $1 and d.entity_key = $2 and d.entity_seq > $3 and d.entity_seq <= $4 order by d.entity_seq limit $5`,
}

/** The stored base of an entity; null: its decisions are all there. */
export async function readBase(
  client: pg.ClientBase,
  tenantId: string,
  entityKey: string,
): Promise<EntityState | null> {
  const [row] = await run<StateRow>(client, baseOf, [tenantId, entityKey])
  return row === undefined ? null : stateOfRow(row)
}

/** Goes on from `from` (null: nothing) with the decisions after it, up to a place in the order; null: some are missing. */
export async function foldOn(
  client: pg.ClientBase,
  tenantId: string,
  entityKey: string,
  from: EntityState | null,
  toSeq: number,
): Promise<EntityState | null> {
  const { workspace, subject } = parseEntityKey(entityKey)
  let state = from
  for (;;) {
    const values = [tenantId, entityKey, state?.appliedSeq ?? 0, toSeq, chunkSize]
    const decisions = await run<PastDecision>(client, decisionsAfter, values)
    const folded = foldState(workspace, subject, decisions, state)
    if (folded === null || decisions.length < chunkSize) return folded
    state = folded
  }
}
