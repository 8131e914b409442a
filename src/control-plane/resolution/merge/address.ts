import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { DocumentPath } from '../../documents/document.ts'
import type { RuleCursor } from './merge-rules.ts'
import { below, itemKeyOf } from './merge-rules.ts'

/**
 * A place in a document that stays the same when lists move: keys of mappings, and ids of list items (`rules`,
 * `hot-price-question`, `when`). Lists without ids are named as a whole.
 */
export type Address = readonly string[]

const addressCharsMax = 1_000
const partsMax = 64

/**
 * Reads `rules[hot-price-question].when`, `intake.eventsPerSecond`, `bands["1.5"]`: dots and brackets both lead one step down, a
 * bracket takes any text. Null when it is not an address.
 */
export function parseAddress(text: string): Address | null {
  if (text === '' || text.length > addressCharsMax) return null
  const parts: string[] = []
  const pattern = /(?:^|\.)([^.[\]"]+)|\["([^"]+)"\]|\[([^[\]"]+)\]/y
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (match === null || parts.length === partsMax) return null
    parts.push(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return parts
}

/** The text that `parseAddress` reads back. `listed`: which parts are items of lists, printed in brackets. */
export function addressText(address: Address, listed: ReadonlySet<number> = new Set()): string {
  return address
    .map((part, index) => {
      if (/[.[\]"]/.test(part)) return `["${part}"]`
      if (listed.has(index)) return `[${part}]`
      return index === 0 ? part : `.${part}`
    })
    .join('')
}

/** A value that an address leads to, and the path of keys and indexes to it. */
export interface FoundAddress {
  readonly path: DocumentPath
  readonly value: JsonValue
}

/** How far an address leads: to its end, or to the part that nothing answers to. */
export type AddressLookup =
  | { readonly state: 'found'; readonly found: FoundAddress; readonly listed: ReadonlySet<number> }
  | {
      readonly state: 'missing'
      /** The part that leads nowhere, from 0. */
      readonly at: number
      /** The path to its parent. */
      readonly path: DocumentPath
      /** What there is instead; empty for values that hold nothing. */
      readonly candidates: readonly string[]
      /** The parent is a list whose items have no ids. */
      readonly isPlainList: boolean
      readonly listed: ReadonlySet<number>
    }

/** Follows an address into a value. `indexes`: items of lists without ids may be named by their index from 0. */
export function lookUp(
  root: JsonValue,
  address: Address,
  cursor: RuleCursor,
  { indexes = false }: { readonly indexes?: boolean } = {},
): AddressLookup {
  let value = root
  let rules = cursor
  const path: (string | number)[] = []
  const listed = new Set<number>()
  for (const [at, part] of address.entries()) {
    const step = stepInto(value, part, rules, indexes)
    if (Array.isArray(value)) listed.add(at)
    if (step === null) {
      const isPlainList = Array.isArray(value) && itemKeyOf(rules) === null
      return { state: 'missing', at, path, candidates: candidatesOf(value, rules), isPlainList, listed }
    }
    value = step.value
    rules = below(rules, typeof step.key === 'number' ? '*' : step.key)
    path.push(step.key)
  }
  return { state: 'found', found: { path, value }, listed }
}

/** The value at an address; undefined when there is none. */
export function valueAt(
  root: JsonValue | undefined,
  address: Address,
  cursor: RuleCursor,
): JsonValue | undefined {
  if (root === undefined) return undefined
  const lookup = lookUp(root, address, cursor)
  return lookup.state === 'found' ? lookup.found.value : undefined
}

/** One step down: a member of a mapping, an item of a list by its id. */
export function stepInto(
  value: JsonValue,
  part: string,
  rules: RuleCursor,
  indexes = false,
): { readonly key: string | number; readonly value: JsonValue } | null {
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[]
    const itemKey = itemKeyOf(rules)
    const index = items.findIndex((item) => itemKey !== null && idOf(item, itemKey) === part)
    const chosen = index === -1 && indexes && /^\d{1,9}$/.test(part) ? Number(part) : index
    const item = items[chosen]
    return item === undefined ? null : { key: chosen, value: item }
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, part)) return null
  const member = value[part]
  return member === undefined ? null : { key: part, value: member }
}

/** The id of a list's item, as text; null when it has none. */
export function idOf(item: JsonValue | undefined, itemKey: string): string | null {
  if (!isJsonObject(item) || !Object.hasOwn(item, itemKey)) return null
  const id = item[itemKey]
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null
}

function candidatesOf(value: JsonValue, rules: RuleCursor): readonly string[] {
  if (isJsonObject(value)) return Object.keys(value)
  const itemKey = itemKeyOf(rules)
  if (!Array.isArray(value) || itemKey === null) return []
  return (value as readonly JsonValue[]).flatMap((item) => idOf(item, itemKey) ?? [])
}
