import { derivedId } from '../../../kernel/ids.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { EntityState } from '../../decide/entity-state.ts'
import type { CompiledSchedule } from '../../schedules/compiled-schedule.ts'
import { scheduleEvents } from '../../schedules/schedule-events.ts'
import type { ScheduleRun } from '../../schedules/schedule-run.ts'

/** A run that is due. */
export interface DueSchedule {
  readonly dueMs: number
  readonly schedule: CompiledSchedule
}

/** The Schedules of a configuration in a test's time: each from the beginning of the case on, nothing is ever missed. */
export class TestSchedules {
  readonly #config: SalesConfig
  readonly #place: { readonly tenantId: string; readonly workspace: string }
  readonly #next = new Map<CompiledSchedule, number | null>()

  /** `only`: names of those that run; null: all. */
  constructor(
    config: SalesConfig,
    place: { readonly tenantId: string; readonly workspace: string },
    startMs: number,
    only: readonly string[] | null,
  ) {
    this.#config = config
    this.#place = place
    for (const schedule of config.schedules)
      if (only === null || only.includes(schedule.name)) this.#next.set(schedule, schedule.nextAfter(startMs))
  }

  /** The first run due by then; of one instant by name. */
  next(untilMs: number): DueSchedule | null {
    let first: DueSchedule | null = null
    for (const [schedule, dueMs] of this.#next) {
      if (dueMs === null || dueMs > untilMs) continue
      const sooner =
        first === null ||
        dueMs < first.dueMs ||
        (dueMs === first.dueMs && schedule.name < first.schedule.name)
      if (sooner) first = { dueMs, schedule }
    }
    return first
  }

  /** Carries a run out, as the daemon does: what it makes of the entities that there are. */
  run(
    { schedule, dueMs }: DueSchedule,
    entities: readonly EntityState[],
  ): { readonly events: readonly NxEvent[]; readonly trouble: string | null } {
    this.#next.set(schedule, schedule.nextAfter(dueMs))
    const visited = entities
      .filter(({ ref }) => ref.kind === schedule.entityKind)
      .toSorted((a, b) => (a.ref.id < b.ref.id ? -1 : 1))
    const run = this.#runOf(schedule, dueMs)
    const { events, firstError } = scheduleEvents(schedule, run, visited, this.#config, new Date(dueMs))
    return { events, trouble: firstError === null ? null : `Schedule/${schedule.name}: ${firstError}` }
  }

  #runOf(schedule: CompiledSchedule, dueMs: number): ScheduleRun {
    const dueAt = new Date(dueMs).toISOString()
    const target = `${schedule.entityKind ?? 'tenant'} ${schedule.emit.type}`
    return {
      ...this.#place,
      id: derivedId('test.schedule', schedule.name, dueAt),
      schedule: schedule.name,
      dueAt,
      cause: 'due',
      status: 'running',
      target,
      cursor: null,
      looked: 0,
      emitted: 0,
      failed: 0,
      firstError: null,
      note: null,
      actor: null,
      startedAt: dueAt,
      endedAt: null,
    }
  }
}
