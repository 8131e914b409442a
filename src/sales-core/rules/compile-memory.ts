import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { ProblemLog } from '../compile/problem-log.ts'
import type { EventTypeInfo, TypeCatalog } from '../compile/type-catalog.ts'
import { variablesFor } from '../compile/type-catalog.ts'
import type { VariableTypes } from '../conditions/condition-compiler.ts'
import type { AbsenceSpec, RuleSpec, ThrottleSpec } from '../kinds/rule-set-spec.ts'
import type { FieldType } from '../types/field-type.ts'
import { typeAt, typeText } from '../types/field-type.ts'
import type { CompiledAbsence, CompiledThrottle, RuleMemory, ValuePath } from './compiled-rule.ts'

export interface MemoryContext {
  readonly types: TypeCatalog
  readonly event: EventTypeInfo | undefined
  /** Kinds of entity that the event may be about. */
  readonly subjects: readonly string[]
  readonly variables: VariableTypes
  readonly log: ProblemLog
}

/** Compiles `once`, `throttle` and `unless_followed_by`; `kinds`: those of entity that they make the rule be about. */
export function compileMemory(
  rule: RuleSpec,
  context: MemoryContext,
  path: DocumentPath,
): { readonly memory: RuleMemory | null; readonly kinds: readonly string[] } {
  const { once, throttle, unless_followed_by: absence } = rule
  if (once === undefined && throttle === undefined && absence === undefined)
    return { memory: null, kinds: [] }
  if (throttle?.once_after !== undefined && absence !== undefined) {
    context.log.add({
      code: 'NX-RULE-WAITS',
      message: 'The rule waits twice: for a burst to end and for an event not to come',
      fix: 'Keep one of the two; a second rule on an event that the first emits can wait for the other.',
      path: [...path, 'throttle', 'once_after'],
      key: true,
    })
  }
  const memory: RuleMemory = {
    once:
      once === undefined
        ? null
        : {
            per: compilePer(once.per, context, [...path, 'once', 'per']),
            withinMs: once.within === undefined ? null : parseDuration(once.within),
          },
    throttle: throttle === undefined ? null : compileThrottle(throttle, context, [...path, 'throttle']),
    absence: absence === undefined ? null : compileAbsence(absence, context, [...path, 'unless_followed_by']),
  }
  const roots = [...(memory.once?.per ?? []), ...(memory.throttle?.per ?? [])].map(({ root }) => root)
  const used = [...roots, ...(memory.absence?.where?.roots ?? [])]
  return { memory, kinds: used.filter((root) => context.types.entities.has(root)) }
}

function compileThrottle(spec: ThrottleSpec, context: MemoryContext, path: DocumentPath): CompiledThrottle {
  const per = compilePer(spec.per, context, [...path, 'per'])
  for (const way of ['once_within', 'once_after', 'accumulate_within'] as const) {
    const window = spec[way]
    if (window !== undefined) return { way, windowMs: parseDuration(window), count: spec.count ?? 1, per }
  }
  return { way: 'once_within', windowMs: 0, count: 1, per }
}

function compileAbsence(spec: AbsenceSpec, context: MemoryContext, path: DocumentPath): CompiledAbsence {
  const { types, subjects } = context
  const event = types.events.get(spec.event)
  if (event?.folds != null && !subjects.includes(event.folds)) {
    context.log.add({
      code: 'NX-RULE-ENTITIES',
      message: `${spec.event} is about a ${event.folds}: it never follows on the same ${subjects.join(' or ')}`,
      fix: 'Wait for an event about the same entity.',
      path: [...path, 'event'],
    })
  }
  const variables = variablesFor(types, { event, entities: subjects })
  const where =
    spec.where === undefined || event === undefined
      ? null
      : context.log.condition(spec.where, variables, 'bool', [...path, 'where'])
  return { event: spec.event, where, withinMs: parseDuration(spec.within) }
}

/** The entity's kind alone needs no path: what is remembered is the entity's anyway. */
function compilePer(
  per: string | readonly string[] | undefined,
  context: MemoryContext,
  path: DocumentPath,
): readonly ValuePath[] {
  const list = per === undefined ? [] : typeof per === 'string' ? [per] : per
  return list.flatMap((text, index) => {
    if (context.subjects.includes(text)) return []
    const problem = pathProblem(text, context)
    if (problem !== null) {
      const at = typeof per === 'string' ? path : [...path, index]
      context.log.add({ code: 'NX-RULE-PER', ...problem, path: at })
      return []
    }
    const dot = text.indexOf('.')
    return [{ root: text.slice(0, dot), path: text.slice(dot + 1) }]
  })
}

function pathProblem(
  text: string,
  { variables, subjects, types, event }: MemoryContext,
): { readonly message: string; readonly fix: string } | null {
  const [root = '', ...rest] = text.split('.')
  const kind = subjects[0] ?? 'lead'
  if (rest.length === 0 && types.entities.has(text)) {
    const about = event?.folds ?? kind
    const message = `The event is about a ${about}, not a ${text}`
    return { message, fix: `Write \`per: ${about}\`, or the path of a field.` }
  }
  const type = variables.get(root)
  const wanted = `Write the entity's kind (${kind}) or a path such as event.channel.`
  if (type === undefined || rest.length === 0) {
    const near = nearestName(root, [...variables.keys(), ...subjects])
    const found = rest.length === 0 ? near : near === null ? null : [near, ...rest].join('.')
    return {
      message: `'${text}' is neither the entity nor a path`,
      fix: found === null || found === text ? wanted : `Did you mean '${found}'?`,
    }
  }
  return fieldProblem(text, root, rest.join('.'), type, wanted)
}

function fieldProblem(
  text: string,
  root: string,
  field: string,
  type: FieldType,
  wanted: string,
): { readonly message: string; readonly fix: string } | null {
  const found = typeAt(type, field)
  if (found === null) {
    const near = type.kind === 'struct' ? nearestName(field, type.fields.keys()) : null
    return {
      message: `${root} has no field '${field}'`,
      fix: near === null ? wanted : `Did you mean '${root}.${near}'?`,
    }
  }
  if (found.kind !== 'struct' && found.kind !== 'list' && found.kind !== 'map') return null
  return { message: `'${text}' is a ${typeText(found)}: things are counted by single values`, fix: wanted }
}
