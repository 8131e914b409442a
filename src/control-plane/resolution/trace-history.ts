import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { DocumentPath } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { MergePolicy } from '../documents/document-kind.ts'
import { idOf, stepInto } from './merge/address.ts'
import type { Join } from './merge/merge-values.ts'
import { joinOf } from './merge/merge-values.ts'
import type { RuleCursor } from './merge/merge-rules.ts'
import { below, itemKeyOf, policyOf } from './merge/merge-rules.ts'
import type { LayerEntry, LayerOutcome, ResolvedLayer } from './layer.ts'

/** What a merged document is made of, as far as tracing needs it. */
export interface Traced {
  readonly body: JsonObject
  readonly layers: readonly ResolvedLayer[]
  readonly rules: RuleCursor
}

/** Where one layer stands while a path is followed. */
interface Cursor {
  /** Undefined: the layer says nothing here. */
  readonly value: JsonValue | undefined
  readonly path: DocumentPath
  /** What a lower layer did to it; null: it counts. */
  readonly hidden: string | null
  readonly refused: boolean
}

/** A place on the way: every layer's cursor, how they join, and who took away what was above. */
interface Place {
  readonly cursors: readonly Cursor[]
  readonly join: Join
  readonly rules: RuleCursor
  /** Layers whose `unset` names this place or one above it. */
  readonly unsetBy: ReadonlySet<number>
}

/**
 * What every layer says about a path of the merged body, from global down; empty when no layer ever had it. An item that is not in the
 * merged list any more is named by its id.
 */
export function traceHistory({ body, layers, rules }: Traced, path: DocumentPath): readonly LayerEntry[] {
  const roots = layers.map((layer): Cursor => ({ value: layer.body, path: [], hidden: null, refused: false }))
  let place = settle({ cursors: roots, rules, unsetBy: new Set() }, layers, [])
  let merged: JsonValue | undefined = body
  const address: string[] = []
  for (const part of path) {
    const step: Step = { part, merged, id: idAt(merged, part, place.rules) }
    address.push(step.id ?? String(part))
    const cursors = place.cursors.map((_, index) => stepCursor(place, index, step))
    merged = memberOf(merged, part)
    const isItem = typeof part === 'number' || place.cursors.some(({ value }) => Array.isArray(value))
    const inner = below(place.rules, isItem ? '*' : part)
    place = settle({ cursors, rules: inner, unsetBy: place.unsetBy }, layers, address)
  }
  return entriesOf(place, layers)
}

/** Which layers still count at a place: an `unset`, and a value that does not join, hide what is above. */
function settle(
  { cursors, rules, unsetBy }: Omit<Place, 'join'>,
  layers: readonly ResolvedLayer[],
  address: readonly string[],
): Place {
  const settled: Cursor[] = []
  const unsets = new Set(unsetBy)
  let join: Join = 'replace'
  let current: JsonValue | undefined
  for (const [index, cursor] of cursors.entries()) {
    const layer = layers[index] as ResolvedLayer
    if (layer.unset.some((unset) => samePath(unset, address))) {
      hide(settled, `removed by ${scopeName(layer.scope)}`)
      unsets.add(index)
      current = undefined
    }
    const refused = cursor.refused || layer.refused.some((path) => samePath(path, cursor.path))
    settled.push({ ...cursor, refused })
    if (cursor.value === undefined || cursor.hidden !== null || refused) continue
    if (current !== undefined) {
      join = joinOf(current, cursor.value, rules)
      if (join === 'replace') hide(settled, `overridden by ${scopeName(layer.scope)}`, index)
    } else join = joinOf(undefined, cursor.value, rules)
    current = cursor.value
  }
  return { cursors: settled, join, rules, unsetBy: unsets }
}

function hide(cursors: Cursor[], hidden: string, until = cursors.length): void {
  for (const [index, cursor] of cursors.entries()) {
    if (index < until && cursor.hidden === null) cursors[index] = { ...cursor, hidden }
  }
}

interface Step {
  readonly part: string | number
  /** The merged value that the part leads into. */
  readonly merged: JsonValue | undefined
  readonly id: string | null
}

