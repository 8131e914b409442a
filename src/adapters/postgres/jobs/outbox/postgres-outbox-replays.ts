import type pg from 'pg'
import { NxError } from '../../../../kernel/errors.ts'
import type { Actor } from '../../../../platform/access/actor.ts'
import type { Job, JobPace } from '../../../../platform/jobs/job.ts'
import type {
  OutboxReplayPlan,
  OutboxReplays,
  OutboxSelection,
} from '../../../../platform/jobs/outbox-replays.ts'
import { inRole, inTenants, runAlone } from '../../connection/transaction.ts'
import { createJob, estimatedMs, newJobId, requirePace } from '../create-job.ts'
import { countOfAll, countOfTenant, walkValues } from './outbox-walk.ts'

interface CountRow {
  readonly total: number
  readonly published: number
  readonly applied: number
  readonly fence: string
}

/** Plans and starts replays of the log to the bus, on Postgres. */
export class PostgresOutboxReplays implements OutboxReplays {
  readonly #pools: { readonly app: pg.Pool; readonly relay: pg.Pool; readonly control: pg.Pool }

  constructor(pools: { app: pg.Pool; relay: pg.Pool; control: pg.Pool }) {
    this.#pools = pools
  }

  async plan(tenantId: string | null, selection: OutboxSelection, pace: JobPace): Promise<OutboxReplayPlan> {
    requirePace(pace)
    const { published, applied } = await this.#count(tenantId, selection)
    return { total: published, applied, estimatedMs: estimatedMs(published, pace) }
  }

  async start(
    tenantId: string | null,
    selection: OutboxSelection,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job> {
    const { total, fence } = await this.#count(tenantId, selection)
    if (total === 0) {
      throw new NxError('not_found', 'NX-OUTBOX-EMPTY', 'No event of the log matches', {
        detail: 'Looked for among the events that travel the bus, by the time at which they were accepted.',
        fix: 'neuronx outbox list',
      })
    }
    const id = newJobId()
    const walk = { fence, shard: 0, txid: '0', pos: '0' }
    const options = { selection: { ...selection } }
    const job = { id, tenantId, kind: 'outbox.replay', options, pace, total, walk } as const
    const make = async (client: pg.ClientBase): Promise<Job> => createJob(client, job, actor, reason)
    return tenantId === null
      ? inRole(this.#pools.control, make)
      : inTenants(this.#pools.app, [tenantId], make)
  }

  async #count(tenantId: string | null, selection: OutboxSelection): Promise<CountRow> {
    const statement = tenantId === null ? countOfAll : countOfTenant
    const [row] = await runAlone<CountRow>(this.#pools.relay, statement, [...walkValues(selection), tenantId])
    return row as CountRow
  }
}
