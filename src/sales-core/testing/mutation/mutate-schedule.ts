import type { TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { mutateCondition } from '../../conditions/mutate-condition.ts'
import type { ScheduleSpec } from '../../kinds/outreach/schedule-shape.ts'
import { compileSchedule } from '../../schedules/compile-schedule.ts'
import { times } from './mutate-memory.ts'
import { mutateValue } from './mutate-value.ts'
import type { Mutant } from './mutant.ts'

/** The changes of a Schedule: how often, for whom, what its event carries, and all of it left out. */
export function* mutateSchedule(
  typed: TypedDocument<ScheduleSpec>,
  texts: readonly string[],
): Generator<Mutant> {
  const { document, spec } = typed
  const cause = `Schedule/${spec.name}`
  const mutant = (
    path: DocumentPath,
    change: string,
    changed: ScheduleSpec | null,
    offset: number | null = null,
  ): Mutant => ({ document, path, offset, change, cause, touches: cause, apply: applying(typed, changed) })
  yield mutant([], 'without this schedule', null)
  for (const { text, change } of times(spec.every)) yield mutant(['every'], change, { ...spec, every: text })
  const { for_each: each, emit } = spec
  if (each !== 'tenant' && each.where !== undefined) {
    for (const { offset, text, change } of mutateCondition(each.where, texts))
      yield mutant(['for_each', 'where'], change, { ...spec, for_each: { ...each, where: text } }, offset)
  }
  for (const { value, path, change } of mutateValue(emit.data as JsonObject, texts))
    yield mutant(['emit', 'data', ...path], change, {
      ...spec,
      emit: { ...emit, data: value as typeof emit.data },
    })
}

/** null: without it. */
function applying(
  { document, spec }: TypedDocument<ScheduleSpec>,
  changed: ScheduleSpec | null,
): Mutant['apply'] {
  return (config) => {
    if (changed === null)
      return { ...config, schedules: config.schedules.filter(({ name }) => name !== spec.name) }
    const { schedule, problems } = compileSchedule(
      { document, spec: changed },
      config.types,
      config.tenantSlug,
    )
    if (problems.length > 0) return null
    return {
      ...config,
      schedules: config.schedules.map((other) => (other.name === spec.name ? schedule : other)),
    }
  }
}