function stepCursor({ cursors, join, rules }: Place, index: number, { part, merged, id }: Step): Cursor {
  const cursor = cursors[index] as Cursor
  const { value, path } = cursor
  const key =
    typeof part === 'number'
      ? indexIn(cursors, index, { part, merged, id, join, rules })
      : Array.isArray(value)
        ? (stepInto(value as JsonValue, part, rules)?.key ?? null)
        : part
  const inner = value === undefined || key === null ? undefined : memberOf(value, key)
  return { ...cursor, value: inner, path: inner === undefined || key === null ? path : [...path, key] }
}

/** Where in a layer's own list the merged list's item stands; null when the layer has no part in it. */
function indexIn(
  cursors: readonly Cursor[],
  index: number,
  {
    part,
    merged,
    id,
    join,
    rules,
  }: Step & { readonly part: number; readonly join: Join; readonly rules: RuleCursor },
): number | null {
  const cursor = cursors[index] as Cursor
  const list = cursor.value
  if (!Array.isArray(list)) return null
  const items = list as readonly JsonValue[]
  const itemKey = itemKeyOf(rules)
  if (itemKey !== null && id !== null) {
    const at = items.findIndex((item) => idOf(item, itemKey) === id)
    return at === -1 ? null : at
  }
  if (join === 'items') {
    const at = items.indexOf(memberOf(merged, part) as JsonValue)
    return at === -1 ? null : at
  }
  if (cursor.hidden !== null || cursor.refused) return null
  const before = join === 'append' ? countBefore(cursors, index) : 0
  return part >= before && part - before < items.length ? part - before : null
}

/** How many items the layers above put before a layer's own. */
function countBefore(cursors: readonly Cursor[], index: number): number {
  const lists = cursors.slice(0, index).filter(({ hidden, refused }) => hidden === null && !refused)
  return lists.reduce((sum, { value }) => sum + (Array.isArray(value) ? value.length : 0), 0)
}

function idAt(merged: JsonValue | undefined, part: string | number, rules: RuleCursor): string | null {
  const itemKey = itemKeyOf(rules)
  if (itemKey === null || typeof part !== 'number' || !Array.isArray(merged)) return null
  const items = merged as readonly JsonValue[]
  const id = idOf(items[part], itemKey)
  // Of several items with one id only the first is the one that layers share.
  return id !== null && items.findIndex((item) => idOf(item, itemKey) === id) === part ? id : null
}

function memberOf(value: JsonValue | undefined, part: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(part)]
  return isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined
}

function samePath(a: DocumentPath, b: DocumentPath): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index])
}

function entriesOf(place: Place, layers: readonly ResolvedLayer[]): readonly LayerEntry[] {
  const declared = policyOf(place.rules)
  const live = place.cursors.filter(isLive)
  const said = place.cursors.filter(({ value }) => value !== undefined).length
  return layers.flatMap((layer, index): LayerEntry[] => {
    const { scope, document } = layer
    const cursor = place.cursors[index] as Cursor
    // Deep is said of all that is not declared otherwise; what holds no members is replaced then.
    const policy =
      declared === 'deep' && cursor.value !== undefined && !isJsonObject(cursor.value) ? 'replace' : declared
    const unset: LayerEntry[] = place.unsetBy.has(index)
      ? [
          {
            scope,
            document,
            path: ['unset'],
            value: null,
            policy,
            outcome: 'unset',
            why: 'removes what is above',
          },
        ]
      : []
    if (cursor.value === undefined) return unset
    const { value, path } = cursor
    const [outcome, why] = outcomeOf(cursor, { live: live.length, said }, policy)
    return [...unset, { scope, document, path, value, policy, outcome, why }]
  })
}

function isLive({ value, hidden, refused }: Cursor): boolean {
  return value !== undefined && hidden === null && !refused
}

function outcomeOf(
  cursor: Cursor,
  { live, said }: { readonly live: number; readonly said: number },
  policy: MergePolicy,
): readonly [LayerOutcome, string] {
  if (cursor.refused) return ['refused', 'locked or bounded above']
  if (cursor.hidden !== null) return ['overridden', cursor.hidden]
  if (live > 1) return ['merged', `merged with the other layers (${policyText(policy)})`]
  return ['won', said === 1 ? 'the only scope that sets it' : 'the lowest scope that sets it']
}

/** `replace`, `deep`, `append`, `by id`. */
export function policyText(policy: MergePolicy): string {
  return typeof policy === 'object' ? `by ${policy.by}` : policy
}
