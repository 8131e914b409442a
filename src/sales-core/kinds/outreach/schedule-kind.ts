import type {
  DocumentKind,
  DocumentSet,
  Problem,
  TypedDocument,
} from '../../../control-plane/documents/document-kind.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import { typeCatalogOf } from '../../compile/document-types.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { compileSchedule } from '../../schedules/compile-schedule.ts'
import type { CompiledSchedule } from '../../schedules/compiled-schedule.ts'
import { eventReferences } from '../references.ts'
import { scheduleShape } from './schedule-shape.ts'
import type { ScheduleSpec } from './schedule-shape.ts'

/** Declares events that come with the clock. */
export const scheduleKind: DocumentKind<ScheduleSpec> = {
  ...scheduleShape,
  requires: ({ spec }) => [
    ...eventReferences(spec.emit.type, ['emit', 'type']),
    ...(spec.for_each === 'tenant'
      ? []
      : [
          {
            space: 'entity',
            name: spec.for_each.entity,
            path: ['for_each', 'entity'],
            fix: 'Declare an EntityType of that name.',
          },
        ]),
  ],
  check: contentProblems,
}

function contentProblems(typed: TypedDocument<ScheduleSpec>, set: DocumentSet): readonly Problem[] {
  const types = typeCatalogOf(set)
  const { for_each: each } = typed.spec
  // The reference says so: without its fields everything else would be an echo.
  if (each !== 'tenant' && !types.entities.has(each.entity)) return []
  const { schedule, problems } = compileSchedule(typed, types, '')
  return [...problems, ...countProblems(schedule), ...fieldProblems(typed.spec, types)]
}

/** No event is at hand of which a condition could ask how many there were. */
function countProblems({ where }: CompiledSchedule): readonly Problem[] {
  if (where === null || where.counts.length === 0) return []
  return [
    {
      code: 'NX-SCHEDULE-COUNT',
      message: 'The condition of a schedule cannot count events',
      fix: 'Count in a rule that the emitted event starts.',
      path: ['for_each', 'where'],
    },
  ]
}

function fieldProblems({ emit }: ScheduleSpec, { events }: TypeCatalog): readonly Problem[] {
  const declared = events.get(emit.type)?.data.fields
  return Object.keys(emit.data).flatMap((name): readonly Problem[] => {
    if (declared === undefined || declared.has(name)) return []
    const near = nearestName(name, declared.keys())
    return [
      {
        code: 'NX-EMIT-FIELD',
        message: `${emit.type} has no field '${name}'`,
        fix: near === null ? `Declare it in EventType ${emit.type}.` : `Did you mean '${near}'?`,
        path: ['emit', 'data', name],
        key: true,
      },
    ]
  })
}
