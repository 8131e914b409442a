import { canonicalJson, isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { DocumentPath } from '../../documents/document.ts'

/** One value that differs. */
export interface LeafChange {
  /** `rules[hot-lead].when`: items of lists that have ids go by their id. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed' | 'renamed' | 'reordered'
  /** Undefined: only the other side has it. */
  readonly before: JsonValue | undefined
  readonly after: JsonValue | undefined
  /** Where it stands on each side; of the nearest parent where the side does not have it. */
  readonly beforePath: DocumentPath
  readonly afterPath: DocumentPath
}

interface Place {
  readonly text: string
  readonly beforePath: DocumentPath
  readonly afterPath: DocumentPath
}

/**
 * What differs between two bodies, leaf by leaf, in the order of the documents. Items of lists are matched by `id` (else `name`) when
 * all have one; an item that has only another id than before is renamed. Other lists differ as a whole, unless they are equally long.
 */
export function leafChanges(before: JsonObject, after: JsonObject): readonly LeafChange[] {
  const changes: LeafChange[] = []
  compareObjects(before, after, { text: '', beforePath: [], afterPath: [] }, changes)
  return changes
}

function compare(before: JsonValue, after: JsonValue, place: Place, changes: LeafChange[]): void {
  if (isJsonObject(before) && isJsonObject(after)) return compareObjects(before, after, place, changes)
  if (isList(before) && isList(after)) return compareLists(before, after, place, changes)
  if (canonicalJson(before) !== canonicalJson(after)) add(changes, 'changed', before, after, place)
}

function compareObjects(before: JsonObject, after: JsonObject, place: Place, changes: LeafChange[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const left = Object.hasOwn(before, key) ? before[key] : undefined
    const right = Object.hasOwn(after, key) ? after[key] : undefined
    const inner = {
      text: place.text === '' ? key : `${place.text}.${key}`,
      beforePath: left === undefined ? place.beforePath : [...place.beforePath, key],
      afterPath: right === undefined ? place.afterPath : [...place.afterPath, key],
    }
    if (left !== undefined && right !== undefined) compare(left, right, inner, changes)
    else if (left !== undefined || right !== undefined)
      add(changes, left === undefined ? 'added' : 'removed', left, right, inner)
  }
}

function compareLists(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  place: Place,
  changes: LeafChange[],
): void {
  const field = ['id', 'name'].find((name) => hasIds(before, name) && hasIds(after, name))
  if (field !== undefined && before.length + after.length > 0) {
    compareItems(before as readonly JsonObject[], after as readonly JsonObject[], field, place, changes)
  } else if (before.length === after.length && before.some((item) => typeof item === 'object')) {
    for (const [index, item] of before.entries()) {
      const inner = {
        text: `${place.text}[${index}]`,
        beforePath: [...place.beforePath, index],
        afterPath: [...place.afterPath, index],
      }
      compare(item, after[index] as JsonValue, inner, changes)
    }
  } else if (canonicalJson(before) !== canonicalJson(after)) add(changes, 'changed', before, after, place)
}

function compareItems(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
  field: string,
  place: Place,
  changes: LeafChange[],
): void {
  const id = (item: JsonObject): string => item[field] as string
  const left = new Map(before.map((item, index) => [id(item), index]))
  const right = new Map(after.map((item, index) => [id(item), index]))
  const renamed = renames(before, after, field)
  const placeOf = (name: string, was: number | undefined, is: number | undefined): Place => ({
    text: `${place.text}[${name}]`,
    beforePath: was === undefined ? place.beforePath : [...place.beforePath, was],
    afterPath: is === undefined ? place.afterPath : [...place.afterPath, is],
  })
  for (const [index, item] of before.entries()) {
    if (right.has(id(item)) || renamed.has(id(item))) continue
    add(changes, 'removed', item, undefined, placeOf(id(item), index, undefined))
  }
  const from = new Map([...renamed].map(([old, now]) => [now, old]))
  for (const [index, item] of after.entries()) {
    const old = from.get(id(item))
    const was = left.get(old ?? id(item))
    const here = placeOf(id(item), was, index)
    if (was === undefined) add(changes, 'added', undefined, item, here)
    else if (old !== undefined) add(changes, 'renamed', old, id(item), here)
    else compareObjects(before[was] as JsonObject, item, here, changes)
  }
  reordered(before.map(id), after.map(id), place, changes)
}

/** Items that stand on both sides, in another order: order decides where the first match wins. */
function reordered(
  before: readonly string[],
  after: readonly string[],
  place: Place,
  changes: LeafChange[],
): void {
  const [had, has] = [new Set(before), new Set(after)]
  const left = before.filter((name) => has.has(name))
  const right = after.filter((name) => had.has(name))
  if (left.join('\n') !== right.join('\n')) add(changes, 'reordered', left, right, place)
}

/** Ids that went, by the new id under which the same content came. */
function renames(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
  field: string,
): ReadonlyMap<string, string> {
  const content = (item: JsonObject): string => canonicalJson({ ...item, [field]: null })
  const [had, has] = [new Set(before.map((item) => item[field])), new Set(after.map((item) => item[field]))]
  const came = new Map<string, string[]>()
  for (const item of after) {
    if (had.has(item[field])) continue
    const same = came.get(content(item))
    if (same === undefined) came.set(content(item), [item[field] as string])
    else same.push(item[field] as string)
  }
  const found = new Map<string, string>()
  for (const item of before) {
    const now = has.has(item[field]) ? undefined : came.get(content(item))?.shift()
    if (now !== undefined) found.set(item[field] as string, now)
  }
  return found
}

/** Has every item a text of its own in this field? */
function hasIds(items: readonly JsonValue[], field: string): boolean {
  const ids = items.map((item) => (isJsonObject(item) ? item[field] : undefined))
  return ids.every((id) => typeof id === 'string') && new Set(ids).size === ids.length
}

function add(
  changes: LeafChange[],
  kind: LeafChange['kind'],
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  { text, beforePath, afterPath }: Place,
): void {
  changes.push({ path: text, kind, before, after, beforePath, afterPath })
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
