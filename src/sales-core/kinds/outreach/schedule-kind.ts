import type { DocumentKind, DocumentSet, Problem } from '../../../control-plane/documents/document-kind.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { typeCatalogOf } from '../../compile/document-types.ts'
import { ProblemLog } from '../../compile/problem-log.ts'
import { variablesFor } from '../../compile/type-catalog.ts'
import { eventReferences } from '../references.ts'
import { scheduleShape } from './schedule-shape.ts'
import type { ScheduleSpec } from './schedule-shape.ts'
import type { Condition } from '../../conditions/condition-compiler.ts'
import { compileCalendars } from '../../time/calendars.ts'

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
  check: ({ spec }, set) => contentProblems(spec, set),
}

function contentProblems({ for_each: each, emit }: ScheduleSpec, set: DocumentSet): readonly Problem[] {
  const types = typeCatalogOf(set)
  const log = new ProblemLog()
  const entities = each === 'tenant' ? [] : [each.entity]
  const variables = variablesFor(types, { entities })
  if (each !== 'tenant' && each.where !== undefined && types.entities.has(each.entity))
    checkContext(log.condition(each.where, variables, 'bool', ['for_each', 'where']), set, log)
  log.value(emit.data as JsonObject, variables, ['emit', 'data'])
  const declared = types.events.get(emit.type)?.data.fields
  for (const name of Object.keys(emit.data)) {
    if (declared === undefined || declared.has(name)) continue
    const near = nearestName(name, declared.keys())
    log.add({
      code: 'NX-EMIT-FIELD',
      message: `${emit.type} has no field '${name}'`,
      fix: near === null ? `Declare it in EventType ${emit.type}.` : `Did you mean '${near}'?`,
      path: ['emit', 'data', name],
      key: true,
    })
  }
  return log.problems
}

/** What a condition may ask for beside the entity: calendars that are there, and no counts, for no event is at hand. */
function checkContext({ counts, calendars }: Condition, set: DocumentSet, log: ProblemLog): void {
  const path = ['for_each', 'where']
  if (counts.length > 0) {
    log.add({
      code: 'NX-SCHEDULE-COUNT',
      message: 'The condition of a schedule cannot count events',
      fix: 'Count in a rule that the emitted event starts.',
      path,
    })
  }
  const known = compileCalendars(set)
  for (const name of calendars) {
    if (known.calendar(name) !== null) continue
    log.add({
      code: 'NX-CALENDAR-UNKNOWN',
      message:
        name === null ? 'business_hours() has no default calendar here' : `There is no Calendar '${name}'`,
      fix: name === null ? 'Add a Calendar named default, or name one.' : 'Add a Calendar of that name.',
      path,
    })
  }
}
