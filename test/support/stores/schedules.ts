import type { Database } from '../../../src/adapters/postgres/database.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import type { CompiledSchedule } from '../../../src/sales-core/schedules/compiled-schedule.ts'
import { dueRuns } from '../../../src/sales-core/schedules/due-runs.ts'
import { scheduleEvents } from '../../../src/sales-core/schedules/schedule-events.ts'
import type { ScheduleTurn } from '../../../src/sales-core/schedules/schedule-store.ts'
import type { TestDatabase } from '../database.ts'
import { querySuperuser } from '../database.ts'
import { salesConfig } from '../sales/sales-config.ts'
import { allShards } from './owned-database.ts'

/**
 * A schedule that looks at every lead with a score, and one for the tenant; `change` replaces parts of the text. The first does
 * not fall due by itself while a test runs.
 */
export function schedulesConfig(change: (yaml: string) => string = (yaml) => yaml): SalesConfig {
  const config = salesConfig(
    change(`
kind: EventType
name: lead.checked
fields: { score: number? }
---
kind: EventType
name: day.begun
fields: { by: string? }
---
kind: Schedule
name: review
every: 1h
for_each: { entity: lead, where: 'lead.score >= 10' }
emit: { type: lead.checked, data: { score: "{{ lead.score }}" } }
missed: all
---
kind: Schedule
name: morning
cron: 0 7 * * *
tz: Asia/Dubai
emit: { type: day.begun }
`),
  )
  return {
    ...config,
    schedules: config.schedules.map((one) => (one.times.startsWith('every') ? inHalfAnHour(one) : one)),
  }
}

/** The same times moved together, so that the next is half an hour from now: at some minute of every hour it would be this one. */
function inHalfAnHour(schedule: CompiledSchedule): CompiledSchedule {
  const inMs = Date.now() + 1_800_000
  const shiftMs = (schedule.nextAfter(Date.now()) ?? inMs) - inMs
  return {
    ...schedule,
    nextAfter: (ms) => {
      const at = schedule.nextAfter(ms + shiftMs)
      return at === null ? null : at - shiftMs
    },
  }
}

/** A turn of a schedule of this configuration, as the loop makes it. */
export function turnOf(config: SalesConfig, name: string, pageMax = 500): ScheduleTurn {
  const schedule = config.schedules.find((one) => one.name === name)
  if (schedule === undefined) throw new Error(`There is no schedule ${name}`)
  return {
    digest: schedule.digest,
    entityKind: schedule.entityKind,
    target: `${schedule.entityKind ?? 'tenant'} ${schedule.emit.type}`,
    pageMax,
    perSecond: 1_000_000,
    due: ({ nextAtMs, nowMs }) => dueRuns(schedule, nextAtMs, nowMs),
    page: (run, entities, nowMs) => scheduleEvents(schedule, run, entities, config, new Date(nowMs)),
  }
}

/** Leads with scores 0, 1, 2 … */
export async function addLeads(test: TestDatabase, tenantId: string, count: number): Promise<void> {
  await querySuperuser(
    test,
    `insert into entity (tenant_id, entity_key, workspace, kind, id, fields)
     select $1::uuid, 'default/lead/' || n, 'default', 'lead', n::text, jsonb_build_object('score', n, 'name', 'L' || n)
     from generate_series(0, $2::int - 1) n`,
    [tenantId, count],
  )
}

/** Lets a schedule be due since `ago` (a Postgres interval). */
export async function makeDue(
  test: TestDatabase,
  tenantId: string,
  name: string,
  ago = '1 second',
): Promise<void> {
  await querySuperuser(
    test,
    `update schedule set next_at = clock_timestamp() - $3::interval, wake_at = clock_timestamp() - $3::interval
     where tenant_id = $1 and name = $2`,
    [tenantId, name, ago],
  )
}

/** Events of a type in the log of a tenant, in order. */
export async function eventsOf(
  test: TestDatabase,
  tenantId: string,
  type: string,
): Promise<ReadonlyArray<{ event_id: string; entity_key: string; data: object; external_id: string }>> {
  return await querySuperuser(
    test,
    'select event_id, entity_key, data, external_id from event_log where tenant_id = $1 and type = $2 order by pos',
    [tenantId, type],
  )
}

/** Takes turns until nothing of the tenant is due. */
export async function turnUntilDone(
  database: Database,
  config: SalesConfig,
  tenantId: string,
  pageMax?: number,
): Promise<number> {
  const { schedules } = database.stores
  for (let turns = 0; turns < 2_000; turns += 1) {
    const due = (await schedules.due(allShards, 100)).find((one) => one.tenantId === tenantId)
    if (due === undefined) return turns
    await schedules.turn(due, turnOf(config, due.name, pageMax))
  }
  throw new Error('It goes on for ever')
}
