import type { DocumentSet, Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import { digestOf, digestOfParts } from '../../kernel/digest.ts'
import { parseDuration } from '../../kernel/duration.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { ProblemLog } from '../compile/problem-log.ts'
import { variablesFor } from '../compile/type-catalog.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import { scheduleShape } from '../kinds/outreach/schedule-shape.ts'
import type { ScheduleSpec } from '../kinds/outreach/schedule-shape.ts'
import type { CompiledSchedule } from './compiled-schedule.ts'
import { cronTimes } from './cron-times.ts'

/**
 * Compiles the Schedule documents of one (tenant, workspace). `every` is counted from a moment of its own for each tenant and
 * schedule, so that not all of them run on the hour. What does not compile any more fails when it runs.
 */
export function compileSchedules(
  documents: DocumentSet,
  types: TypeCatalog,
  owner: string,
): readonly CompiledSchedule[] {
  return documents.ofKind(scheduleShape).map((typed) => compileSchedule(typed, types, owner).schedule)
}

/** One of them, and what is wrong with it. */
export function compileSchedule(
  { document, spec }: TypedDocument<ScheduleSpec>,
  types: TypeCatalog,
  owner: string,
): { readonly schedule: CompiledSchedule; readonly problems: readonly Problem[] } {
  const log = new ProblemLog(types)
  const { name, for_each: each, emit, missed, every = null, cron = null, tz = null } = spec
  const entityKind = each === 'tenant' ? null : each.entity
  const variables = variablesFor(types, { entities: entityKind === null ? [] : [entityKind] })
  const where = each === 'tenant' || each.where === undefined ? null : each.where
  const schedule: CompiledSchedule = {
    name,
    digest: document.digest,
    timing: digestOf({ every, cron, tz }),
    entityKind,
    where: where === null ? null : log.condition(where, variables, 'bool', ['for_each', 'where']),
    emit: { type: emit.type, data: log.value(emit.data as JsonObject, variables, ['emit', 'data']) },
    missed,
    times: every === null ? [cron, tz ?? 'UTC'].join(' ') : `every ${every}`,
    nextAfter: timesOf(spec, owner),
  }
  return { schedule, problems: log.problems }
}

function timesOf(
  { name, every, cron, tz = 'UTC' }: ScheduleSpec,
  owner: string,
): (ms: number) => number | null {
  if (cron !== undefined) return cronTimes(cron, tz).nextAfter
  const period = parseDuration(every ?? '')
  const phase = Number.parseInt(digestOfParts(['schedule.phase', owner, name]).slice(0, 12), 16) % period
  return (ms) => Math.floor((ms - phase) / period) * period + period + phase
}
