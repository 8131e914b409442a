import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { flagsOf } from '../../control-plane/flags/flags-kind.ts'
import { limitsKind } from '../../control-plane/limits/limits-kind.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { fuelMax } from '../conditions/cel/frame.ts'
import { entityTypeKind } from '../kinds/entity-type-kind.ts'
import { eventTypeKind } from '../kinds/event-type-kind.ts'
import { leadScoreShape } from '../kinds/lead-score-shape.ts'
import { calendarKind } from '../kinds/people/calendar-kind.ts'
import { teamShape } from '../kinds/people/team-shape.ts'
import { templateShape } from '../kinds/outreach/template-shape.ts'
import { workflowShape } from '../kinds/workflow-shape.ts'
import { builtInEntities, peopleEvents, withBuiltInFields } from '../people/task-types.ts'
import { messageEvents } from '../policies/message-events.ts'
import { scoreEvents } from '../scoring/score-events.ts'
import type { StructType } from '../types/field-type.ts'
import { scalar, structOf } from '../types/field-type.ts'
import { parseFields } from '../types/parse-field-type.ts'
import { workflowAskEvents } from '../workflows/workflow-asks.ts'
import type { EventTypeInfo, PeopleNames, TypeCatalog } from './type-catalog.ts'
import { bandEventData, systemEvents } from './type-catalog.ts'

const catalogs = new WeakMap<DocumentSet, TypeCatalog>()

/** The types that the documents of a set declare. Made once per set. */
export function typeCatalogOf(set: DocumentSet): TypeCatalog {
  const known = catalogs.get(set)
  if (known !== undefined) return known
  const catalog: TypeCatalog = {
    events: eventsOf(set),
    entities: entitiesOf(set),
    flags: structOf(
      Object.fromEntries([...flagsOf(set).keys()].sort().map((name) => [name, scalar('bool')])),
    ),
    evaluationFuel: fuelOf(set),
    scoredFields: new Map(set.ofKind(leadScoreShape).map(({ spec }) => [spec.writes, spec.name])),
    merges: new Map(
      set
        .ofKind(entityTypeKind)
        .flatMap(({ spec }) =>
          Object.entries(spec.merge ?? {}).map(([field, way]) => [`${spec.name}.${field}`, way] as const),
        ),
    ),
    templates: new Map(set.ofKind(templateShape).map(({ spec }) => [spec.name, spec])),
    workflows: new Map(set.ofKind(workflowShape).map(({ spec }) => [spec.name, spec.for])),
    people: peopleOf(set),
  }
  catalogs.set(set, catalog)
  return catalog
}

/** What the Limits document of the view says; the lowest, should there be several. */
function fuelOf(set: DocumentSet): number {
  const given = set.ofKind(limitsKind).flatMap(({ spec }) => spec.timeouts?.evaluation_fuel ?? [])
  return Math.min(fuelMax, ...given)
}

function eventsOf(set: DocumentSet): ReadonlyMap<string, EventTypeInfo> {
  const events = new Map(
    [...systemEvents, ...peopleEvents, ...messageEvents, ...scoreEvents, ...workflowAskEvents].map((info) => [
      info.type,
      info,
    ]),
  )
  for (const { spec } of set.ofKind(leadScoreShape)) {
    for (const { emit } of spec.bands) {
      if (emit !== undefined)
        events.set(emit, { type: emit, folds: null, builtIn: true, data: bandEventData })
    }
  }
  for (const { spec } of set.ofKind(eventTypeKind)) {
    const declared = parseFields(spec.fields as JsonObject).type
    const band = events.get(spec.name)
    // An EventType for an event that a band emits adds to what the band's event carries anyway.
    const data: StructType =
      band === undefined
        ? declared
        : { ...declared, fields: new Map([...band.data.fields, ...declared.fields]) }
    events.set(spec.name, { type: spec.name, folds: spec.folds ?? null, builtIn: false, data })
  }
  return events
}

function entitiesOf(set: DocumentSet): ReadonlyMap<string, StructType> {
  const declared = new Map(
    set
      .ofKind(entityTypeKind)
      .map(({ spec }) => [
        spec.name,
        withBuiltInFields(spec.name, parseFields(spec.fields as JsonObject).type),
      ]),
  )
  // Behind those that are declared: the first kind is the one that a test is about.
  for (const [kind, type] of builtInEntities) if (!declared.has(kind)) declared.set(kind, type)
  return new Map(
    [...declared].map(([kind, { fields }]) => [
      kind,
      { kind: 'struct', nullable: false, fields: new Map([...fields, ['id', scalar('string')]]) },
    ]),
  )
}

function peopleOf(set: DocumentSet): PeopleNames {
  const teams = set.ofKind(teamShape).map(({ spec }) => spec)
  const reps = teams.flatMap(({ members, manager }) => [
    ...members.map(({ rep }) => rep),
    ...(manager === undefined ? [] : [manager]),
  ])
  return {
    teams: new Set(teams.map(({ name }) => name)),
    reps: new Set(reps),
    calendars: new Set(set.ofKind(calendarKind).map(({ spec }) => spec.name)),
  }
}
