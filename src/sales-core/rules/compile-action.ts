import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { ProblemLog } from '../compile/problem-log.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import type { VariableTypes } from '../conditions/condition-compiler.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { ActionSpec } from '../kinds/rule-set-spec.ts'
import { guardVerbs } from '../kinds/rule-set-spec.ts'
import { compileAssign } from '../people/compile/compile-assign.ts'
import { compileTask } from '../people/compile/compile-task.ts'
import { checkValue } from '../types/check-value.ts'
import type { FieldType } from '../types/field-type.ts'
import { typeAt, typeText } from '../types/field-type.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { compileCommand } from './compile-command.ts'
import type { CompiledAction } from './compiled-rule.ts'

export interface ActionContext {
  readonly types: TypeCatalog
  readonly variables: VariableTypes
  /** Kinds of entity that the event may be about. */
  readonly subjects: readonly string[]
  readonly catalog: IntegrationCatalog | null
  readonly log: ProblemLog
}

/** An action, and the kinds of entity that it makes the rule be about. */
export interface ActionParts {
  readonly action: CompiledAction
  readonly kinds: readonly string[]
}

/** Compiles one entry of `then:`; a `set` of several fields becomes several actions. */
export function compileAction(
  spec: ActionSpec,
  context: ActionContext,
  path: DocumentPath,
): readonly ActionParts[] {
  if (spec.set !== undefined) {
    return Object.entries(spec.set).flatMap(([target, value]) =>
      compileSet(target, value, context, [...path, 'set', target]),
    )
  }
  if (spec.add_tag !== undefined) return compileTags('add_tag', spec.add_tag, context, [...path, 'add_tag'])
  if (spec.remove_tag !== undefined)
    return compileTags('remove_tag', spec.remove_tag, context, [...path, 'remove_tag'])
  if (spec.emit !== undefined) return compileEmit(spec.emit, context, [...path, 'emit'])
  for (const verb of ['start', 'stop'] as const) {
    const workflow = spec[verb]
    if (workflow === undefined) continue
    const kind = context.types.workflows.get(workflow)
    return [{ action: { verb, workflow }, kinds: kind === undefined ? [] : [kind] }]
  }
  if (spec.assign !== undefined) {
    const { assign, kinds } = compileAssign(spec.assign, context, [...path, 'assign'])
    return [{ action: { verb: 'assign', assign }, kinds }]
  }
  if (spec.task !== undefined) {
    const { task, roots } = compileTask(spec.task, context, [...path, 'task'])
    return [{ action: { verb: 'task', task }, kinds: kindsIn(roots, context) }]
  }
  for (const verb of guardVerbs) {
    const given = spec[verb]
    if (given !== undefined) return [{ action: { verb, reason: given.reason }, kinds: [] }]
  }
  const commandSpec = { ...spec, with: spec.with as JsonObject | undefined }
  const command = compileCommand(
    commandSpec,
    context.variables,
    context.catalog,
    context.log,
    path,
    context.types.templates,
  )
  if (command === null) return []
  return [{ action: { verb: 'command', command }, kinds: kindsIn(command.input.roots, context) }]
}

function kindsIn(roots: Iterable<string>, { types }: ActionContext): readonly string[] {
  return [...roots].filter((root) => types.entities.has(root))
}

function compileSet(
  target: string,
  value: JsonValue,
  context: ActionContext,
  path: DocumentPath,
): readonly ActionParts[] {
  const { types, log, variables } = context
  const dot = target.indexOf('.')
  const kind = target.slice(0, dot)
  const field = target.slice(dot + 1)
  const type = settableType(kind, field, context, path)
  const template = log.value(value, variables, path)
  if (type === null) return []
  const mismatch = valueMismatch(template.constant ? value : undefined, template.yields, type, target)
  if (mismatch !== null) {
    log.add({
      code: 'NX-SET-TYPE',
      message: mismatch,
      fix: `The EntityType ${kind} says ${target} is a ${typeText(type)}.`,
      path,
    })
  }
  const writer = types.scoredFields.get(target)
  if (writer !== undefined) {
    log.add({
      code: 'NX-SET-SCORED',
      message: `${target} is written by LeadScore ${writer}`,
      fix: 'Add a factor to the score instead of setting it.',
      path,
      key: true,
    })
  }
  return [
    {
      action: { verb: 'set', field, type, value: template, merge: types.merges.get(target) ?? null },
      kinds: [kind, ...kindsIn(template.roots, context)],
    },
  ]
}

