import type pg from 'pg'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import type { CompiledSchedule } from '../../../sales-core/schedules/compiled-schedule.ts'
import { shardOfPlace } from '../../../sales-core/schedules/schedule-store.ts'
import type {
  DueSchedule,
  SchedulePlace,
  ScheduleStore,
  ScheduleTurn,
  TroubledSchedule,
  TurnReport,
} from '../../../sales-core/schedules/schedule-store.ts'
import { jsonText } from '../connection/json-text.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import * as sql from './schedule-statements.ts'
import { takeTurn } from './schedule-turn.ts'

interface PlacedRow {
  readonly name: string
  readonly digest: string
  readonly timing: string
  readonly version: number
}

/** Schedules on Postgres. */
export class PostgresScheduleStore implements ScheduleStore {
  readonly #pools: { readonly app: pg.Pool; readonly relay: pg.Pool; readonly control: pg.Pool }
  readonly #crashPoints: CrashPoints

  constructor(
    pools: { readonly app: pg.Pool; readonly relay: pg.Pool; readonly control: pg.Pool },
    crashPoints: CrashPoints = noCrashPoints,
  ) {
    this.#pools = pools
    this.#crashPoints = crashPoints
  }

  async places(): Promise<readonly SchedulePlace[]> {
    return await runAlone<SchedulePlace>(this.#pools.control, sql.places, [])
  }

  async sync(
    place: SchedulePlace,
    schedules: readonly CompiledSchedule[],
    version: string,
  ): Promise<boolean> {
    const { tenantId, workspace } = place
    return await this.#alone(tenantId, async (client) => {
      const held = await run<PlacedRow>(client, sql.lockPlace, [tenantId, workspace])
      const byName = new Map(held.map((row) => [row.name, row]))
      const [clock] = await run<{ now: string }>(client, sql.databaseNow, [])
      let changed = false
      for (const schedule of schedules) {
        const before = byName.get(schedule.name)
        byName.delete(schedule.name)
        if (before?.digest === schedule.digest && before.timing === schedule.timing) continue
        const next = schedule.nextAfter(Date.parse(clock?.now ?? ''))
        const { name, digest, timing, times } = schedule
        const values = [tenantId, workspace, name, shardOfPlace(place), digest, timing, times, version]
        const nextAt = next === null ? null : new Date(next).toISOString()
        changed = (await run(client, sql.putSchedule, [...values, nextAt])).length > 0 || changed
      }
      for (const { name, version: written } of byName.values()) {
        if (written > Number(version)) continue
        await run(client, sql.cancelRuns, [tenantId, workspace, name, 'The schedule was removed'])
        changed = (await run(client, sql.removeSchedule, [tenantId, workspace, name])).length > 0 || changed
      }
      return changed
    })
  }

  async due(shards: readonly number[], max: number): Promise<readonly DueSchedule[]> {
    return await runAlone<DueSchedule>(this.#pools.relay, sql.due, [shards, max])
  }

  async turn(due: DueSchedule, turn: ScheduleTurn): Promise<TurnReport> {
    return await this.#alone(
      due.tenantId,
      async (client) => await takeTurn(client, due, turn, this.#crashPoints),
    )
  }

  async trouble(due: DueSchedule, code: string, message: string, laterMs: number): Promise<void> {
    const { tenantId, workspace, name, turn } = due
    const why = jsonText({ code, message: message.slice(0, 500) })
    await this.#alone(
      tenantId,
      async (client) => await run(client, sql.trouble, [tenantId, workspace, name, turn, why, laterMs]),
    )
  }

  async nextDueMs(shards: readonly number[]): Promise<number | null> {
    const [row] = await runAlone<{ ms: number | null }>(this.#pools.relay, sql.nextDue, [shards])
    return row?.ms == null ? null : Math.max(0, Math.ceil(row.ms))
  }

  async attention(overdueMs: number, max: number): Promise<readonly TroubledSchedule[]> {
    return await runAlone<TroubledSchedule>(this.#pools.relay, sql.attention, [overdueMs, max])
  }

  async forgetRuns(keepMs: number, max: number): Promise<number> {
    return (await runAlone(this.#pools.relay, sql.forgetRuns, [keepMs, max])).length
  }

  async #alone<T>(tenantId: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const { app } = this.#pools
    return await withRetries(app, async () => await inTenants(app, [tenantId], work))
  }
}
