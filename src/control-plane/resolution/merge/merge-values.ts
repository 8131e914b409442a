import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { DocumentPath } from '../../documents/document.ts'
import { idOf } from './address.ts'
import type { Guard, Refusal } from './guard.ts'
import { lockRefusal, refusalOf } from './guard.ts'
import { jsonEqual } from '../../../kernel/json-equal.ts'
import type { RuleCursor } from './merge-rules.ts'
import { appends, below, itemKeyOf, policyOf } from './merge-rules.ts'

/** What happened while a layer was merged; paths are those of the layer's document. */
export interface MergeLog {
  readonly refused: { readonly path: DocumentPath; readonly refusal: Refusal }[]
  /** Values that are what is inherited anyway. */
  readonly same: DocumentPath[]
  /** Empty lists and mappings over ones that are not: they take nothing away. */
  readonly idle: DocumentPath[]
}

interface Place {
  readonly rules: RuleCursor
  readonly guard: Guard | null
  readonly path: DocumentPath
  /** Members that only say which document or item is meant. */
  readonly names: readonly string[]
}

/** How a value joins the one above it. */
export type Join = 'members' | 'items' | 'append' | 'replace'

const headNames = ['apiVersion', 'kind', 'name'] as const

/** Merges a layer's body over what is inherited. Refused parts are logged and left as they were. Shares what does not change. */
export function mergeBodies(
  base: JsonObject,
  over: JsonObject,
  rules: RuleCursor,
  guard: Guard | null,
  log: MergeLog,
): JsonObject {
  const head = headNames
    .filter((name) => Object.hasOwn(over, name))
    .map((name) => [name, over[name]] as const)
  const merged = mergeMembers(base, over, { rules, guard, path: [], names: headNames }, log)
  return head.every(([name, value]) => merged[name] === value)
    ? merged
    : { ...merged, ...Object.fromEntries(head) }
}

/** How two values of one place join: by the place's policy and their types. */
export function joinOf(base: JsonValue | undefined, over: JsonValue, rules: RuleCursor): Join {
  const policy = policyOf(rules)
  if (policy === 'replace') return 'replace'
  if (isJsonObject(over)) return base === undefined || isJsonObject(base) ? 'members' : 'replace'
  if (!Array.isArray(over) || (base !== undefined && !Array.isArray(base))) return 'replace'
  if (typeof policy === 'object') return 'items'
  return policy === 'append' ? 'append' : 'replace'
}

function mergeValue(
  base: JsonValue | undefined,
  over: JsonValue,
  place: Place,
  log: MergeLog,
): JsonValue | undefined {
  const { rules, guard, path } = place
  if (base === undefined && guard === null) return over
  if (base !== undefined && !appends(rules) && jsonEqual(base, over)) {
    log.same.push(path)
    return base
  }
  if (guard !== null && guard.locked !== null) return keepLocked(base, over, place, guard, log)
  const join = guard !== null && guard.bound !== null ? 'replace' : joinOf(base, over, rules)
  if (base !== undefined && join !== 'replace' && isEmpty(over)) {
    // Who writes `rules: []` over rules means to be rid of them, and is not: that is what `unset` is for.
    log.idle.push(path)
    return base
  }
  switch (join) {
    case 'members':
      return mergeMembers((base ?? {}) as JsonObject, over as JsonObject, place, log)
    case 'items':
      return mergeItems((base ?? []) as readonly JsonValue[], over as readonly JsonValue[], place, log)
    case 'append':
      return [...((base ?? []) as readonly JsonValue[]), ...(over as readonly JsonValue[])]
    case 'replace': {
      const refusal = refusalOf(guard, base, over, rules)
      if (refusal === null) return over
      log.refused.push({ path, refusal })
      return base
    }
  }
}

function isEmpty(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** A locked value stays. What would leave it as it is (an item that only names itself, members that are equal) is no attempt. */
function keepLocked(
  base: JsonValue | undefined,
  over: JsonValue,
  place: Place,
  { locked }: Guard,
  log: MergeLog,
): JsonValue | undefined {
  const silent: MergeLog = { refused: [], same: [], idle: [] }
  const merged = base === undefined ? over : mergeValue(base, over, { ...place, guard: null }, silent)
  if (jsonEqual(base, merged)) log.same.push(place.path)
  else if (locked !== null) log.refused.push({ path: place.path, refusal: lockRefusal(locked) })
  return base
}

function mergeMembers(base: JsonObject, over: JsonObject, place: Place, log: MergeLog): JsonObject {
  const { rules, guard, path, names } = place
  const changes: [string, JsonValue][] = []
  let said = 0
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined || names.includes(key)) continue
    said += 1
    const before = Object.hasOwn(base, key) ? base[key] : undefined
    const inner: Place = {
      rules: below(rules, key),
      guard: guard?.children.get(key) ?? null,
      path: [...path, key],
      names: [],
    }
    const after = mergeValue(before, value, inner, log)
    if (after !== undefined && after !== before) changes.push([key, after])
  }
  if (said === 0 && path.length > 0 && names.length > 0) log.same.push(path)
  return changes.length === 0 ? base : { ...base, ...Object.fromEntries(changes) }
}

/** Items of the same id are merged in the upper list's order; new ones follow. An id that comes twice is not merged twice. */
function mergeItems(
  base: readonly JsonValue[],
  over: readonly JsonValue[],
  { rules, guard, path }: Place,
  log: MergeLog,
): readonly JsonValue[] {
  const itemKey = itemKeyOf(rules) ?? 'id'
  const indexById = new Map<string, number>()
  for (const [index, item] of base.entries()) {
    const id = idOf(item, itemKey)
    if (id !== null && !indexById.has(id)) indexById.set(id, index)
  }
  const merged = [...base]
  const met = new Set<string>()
  for (const [index, item] of over.entries()) {
    const id = idOf(item, itemKey)
    const target = id === null || met.has(id) ? undefined : indexById.get(id)
    const itemGuard = id === null ? null : (guard?.children.get(id) ?? null)
    const at = [...path, index]
    const inner: Place = { rules: below(rules, '*'), guard: itemGuard, path: at, names: [itemKey] }
    if (id !== null && target === undefined && itemGuard !== null && indexById.has(id)) {
      const refusal = refusalOf(itemGuard, base[indexById.get(id) ?? 0], undefined, inner.rules)
      if (refusal !== null) log.refused.push({ path: at, refusal })
      continue
    }
    const after = mergeValue(target === undefined ? undefined : base[target], item, inner, log)
    if (after === undefined) continue
    if (target === undefined) merged.push(after)
    else merged[target] = after
    if (id !== null) met.add(id)
  }
  return merged.length === base.length && merged.every((item, index) => item === base[index]) ? base : merged
}
