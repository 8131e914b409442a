import { derivedId } from '../../../../src/kernel/ids.ts'
import type { Clock } from '../../../../src/kernel/clock.ts'
import { acmeId } from '../../../support/events.ts'
import type { MemoryEntityStore } from '../../../fakes/log/memory-entity-store.ts'
import { keyOf } from '../../../fakes/log/memory-event-log.ts'
import type { MemoryEventLog } from '../../../fakes/log/memory-event-log.ts'
import type { TransactionSteps } from '../../../fakes/log/transaction-steps.ts'
import type { CompiledSchedule } from '../../../../src/sales-core/schedules/compiled-schedule.ts'
import type { ScheduleRun } from '../../../../src/sales-core/schedules/schedule-run.ts'
import type {
  DueSchedule,
  ScheduleTurn,
  TurnReport,
} from '../../../../src/sales-core/schedules/schedule-store.ts'

const place = { tenantId: acmeId, workspace: 'default' }

interface SimulatedRun extends ScheduleRun {
  /** Ids of the entities that were there when it began: whoever goes through it comes to each of them. */
  readonly there: readonly string[]
}

interface Row {
  turn: number
  nextAtMs: number | null
  run: SimulatedRun | null
}

/** Rows of schedules: a turn is one transaction of the log, and comes to nothing where somebody else had one meanwhile. */
export class SimulatedSchedules {
  /** No run begins any more. */
  paused = false
  /** Runs that were gone through. */
  readonly ended: SimulatedRun[] = []
  /** When each schedule was due for the first time, by name. */
  readonly firstAtMs = new Map<string, number | null>()
  readonly #rows = new Map<string, Row>()
  readonly #clock: Clock
  readonly #log: MemoryEventLog
  readonly #entities: MemoryEntityStore

  constructor(clock: Clock, log: MemoryEventLog, entities: MemoryEntityStore) {
    this.#clock = clock
    this.#log = log
    this.#entities = entities
  }

  get isIdle(): boolean {
    return [...this.#rows.values()].every(({ run }) => run === null)
  }

  sync(schedules: readonly CompiledSchedule[]): boolean {
    for (const { name, nextAfter } of schedules) {
      if (this.#rows.has(name)) continue
      const nextAtMs = nextAfter(this.#nowMs())
      this.firstAtMs.set(name, nextAtMs)
      this.#rows.set(name, { turn: 0, nextAtMs, run: null })
    }
    return true
  }

  due(): readonly DueSchedule[] {
    return [...this.#rows]
      .filter(([, row]) => row.run !== null || (!this.paused && (row.nextAtMs ?? Infinity) <= this.#nowMs()))
      .map(([name, { turn }]) => ({ ...place, name, turn }))
  }

  nextDueMs(): number | null {
    return this.due().length > 0 ? 0 : 1_000
  }

  async turn(due: DueSchedule, turn: ScheduleTurn, steps: TransactionSteps): Promise<TurnReport> {
    const row = this.#rows.get(due.name)
    if (row === undefined || row.turn !== due.turn) return { state: 'passed_over' }
    const nowMs = this.#nowMs()
    const { nextAtMs } = row
    const begins = row.run === null ? turn.due({ ...due, nextAtMs, nowMs, run: null }) : null
    const run = row.run ?? (begins?.run == null ? null : this.#runOf(due.name, begins.run, turn))
    const visited = this.#page(run, turn)
    await steps.between()
    const { events } = run === null ? { events: [] } : turn.page(run, visited, nowMs)
    const transaction = this.#log.begin(events.map(keyOf))
    if (transaction === null) return { state: 'passed_over' }
    steps.opened(transaction)
    for (const event of events) transaction.append(event)
    try {
      await steps.between()
    } catch (error) {
      transaction.abort()
      throw error
    }
    if (row.turn !== due.turn) {
      transaction.abort()
      return { state: 'passed_over' }
    }
    transaction.commit()
    row.turn += 1
    if (begins !== null) row.nextAtMs = begins.nextAt
    const isOver = visited.length < turn.pageMax
    const looked = (run?.looked ?? 0) + visited.length
    const gone = run === null ? null : { ...run, looked, cursor: visited.at(-1)?.ref.id ?? run.cursor }
    if (gone !== null && isOver) this.ended.push({ ...gone, status: 'done' })
    row.run = isOver ? null : gone
    return { state: 'turned', events: events.length, failed: 0, ended: isOver && run !== null }
  }

  #page(run: ScheduleRun | null, { entityKind, pageMax }: ScheduleTurn) {
    if (run === null) return []
    return this.#allOf(entityKind)
      .filter(({ ref }) => ref.id > (run.cursor ?? ''))
      .toSorted((a, b) => (a.ref.id < b.ref.id ? -1 : 1))
      .slice(0, pageMax)
  }

  #allOf(entityKind: string | null) {
    return this.#entities.entities.filter(({ ref }) => ref.kind === entityKind)
  }

  #runOf(schedule: string, dueMs: number, { target, entityKind }: ScheduleTurn): SimulatedRun {
    const dueAt = new Date(dueMs).toISOString()
    return {
      ...{ ...place, schedule, dueAt, target, id: derivedId('simulated.run', schedule, dueAt) },
      ...{ cause: 'due', status: 'running', cursor: null, looked: 0, emitted: 0, failed: 0 },
      ...{ firstError: null, note: null, actor: null, startedAt: dueAt, endedAt: null },
      there: this.#allOf(entityKind).map(({ ref }) => ref.id),
    }
  }

  #nowMs(): number {
    return this.#clock.now().getTime()
  }
}
