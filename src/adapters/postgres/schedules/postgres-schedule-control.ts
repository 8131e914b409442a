import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import type { Page, PageRequest } from '../../../messaging/reading/event-reader.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { scheduleNotFound } from '../../../sales-core/schedules/schedule-control.ts'
import type {
  ScheduleControl,
  ScheduleName,
  ScheduleView,
} from '../../../sales-core/schedules/schedule-control.ts'
import type { ScheduleRun } from '../../../sales-core/schedules/schedule-run.ts'
import { inReadOnlyTenants, inTenants, run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { decodeTimeCursor, pageOf, rowsWanted } from '../reading/page-cursor.ts'
import * as sql from './control-statements.ts'
import { insertRun } from './schedule-statements.ts'

/** What people do with schedules, on Postgres. */
export class PostgresScheduleControl implements ScheduleControl {
  readonly #app: pg.Pool

  /** `app` works as neuronx_app. */
  constructor(app: pg.Pool) {
    this.#app = app
  }

  async list(tenantId: string, workspace: string | null): Promise<readonly ScheduleView[]> {
    return await inReadOnlyTenants(
      this.#app,
      [tenantId],
      async (client) => await views(client, tenantId, workspace, null),
    )
  }

  async show(tenantId: string, workspace: string, name: string): Promise<ScheduleView | null> {
    const found = await inReadOnlyTenants(
      this.#app,
      [tenantId],
      async (client) => await views(client, tenantId, workspace, name),
    )
    return found[0] ?? null
  }

  async runs(
    tenantId: string,
    workspace: string,
    name: string,
    page: PageRequest,
  ): Promise<Page<ScheduleRun>> {
    const [dueAt, id] = decodeTimeCursor(page.cursor)
    const values = [tenantId, workspace, name, dueAt, id, rowsWanted(page)]
    const rows = await inReadOnlyTenants(
      this.#app,
      [tenantId],
      async (client) => await run<ScheduleRun>(client, sql.recentRuns, values),
    )
    return pageOf(
      rows,
      page,
      (row) => row,
      (row) => [row.dueAt, row.id],
    )
  }

  async requestRun(at: ScheduleName, actor: Actor, reason: string | null): Promise<ScheduleRun> {
    return await this.#change(at, async (client, before) => {
      if (before.pausedAt !== null) {
        throw new NxError('conflict', 'NX-SCHEDULE-PAUSED', `The schedule ${at.name} is paused`, {
          detail: `Since ${before.pausedAt}, by ${before.pausedBy ?? 'nobody known'}.`,
          fix: `neuronx schedule resume ${at.name} --workspace ${at.workspace}`,
        })
      }
      const [waiting] = await run<{ id: string }>(client, sql.waitingRequest, key(at))
      if (waiting !== undefined) {
        throw new NxError(
          'conflict',
          'NX-SCHEDULE-BUSY',
          `A run of ${at.name} that was asked for has not ended yet`,
          {
            detail: `It is ${waiting.id}.`,
            fix: `neuronx schedule show ${at.name} --workspace ${at.workspace}`,
          },
        )
      }
      const [clock] = await run<{ now: string }>(client, sql.wakeNow, key(at))
      const who = actorName(actor)
      const values = [newId(), ...key(at), clock?.now, 'manual', 'waiting', reason, who]
      const [made] = await run<ScheduleRun>(client, insertRun, values)
      if (made === undefined) throw new NxError('bug', 'NX-SCHEDULE-RUN', 'The run was not made')
      await audit(client, at, {
        actor: who,
        action: 'schedule.run',
        reason,
        before: null,
        after: { run: made.id },
      })
      return made
    })
  }

  async pause(at: ScheduleName, actor: Actor, reason: string | null): Promise<ScheduleView> {
    return await this.#steer(at, actor, reason, true)
  }

  async resume(at: ScheduleName, actor: Actor, reason: string | null): Promise<ScheduleView> {
    return await this.#steer(at, actor, reason, false)
  }

  async #steer(
    at: ScheduleName,
    actor: Actor,
    reason: string | null,
    paused: boolean,
  ): Promise<ScheduleView> {
    return await this.#change(at, async (client, before) => {
      if ((before.pausedAt !== null) === paused) return before
      const who = actorName(actor)
      if (paused) await run(client, sql.pause, [...key(at), who])
      else await run(client, sql.resume, key(at))
      await audit(client, at, {
        actor: who,
        action: paused ? 'schedule.pause' : 'schedule.resume',
        reason,
        before: { paused: !paused },
        after: { paused },
      })
      const [after] = await views(client, at.tenantId, at.workspace, at.name)
      return after ?? before
    })
  }

  /** With the row locked: a daemon's turn under way ends first. */
  async #change<T>(
    at: ScheduleName,
    change: (client: pg.PoolClient, before: ScheduleView) => Promise<T>,
  ): Promise<T> {
    return await inTenants(this.#app, [at.tenantId], async (client) => {
      await run(client, sql.lockOne, key(at))
      const [before] = await views(client, at.tenantId, at.workspace, at.name)
      if (before !== undefined) return await change(client, before)
      const known = await views(client, at.tenantId, at.workspace, null)
      throw scheduleNotFound(
        at,
        known.map(({ name }) => name),
      )
    })
  }
}

function key({ tenantId, workspace, name }: ScheduleName): readonly string[] {
  return [tenantId, workspace, name]
}

async function views(
  client: pg.ClientBase,
  tenantId: string,
  workspace: string | null,
  name: string | null,
): Promise<readonly ScheduleView[]> {
  const values = [tenantId, workspace, name]
  const rows = await run<Omit<ScheduleView, 'lastRun'>>(client, sql.listSchedules, values)
  const runs = await run<ScheduleRun>(client, sql.lastRuns, values)
  const runOf = new Map(runs.map((last) => [`${last.workspace}/${last.schedule}`, last]))
  return rows.map((row) => ({ ...row, lastRun: runOf.get(`${row.workspace}/${row.name}`) ?? null }))
}

async function audit(
  client: pg.ClientBase,
  { tenantId, workspace, name }: ScheduleName,
  entry: Omit<Parameters<typeof writeAudit>[1], 'tenantId' | 'target'>,
): Promise<void> {
  await writeAudit(client, { ...entry, tenantId, target: `schedule/${workspace}/${name}` })
}
