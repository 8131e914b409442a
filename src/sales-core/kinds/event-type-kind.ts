import { z } from 'zod'
import { documentHead } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind, DocumentSet, Problem } from '../../control-plane/documents/document-kind.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { builtInEntities, peopleEvents } from '../people/task-types.ts'
import type { FieldType, StructType } from '../types/field-type.ts'
import { typeText } from '../types/field-type.ts'
import { parseFields } from '../types/parse-field-type.ts'
import { entityTypeKind, fieldProblems } from './entity-type-kind.ts'
import { entityKindName, eventTypeName, jsonRecord } from './schema-parts.ts'
import { eventTypeFieldHelp } from './field-help/type-field-help.ts'

const schema = z.strictObject({
  ...documentHead('EventType', eventTypeName),
  folds: entityKindName.optional(),
  fields: jsonRecord.default({}),
})

export type EventTypeSpec = z.infer<typeof schema>

/** Event types that the system itself makes; nobody declares them. */
export const builtInEventTypes: ReadonlySet<string> = new Set([
  'command.succeeded',
  'command.failed',
  'command.cancelled',
  'timer.due',
  'automation.loop_stopped',
  'saga.undo_failed',
  'integration.test_requested',
  ...peopleEvents.map(({ type }) => type),
])

/** Declares an event: which data it carries and which entity takes that data over. */
export const eventTypeKind: DocumentKind<EventTypeSpec> = {
  kind: 'EventType',
  summary: 'which data an event carries, and which entity takes it over (folds)',
  schema,
  fieldHelp: eventTypeFieldHelp,
  provides: ({ spec }) => [{ space: 'event', name: spec.name }],
  requires: ({ spec }) =>
    spec.folds === undefined || builtInEntities.has(spec.folds)
      ? []
      : [{ space: 'entity', name: spec.folds, path: ['folds'], fix: 'Declare an EntityType of that name.' }],
  check: ({ spec }, set) => [
    ...nameProblems(spec.name),
    ...fieldProblems(spec.fields as JsonObject, { idAllowed: true }),
    ...foldProblems(spec, set),
  ],
}

function nameProblems(name: string): readonly Problem[] {
  if (!builtInEventTypes.has(name)) return []
  return [
    {
      code: 'NX-EVENT-NAME',
      message: `'${name}' is an event of the system itself`,
      fix: 'Remove the document: rules may use it without.',
      path: ['name'],
    },
  ]
}

/** Fields that both sides declare must agree, or folding would break the entity. */
function foldProblems(spec: EventTypeSpec, set: DocumentSet): readonly Problem[] {
  const entity = set.ofKind(entityTypeKind).find((typed) => typed.spec.name === spec.folds)
  if (entity === undefined) return []
  const problems: Problem[] = []
  compareFields(
    parseFields(spec.fields as JsonObject).type,
    parseFields(entity.spec.fields as JsonObject).type,
    ['fields'],
    entity.spec.name,
    problems,
  )
  return problems
}

function compareFields(
  event: StructType,
  entity: StructType,
  path: readonly string[],
  kind: string,
  problems: Problem[],
): void {
  for (const [name, field] of event.fields) {
    const target = entity.fields.get(name)
    if (target === undefined) continue
    if (field.kind === 'struct' && target.kind === 'struct') {
      compareFields(field, target, [...path, name], kind, problems)
    } else if (!mayBecome(field, target)) {
      problems.push({
        code: 'NX-EVENT-FOLD',
        message: `${name} is a ${typeText(field)} here and a ${typeText(target)} in EntityType ${kind}`,
        fix: 'Give both the same type, or name the field of the event differently.',
        path: [...path, name],
      })
    }
  }
}

function mayBecome(from: FieldType, to: FieldType): boolean {
  if (to.kind === 'json' || from.kind === to.kind || (from.kind === 'int' && to.kind === 'number')) {
    const [a, b] = [from, to]
    return (a.kind === 'list' || a.kind === 'map') && (b.kind === 'list' || b.kind === 'map')
      ? mayBecome(a.of, b.of)
      : true
  }
  return false
}
