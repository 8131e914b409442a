import type pg from 'pg'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import { derivedId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { EntityState } from '../../../sales-core/decide/entity-state.ts'
import type { DueRuns } from '../../../sales-core/schedules/due-runs.ts'
import type { VisitedEntity } from '../../../sales-core/schedules/schedule-events.ts'
import type { ScheduleRun } from '../../../sales-core/schedules/schedule-run.ts'
import type {
  DueSchedule,
  HeldSchedule,
  ScheduleTurn,
  TurnReport,
} from '../../../sales-core/schedules/schedule-store.ts'
import { run } from '../connection/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import * as sql from './schedule-statements.ts'

interface HeldRow {
  readonly digest: string
  readonly nextAt: string | null
  readonly now: string
}

interface VisitedRow {
  readonly entity_key: string
  readonly kind: string
  readonly id: string
  readonly fields: JsonObject
  readonly scores: EntityState['scores']
  readonly marks: EntityState['marks']
}

/** One of another workspace or kind is only passed. */
type EntityRow = VisitedRow | (Pick<VisitedRow, 'entity_key' | 'kind' | 'id'> & { readonly fields: null })

const passedOver: TurnReport = { state: 'passed_over' }

/** One turn of a schedule in the caller's transaction: see ScheduleStore.turn. */
export async function takeTurn(
  client: pg.ClientBase,
  found: DueSchedule,
  turn: ScheduleTurn,
  crashPoints: CrashPoints,
): Promise<TurnReport> {
  const key = [found.tenantId, found.workspace, found.name]
  const [row] = await run<HeldRow>(client, sql.hold, [...key, found.turn])
  // Of another document than the row's: this daemon is behind, or the row is; they meet within a round or two.
  if (row === undefined || row.digest !== turn.digest) return passedOver
  const held = await heldSchedule(client, found, row)
  const begun =
    held.run === null ? await beginDue(client, held, turn) : { run: held.run, nextAtMs: held.nextAtMs }
  const end = async (wakeInMs: number | null): Promise<void> => {
    const nextAt = begun.nextAtMs === null ? null : new Date(begun.nextAtMs).toISOString()
    await run(client, sql.endTurn, [...key, nextAt, wakeInMs])
  }
  if (begun.run === null) {
    await end(null)
    return { state: 'turned', events: 0, failed: 0, ended: false }
  }
  if (begun.run.target !== null && begun.run.target !== turn.target) {
    await run(client, sql.cancelRuns, [
      ...key,
      `The schedule was about ${begun.run.target}; it is about ${turn.target} now`,
    ])
    await end(0)
    return { state: 'turned', events: 0, failed: 0, ended: true }
  }
  const [current] = await run<ScheduleRun>(client, sql.beginRun, [begun.run.id, turn.target])
  if (current === undefined) return passedOver
  const page = await readPage(client, current, turn)
  const outcome = turn.page(current, page.entities, held.nowMs)
  await appendEvents(
    client,
    outcome.events.map((event) => ({ event, routed: true })),
  )
  crashPoints.reach('schedule.mid_turn')
  const { firstError, failed, events } = outcome
  const counts = [page.cursor, page.entities.length, events.length, failed, firstError]
  await run(client, sql.countRun, [current.id, ...counts, page.ended])
  // The next run may be waiting already; else it is looked at when it is due.
  await end(page.ended ? 0 : (events.length / turn.perSecond) * 1_000)
  return { state: 'turned', events: events.length, failed, ended: page.ended }
}

async function heldSchedule(client: pg.ClientBase, found: DueSchedule, row: HeldRow): Promise<HeldSchedule> {
  const [open = null] = await run<ScheduleRun>(client, sql.openRun, [
    found.tenantId,
    found.workspace,
    found.name,
  ])
  return {
    ...found,
    nextAtMs: row.nextAt === null ? null : Date.parse(row.nextAt),
    nowMs: Date.parse(row.now),
    run: open,
  }
}

/** Begins the run that is due, if one is; one that was made before (its id follows from its time) is not made again. */
async function beginDue(
  client: pg.ClientBase,
  held: HeldSchedule,
  turn: ScheduleTurn,
): Promise<{ run: ScheduleRun | null; nextAtMs: number | null }> {
  const due = turn.due(held)
  await skipRuns(client, held, due)
  const begun = due.run === null ? null : await insertRun(client, held, due.run, 'waiting', null)
  return { run: begun, nextAtMs: due.nextAt }
}

async function skipRuns(client: pg.ClientBase, held: HeldSchedule, { skipped }: DueRuns): Promise<void> {
  if (skipped === null) return
  const until = new Date(skipped.to).toISOString()
  await insertRun(client, held, skipped.from, 'skipped', `Missed until ${until}, and not caught up`)
}

async function insertRun(
  client: pg.ClientBase,
  { tenantId, workspace, name }: HeldSchedule,
  dueMs: number,
  status: 'waiting' | 'skipped',
  note: string | null,
): Promise<ScheduleRun | null> {
  const dueAt = new Date(dueMs).toISOString()
  const id = derivedId('schedule.run', tenantId, workspace, name, dueAt)
  const values = [id, tenantId, workspace, name, dueAt, 'due', status, note, null]
  const [made = null] = await run<ScheduleRun>(client, sql.insertRun, values)
  return made
}

async function readPage(
  client: pg.ClientBase,
  { tenantId, workspace, cursor }: ScheduleRun,
  { entityKind, pageMax }: ScheduleTurn,
): Promise<{ entities: readonly VisitedEntity[]; cursor: string | null; ended: boolean }> {
  if (entityKind === null) return { entities: [], cursor: null, ended: true }
  const rows = await run<EntityRow>(client, sql.entities, [
    tenantId,
    cursor ?? '',
    pageMax,
    workspace,
    entityKind,
  ])
  return {
    entities: rows.flatMap((row) => {
      if (row.fields === null) return []
      const { kind, id, fields, scores, marks } = row
      return [{ ref: { kind, id }, fields, scores, marks }]
    }),
    cursor: rows.at(-1)?.entity_key ?? null,
    ended: rows.length < pageMax,
  }
}