function settableType(
  kind: string,
  field: string,
  { types, log }: ActionContext,
  path: DocumentPath,
): FieldType | null {
  const entity = types.entities.get(kind)
  if (entity === undefined) {
    const near = nearestName(kind, types.entities.keys())
    log.add({
      code: 'NX-SET-FIELD',
      message: `There is no EntityType '${kind}'`,
      fix: near === null ? 'Declare an EntityType of that name.' : `Did you mean '${near}.${field}'?`,
      path,
      key: true,
    })
    return null
  }
  const type = field === 'id' ? null : typeAt(entity, field)
  if (type === null) {
    const near = nearestName(field, entity.fields.keys())
    const hint =
      near === null || near === 'id'
        ? `Declare the field in EntityType ${kind}.`
        : `Did you mean '${kind}.${near}'?`
    log.add({
      code: 'NX-SET-FIELD',
      message: field === 'id' ? 'The id of an entity cannot be set' : `${kind} has no field '${field}'`,
      fix: hint,
      path,
      key: true,
    })
  }
  return type
}

/** Why a value can never be held by a field, null when it may. */
function valueMismatch(
  constant: JsonValue | undefined,
  yields: FieldType | null,
  type: FieldType,
  target: string,
): string | null {
  if (constant !== undefined) {
    // null clears the field, whatever its type.
    return constant === null ? null : (checkValue(type, constant, target)[0] ?? null)
  }
  if (yields === null || yields.kind === 'json' || type.kind === 'json') return null
  const numeric = (kind: FieldType['kind']): boolean => kind === 'number' || kind === 'int'
  if (yields.kind === type.kind || (numeric(yields.kind) && numeric(type.kind))) return null
  if (yields.kind === 'string' && (type.kind === 'timestamp' || type.kind === 'duration')) return null
  return `${target} is a ${typeText(type)}, and this yields a ${typeText(yields)}`
}

function compileTags(
  verb: 'add_tag' | 'remove_tag',
  spec: string | readonly string[],
  context: ActionContext,
  path: DocumentPath,
): readonly ActionParts[] {
  const { types, subjects, variables, log } = context
  const list = typeof spec === 'string' ? [spec] : spec
  const tags = list.map((tag, index) =>
    log.text(tag, variables, typeof spec === 'string' ? path : [...path, index]),
  )
  const tagged = subjects.filter((kind) => {
    const type = types.entities.get(kind)?.fields.get('tags')
    return type?.kind === 'list' && type.of.kind === 'string'
  })
  if (tagged.length === 0) {
    log.add({
      code: 'NX-TAG-FIELD',
      message: `${subjects.join(', ') || 'The entity'} has no field tags`,
      fix: 'Declare `tags: list<string>` in the EntityType.',
      path,
      key: true,
    })
  }
  const roots = tags.flatMap((tag) => kindsIn(tag.roots, context))
  return [{ action: { verb, tags }, kinds: tagged.length === 1 ? [...tagged, ...roots] : roots }]
}

function compileEmit(
  spec: NonNullable<ActionSpec['emit']>,
  context: ActionContext,
  path: DocumentPath,
): readonly ActionParts[] {
  const { types, variables, log } = context
  const data = log.value((spec.data ?? {}) as JsonObject, variables, [...path, 'data'])
  const subject = spec.subject === undefined ? null : log.text(spec.subject, variables, [...path, 'subject'])
  if (subject !== null && !/^[a-z][a-z0-9_]*\/./.test(subject.source) && !subject.source.startsWith('{{')) {
    log.add({
      code: 'NX-EMIT-SUBJECT',
      message: `'${subject.source}' does not name an entity`,
      fix: 'Write kind/id: "deal/{{ event.deal_id }}".',
      path: [...path, 'subject'],
    })
  }
  const declared = types.events.get(spec.type)?.data
  for (const name of Object.keys(spec.data ?? {})) {
    if (declared === undefined || declared.fields.has(name)) continue
    const near = nearestName(name, declared.fields.keys())
    log.add({
      code: 'NX-EMIT-FIELD',
      message: `${spec.type} has no field '${name}'`,
      fix: near === null ? `Declare it in EventType ${spec.type}.` : `Did you mean '${near}'?`,
      path: [...path, 'data', name],
      key: true,
    })
  }
  const roots = [...data.roots, ...(subject?.roots ?? [])]
  return [{ action: { verb: 'emit', type: spec.type, subject, data }, kinds: kindsIn(roots, context) }]
}
