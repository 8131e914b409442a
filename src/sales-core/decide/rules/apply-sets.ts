import type { JsonValue } from '../../../kernel/json.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { AssignDesk } from '../../people/assign-desk.ts'
import type { CompiledAssign } from '../../people/compiled-people.ts'
import type { CompiledAction, CompiledRule } from '../../rules/compiled-rule.ts'
import { checkValue } from '../../types/check-value.ts'
import { mergeWrites } from '../../types/field-merge.ts'
import { EffectRefused } from '../effects.ts'
import type { EntityDraft } from '../entity-draft.ts'
import type { Firing } from './firing.ts'
import type { RuleFailure } from './rule-failure.ts'
import { failureOf, rendered, textOf } from './rule-failure.ts'

/** The most tags that an entity may carry. */
export const tagsMax = 1_000

/** Who wrote what so far, highest rule first. */
interface Writes {
  readonly fields: Map<string, { readonly by: string; readonly value: JsonValue }>
  readonly tags: Map<string, { readonly by: string; readonly verb: 'add_tag' | 'remove_tag' }>
  readonly notes: string[]
}

/**
 * The decide phase: sets and tags, all rendered on the snapshot of before. Where two rules write one field, its declared `merge` puts
 * them together; without one the higher rule wins and the other's write is noted. Returns the rules that fail; after a
 * failure the draft is of no use.
 */
export function applySets(
  firings: readonly Firing[],
  draft: EntityDraft,
  valuesOf: (firing: Firing) => VariableValues,
  notes: string[],
  desk: AssignDesk,
): readonly RuleFailure[] {
  const failures: RuleFailure[] = []
  const writes: Writes = { fields: new Map(), tags: new Map(), notes }
  for (const firing of firings) {
    const { rule } = firing
    if (!rule.actions.some(isWrite)) continue
    const values = valuesOf(firing)
    try {
      for (const action of rule.actions) applySet(action, rule, draft, values, writes, desk)
    } catch (error) {
      failures.push(failureOf(rule, error))
    }
  }
  return failures
}

function isWrite({ verb }: CompiledAction): boolean {
  return verb === 'set' || verb === 'assign' || verb === 'add_tag' || verb === 'remove_tag'
}

function applySet(
  action: CompiledAction,
  rule: CompiledRule,
  draft: EntityDraft,
  values: VariableValues,
  writes: Writes,
  desk: AssignDesk,
): void {
  if (action.verb === 'assign') return applyAssign(action.assign, rule.cause, draft, writes, desk)
  if (action.verb === 'add_tag' || action.verb === 'remove_tag') {
    const { verb } = action
    changeTags(verb, ownTags(verb, tagsOf(action, values), rule.cause, writes), draft, rule.cause)
    return
  }
  if (action.verb !== 'set') return
  const given = valueOf(action, values)
  const { field, merge } = action
  const earlier = writes.fields.get(field)
  const isOthers = earlier !== undefined && earlier.by !== rule.cause
  if (isOthers && merge === null) {
    writes.notes.push(`${rule.cause} did not set ${field}: ${earlier.by} ranks higher and set it`)
    return
  }
  const value = isOthers && merge !== null ? mergeWrites(merge, earlier.value, given) : given
  writes.fields.set(field, { by: rule.cause, value })
  draft.set(field, value, rule.cause)
}

/** What a `set` writes; null: it empties the field. Throws EffectRefused when that does not fit the field. */
export function valueOf(action: Extract<CompiledAction, { verb: 'set' }>, values: VariableValues): JsonValue {
  const value = rendered(action.value, values) ?? null
  const problem = value === null ? undefined : checkValue(action.type, value, action.field)[0]
  if (problem !== undefined) throw new EffectRefused('NX-SET-TYPE', problem)
  return value
}

/** The tags that an action names; what renders to nothing is none. Throws EffectRefused. */
export function tagsOf(
  { tags }: Extract<CompiledAction, { verb: 'add_tag' | 'remove_tag' }>,
  values: VariableValues,
): readonly string[] {
  return tags.map((tag) => textOf(tag, values)).filter((tag) => tag !== '')
}

/** A field that a higher rule wrote stays as it is; what nobody could take is told by the desk. */
function applyAssign(
  assign: CompiledAssign,
  by: string,
  draft: EntityDraft,
  writes: Writes,
  desk: AssignDesk,
): void {
  const field = assign.writes
  const earlier = writes.fields.get(field)
  if (earlier !== undefined && earlier.by !== by) {
    writes.notes.push(`${by} did not assign ${field}: ${earlier.by} ranks higher and set it`)
    return
  }
  desk.assign(assign, draft, by)
  writes.fields.set(field, { by, value: draft.read(field) ?? null })
}

/** The tags that no higher rule wants the other way round. */
function ownTags(
  verb: 'add_tag' | 'remove_tag',
  tags: readonly string[],
  by: string,
  { tags: known, notes }: Writes,
): readonly string[] {
  return tags.filter((tag) => {
    const earlier = known.get(tag)
    if (earlier !== undefined && earlier.by !== by && earlier.verb !== verb) {
      const did = earlier.verb === 'add_tag' ? 'added' : 'removed'
      notes.push(
        `${by} did not ${verb === 'add_tag' ? 'add' : 'remove'} the tag ${tag}: ${earlier.by} ranks higher and ${did} it`,
      )
      return false
    }
    known.set(tag, { by, verb })
    return true
  })
}

/** Adds or removes tags of an entity. Throws EffectRefused above the limit. */
export function changeTags(
  verb: 'add_tag' | 'remove_tag',
  tags: readonly string[],
  draft: EntityDraft,
  by: string,
): void {
  const current = draft.read('tags')
  const list = Array.isArray(current) ? (current as readonly JsonValue[]) : []
  if (verb === 'remove_tag') {
    const gone = new Set<JsonValue>(tags)
    const left = list.filter((tag) => !gone.has(tag))
    if (left.length < list.length) draft.set('tags', left, by)
    return
  }
  const known = new Set<JsonValue>(list)
  const added = [...new Set(tags)].filter((tag) => !known.has(tag))
  if (added.length === 0) return
  if (list.length + added.length > tagsMax)
    throw new EffectRefused('NX-TAGS-LIMIT', `An entity carries at most ${tagsMax} tags`)
  draft.set('tags', [...list, ...added], by)
}
