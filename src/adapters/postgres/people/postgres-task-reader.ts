import type pg from 'pg'
import type { Page, PageRequest } from '../../../messaging/reading/event-reader.ts'
import type { TaskStatus } from '../../../sales-core/people/task-state.ts'
import type { TaskFilter, TaskReader, TaskView } from '../../../sales-core/reading/task-reader.ts'
import { decodeTimeCursor, pageOf, rowsWanted } from '../reading/page-cursor.ts'
import { inTenants, run } from '../connection/transaction.ts'

const columns = `t.id, t.status, t.assignee, t.team, t.about, t.due_at, t.opened_at, t.sort_at::text as sort_text, t.entity_key,
  e.fields->>'title' as title`

/** What a task is called is kept in its entity alone. */
const titled = `
left join lateral (
  select e.fields from entity e where e.tenant_id = t.tenant_id and e.entity_key = t.entity_key limit 1) e on true
order by t.sort_at, t.entity_key`

const all = {
  name: 'task_list',
  text: `
select ${columns} from (
  select * from task where tenant_id = $1 and workspace = $2 and status = $3
    and ($4::timestamptz is null or (sort_at, entity_key) > ($4::timestamptz, $5::text))
  order by sort_at, entity_key limit $6) t ${titled}`,
}

const ofOne = {
  name: 'task_list_of',
  text: `
select ${columns} from (
  select * from task where tenant_id = $1 and workspace = $2 and status = $3
    and ($4::timestamptz is null or (sort_at, entity_key) > ($4::timestamptz, $5::text)) and assignee = $7
  order by sort_at, entity_key limit $6) t ${titled}`,
}

interface TaskRow {
  readonly id: string
  readonly status: TaskStatus
  readonly assignee: string | null
  readonly team: string | null
  readonly about: string | null
  readonly due_at: Date | string | null
  readonly opened_at: Date | string
  readonly sort_text: string
  readonly entity_key: string
  readonly title: string | null
}

/** Lists of tasks on Postgres. */
export class PostgresTaskReader implements TaskReader {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async list(
    tenantId: string,
    workspace: string,
    { status, assignee }: TaskFilter,
    page: PageRequest,
  ): Promise<Page<TaskView>> {
    const [at, key] = decodeTimeCursor(page.cursor, (text) => !text.includes('\0'))
    const values = [tenantId, workspace, status, at, key, rowsWanted(page)]
    const rows = await inTenants(this.#pool, [tenantId], async (client) =>
      assignee === null
        ? run<TaskRow>(client, all, values)
        : run<TaskRow>(client, ofOne, [...values, assignee]),
    )
    return pageOf(rows, page, viewOf, (row) => [row.sort_text, row.entity_key])
  }
}

function viewOf({ id, title, status, assignee, team, about, due_at, opened_at }: TaskRow): TaskView {
  return {
    id,
    title: title ?? '',
    status,
    assignee,
    team,
    about,
    dueAt: due_at === null ? null : new Date(due_at).toISOString(),
    openedAt: new Date(opened_at).toISOString(),
  }
}
