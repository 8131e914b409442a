import type pg from 'pg'
import { isUuid } from '../../../kernel/ids.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { Page, PageRequest } from '../../../messaging/reading/event-reader.ts'
import type { WorkflowTrace } from '../../../sales-core/decide/decision.ts'
import type {
  InstanceCount,
  InstanceDetail,
  InstanceFilter,
  InstanceKey,
  InstanceMove,
  InstanceTotal,
  InstanceView,
  StepCount,
  WorkflowReader,
} from '../../../sales-core/reading/workflow-reader.ts'
import type { WorkflowInstance } from '../../../sales-core/workflows/workflow-instance.ts'
import { inReadOnlyTenants, run } from '../connection/transaction.ts'
import { instanceOfRow } from '../decisions/instance-row.ts'
import type { InstanceRow } from '../decisions/instance-row.ts'
import { decodeTimeCursor, pageOf, rowsWanted } from '../reading/page-cursor.ts'
import * as sql from './place-statements.ts'

interface ListRow extends Omit<InstanceView, 'entity'> {
  readonly entity_key: string
  readonly sort_text: string
}

type MoveRow = Pick<InstanceMove, 'at' | 'eventId' | 'eventType'> & { readonly trace: WorkflowTrace }

/** The read side of workflow instances, on Postgres. */
export class PostgresWorkflowReader implements WorkflowReader {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async counts(tenantId: string, workspace: string, workflow: string | null) {
    return await this.#read(tenantId, async (client) => ({
      places: await run<InstanceCount>(client, sql.countPlaces, [tenantId, workspace, workflow]),
      totals: await run<InstanceTotal>(client, sql.countTotals, [tenantId, workspace, workflow]),
    }))
  }

  async waiting(tenantId: string, workspace: string): Promise<readonly StepCount[]> {
    return await this.#read(tenantId, async (client) =>
      run<StepCount>(client, sql.countWaiting, [tenantId, workspace]),
    )
  }

  async list(
    tenantId: string,
    workspace: string,
    filter: InstanceFilter,
    page: PageRequest,
  ): Promise<Page<InstanceView>> {
    const { workflow, status, step = null } = filter
    const [at, id] = decodeTimeCursor(page.cursor)
    const values = [tenantId, workspace, workflow, status, step, at, id, rowsWanted(page)]
    const rows = await this.#read(tenantId, async (client) => run<ListRow>(client, sql.listInstances, values))
    return pageOf(rows, page, viewOf, (row) => [row.sort_text, row.id])
  }

  async instance(tenantId: string, id: string): Promise<InstanceDetail | null> {
    if (!isUuid(id)) return null
    type Row = InstanceRow & { readonly wakeAt: string | null }
    const [row] = await this.#read(tenantId, async (client) =>
      run<Row>(client, sql.oneInstance, [tenantId, id]),
    )
    if (row === undefined) return null
    const { workspace } = parseEntityKey(row.entity_key)
    return { workspace, instance: instanceOfRow(row), wakeAt: row.wakeAt }
  }

  async instances(tenantId: string, ids: readonly string[]): Promise<readonly InstanceKey[]> {
    const values = [tenantId, ids.filter(isUuid)]
    return await this.#read(tenantId, async (client) => run<InstanceKey>(client, sql.keysOfInstances, values))
  }

  async moves(
    tenantId: string,
    { id, entityKey, startedAt }: WorkflowInstance,
    max: number,
  ): Promise<readonly InstanceMove[]> {
    const values = [tenantId, entityKey, id, startedAt, max]
    const rows = await this.#read(tenantId, async (client) => run<MoveRow>(client, sql.movesOf, values))
    return rows.map(({ trace: { from, to, ran }, ...move }) => ({ ...move, from, to, ran })).toReversed()
  }

  async sample(
    tenantId: string,
    workspace: string,
    { workflow, definitionDigest, step }: Parameters<WorkflowReader['sample']>[2],
    max: number,
  ): Promise<readonly WorkflowInstance[]> {
    const values = [tenantId, workspace, workflow, definitionDigest, step, max]
    const rows = await this.#read(tenantId, async (client) =>
      run<InstanceRow>(client, sql.sampleInstances, values),
    )
    return rows.map(instanceOfRow)
  }

  async #read<T>(tenantId: string, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return await inReadOnlyTenants(this.#pool, [tenantId], work)
  }
}

function viewOf({ entity_key: key, sort_text: _sort, ...row }: ListRow): InstanceView {
  const { subject } = parseEntityKey(key)
  return { ...row, entity: `${subject.kind}/${subject.id}` }
}
