import { derivedId } from '../../kernel/ids.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { findDataProblem } from '../../messaging/events/event-data.ts'
import { eventBytesMax } from '../../messaging/events/event.ts'
import type { EntityRef, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { newEntity } from '../decide/entity-state.ts'
import { withCurrentScores } from '../scoring/current-scores.ts'
import { asObject } from '../templates/compile-value.ts'
import { businessHoursOf } from '../time/business-hours.ts'
import type { CompiledSchedule } from './compiled-schedule.ts'
import type { ScheduleRun } from './schedule-run.ts'

/** An entity that a run looks at. */
export interface VisitedEntity {
  readonly ref: EntityRef
  readonly fields: JsonObject
  /** What its scores are computed from; left out: they stand in its fields. */
  readonly scores?: EntityState['scores']
  readonly marks?: EntityState['marks']
}

/** What a run makes of a page of entities. */
export interface PageOutcome {
  readonly events: readonly NxEvent[]
  /** Of how many entities the condition or the data failed. */
  readonly failed: number
  /** `lead/7: NX-…: why`, of the first of them. */
  readonly firstError: string | null
}

/** What of the configuration is asked for each entity. */
type ScheduleContext = Pick<SalesConfig, 'tenantSlug' | 'flags' | 'dataProblems' | 'calendar'> &
  Partial<Pick<SalesConfig, 'scoresFor' | 'counts'>>

/** Where a run's events are told to come from. */
export const scheduleSource = 'neuronx/schedules'

/**
 * The events of a run for these entities, or its one event for the tenant. Pure; the same run makes events of the same ids,
 * whoever goes on with it. An entity that fails is counted and named, the others get theirs.
 */
export function scheduleEvents(
  schedule: CompiledSchedule,
  run: ScheduleRun,
  entities: readonly VisitedEntity[],
  config: ScheduleContext,
  now: Date,
): PageOutcome {
  const visited: readonly VisitedEntity[] =
    schedule.entityKind === null ? [{ ref: { kind: 'schedule', id: schedule.name }, fields: {} }] : entities
  const events: NxEvent[] = []
  let failed = 0
  let firstError: string | null = null
  for (const entity of visited) {
    const made = eventFor(schedule, run, entity, config, now)
    if (made === null) continue
    if ('error' in made) {
      failed += 1
      firstError ??= `${entity.ref.kind}/${entity.ref.id}: ${made.error}`.slice(0, 500)
    } else events.push(made)
  }
  return { events, failed, firstError }
}

/** null: the condition does not hold. */
function eventFor(
  { name, entityKind, where, emit }: CompiledSchedule,
  run: ScheduleRun,
  visited: VisitedEntity,
  config: ScheduleContext,
  now: Date,
): NxEvent | { readonly error: string } | null {
  const { ref } = visited
  const fields = currentFields(visited, run.workspace, config, now)
  const values = {
    ...(entityKind === null ? {} : { [entityKind]: { ...fields, id: ref.id } }),
    now,
    tenant: config.tenantSlug,
    flags: config.flags(run.workspace, ref),
    businessHours: businessHoursOf(config),
  }
  if (where !== null) {
    const held = where.evaluate(values)
    if (held.state === 'error') return { error: `${held.code}: ${held.message}` }
    if (held.value !== true) return null
  }
  const rendered = emit.data.render(values)
  if (rendered.state === 'error') return { error: `${rendered.code}: ${rendered.message}` }
  const data = asObject(rendered.value)
  const problem = problemOf(data, emit.type, config)
  if (problem !== null) return { error: problem }
  const id = derivedId('schedule.event', run.id, ref.kind, ref.id)
  return {
    id,
    tenantId: run.tenantId,
    workspace: run.workspace,
    type: emit.type,
    subject: ref,
    source: scheduleSource,
    externalId: `${name}@${run.dueAt}#${run.id}/${ref.kind}/${ref.id}`,
    time: run.dueAt,
    data,
    origin: 'emitted',
    correlationId: run.id,
    causationId: null,
    rootId: id,
    depth: 0,
  }
}

/** The fields with scores as they are at the time of the run, whatever has happened since the last event. */
function currentFields(
  { ref, fields, scores = {}, marks = {} }: VisitedEntity,
  workspace: string,
  { scoresFor, counts, ...config }: ScheduleContext,
  now: Date,
): JsonObject {
  if (scoresFor === undefined || counts === undefined || Object.keys(scores).length === 0) return fields
  const entity = { ...newEntity(workspace, ref), appliedSeq: 1, fields, scores, marks }
  return withCurrentScores(entity, { ...config, scoresFor, counts }, now).fields
}

function problemOf(data: JsonObject, type: string, config: Pick<SalesConfig, 'dataProblems'>): string | null {
  const [misfit] = config.dataProblems(type, data)
  if (misfit !== undefined) return `NX-EVENT-DATA: ${misfit}`
  const problem = findDataProblem(data)
  if (problem !== null) return `NX-EVENT-DATA: ${problem.path} ${problem.message}`
  const bytes = Buffer.byteLength(JSON.stringify(data))
  return bytes > eventBytesMax
    ? `NX-EVENT-SIZE: its data has ${bytes} bytes, more than an event may have`
    : null
}
