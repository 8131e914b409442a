import type pg from 'pg'
import type { JsonObject } from '../../../kernel/json.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { Page, PageRequest } from '../../../messaging/reading/event-reader.ts'
import type { ScoreState } from '../../../sales-core/decide/entity-state.ts'
import type { Marks } from '../../../sales-core/decide/marks.ts'
import type { EntityReader, EntityView, HistoryEntry } from '../../../sales-core/reading/entity-reader.ts'
import type { WorkflowInstance } from '../../../sales-core/workflows/workflow-instance.ts'
import { instanceColumns, instanceOfRow } from '../decisions/instance-row.ts'
import type { InstanceRow } from '../decisions/instance-row.ts'
import { badCursor, decodeCursor, pageOf, rowsWanted } from './page-cursor.ts'
import { inTenants, run } from '../connection/transaction.ts'

const entityColumns = `e.entity_key, e.workspace, e.kind, e.id, e.version, e.applied_seq, e.fields, e.scores, e.marks, e.created_at, e.updated_at`

const list = {
  name: 'entity_list',
  text: `
select ${entityColumns} from entity e
where e.tenant_id = $1 and e.workspace = $2 and e.kind = $3
  and ($4::text is null or e.entity_key > $4::text)
order by e.entity_key limit $5`,
}

const byId = {
  name: 'entity_by_key',
  text: `select ${entityColumns} from entity e where e.tenant_id = $1 and e.entity_key = $2`,
}

/** Per entity, waiting ones first, then the newest; at most 100 of each. */
const instancesOf = {
  name: 'entity_instances',
  text: `
select w.* from unnest($2::text[]) k(entity_key) cross join lateral (
  select ${instanceColumns} from workflow_instance w where w.tenant_id = $1 and w.entity_key = k.entity_key
  order by w.status = 'waiting' desc, w.started_at desc, w.id limit 100) w`,
}

const history = {
  name: 'entity_history',
  text: `
select event_id as "eventId", event_type as "eventType", entity_version as version, config_digest as "configDigest", changes,
  trace, decided_at as at, entity_seq
from decision where tenant_id = $1 and entity_key = $2 and ($3::bigint is null or entity_seq < $3)
order by entity_seq desc limit $4`,
}

interface EntityRow {
  readonly entity_key: string
  readonly workspace: string
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly applied_seq: number
  readonly fields: JsonObject
  readonly scores: Readonly<Record<string, ScoreState>>
  readonly marks: Marks
  readonly created_at: string
  readonly updated_at: string
}

/** The read side of entities on Postgres. */
export class PostgresEntityReader implements EntityReader {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async list(
    tenantId: string,
    workspace: string,
    kind: string,
    page: PageRequest,
  ): Promise<Page<EntityView>> {
    const [key = null] = decodeCursor(page.cursor, 1) ?? []
    return inTenants(this.#pool, [tenantId], async (client) => {
      const rows = await run<EntityRow>(client, list, [tenantId, workspace, kind, key, rowsWanted(page)])
      const instances = await this.#instances(client, tenantId, rows)
      return pageOf(
        rows,
        page,
        (row) => entityView(row, instances),
        (row) => [row.entity_key],
      )
    })
  }

  async byId(
    tenantId: string,
    workspace: string,
    ref: { kind: string; id: string },
  ): Promise<EntityView | null> {
    return inTenants(this.#pool, [tenantId], async (client) => {
      const [row] = await run<EntityRow>(client, byId, [tenantId, entityKey(workspace, ref)])
      return row === undefined ? null : entityView(row, await this.#instances(client, tenantId, [row]))
    })
  }

  async history(
    tenantId: string,
    workspace: string,
    ref: { kind: string; id: string },
    page: PageRequest,
  ): Promise<Page<HistoryEntry>> {
    const [before = null] = decodeCursor(page.cursor, 1) ?? []
    if (before !== null && !/^\d{1,18}$/.test(before)) throw badCursor()
    const values = [tenantId, entityKey(workspace, ref), before, rowsWanted(page)]
    const rows = await inTenants(this.#pool, [tenantId], async (client) =>
      run<HistoryEntry & { entity_seq: number }>(client, history, values),
    )
    return pageOf(
      rows,
      page,
      ({ entity_seq: _seq, ...entry }) => entry,
      (row) => [String(row.entity_seq)],
    )
  }

  async #instances(
    client: pg.ClientBase,
    tenantId: string,
    rows: readonly EntityRow[],
  ): Promise<ReadonlyMap<string, readonly WorkflowInstance[]>> {
    const found = new Map<string, WorkflowInstance[]>()
    if (rows.length === 0) return found
    const keys = rows.map((row) => row.entity_key)
    for (const row of await run<InstanceRow>(client, instancesOf, [tenantId, keys])) {
      found.set(row.entity_key, [...(found.get(row.entity_key) ?? []), instanceOfRow(row)])
    }
    return found
  }
}

function entityView(row: EntityRow, instances: ReadonlyMap<string, readonly WorkflowInstance[]>): EntityView {
  return {
    entityKey: row.entity_key,
    ref: { kind: row.kind, id: row.id },
    workspace: row.workspace,
    version: row.version,
    appliedSeq: row.applied_seq,
    fields: row.fields,
    scores: row.scores,
    marks: row.marks,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    instances: instances.get(row.entity_key) ?? [],
  }
}
