import { parseDuration } from '../../../kernel/duration.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { Scope } from '../../documents/document.ts'
import { scopeName } from '../../documents/document.ts'
import type { Address } from './address.ts'
import { stepInto } from './address.ts'
import { jsonEqual } from '../../../kernel/json-equal.ts'
import type { RuleCursor } from './merge-rules.ts'
import { below } from './merge-rules.ts'

/** A number, or a duration in milliseconds: what can be bounded. */
export interface Amount {
  readonly unit: 'number' | 'duration'
  readonly size: number
  /** As it was written. */
  readonly text: string
}

/** What a value may be at most and at least, and the scope that says so. */
export interface Bound {
  readonly max: Amount | null
  readonly min: Amount | null
  readonly scope: Scope
}

/** What lower layers may not change, by address. */
export interface Guard {
  /** The scope that locked this place; null: not locked. */
  readonly locked: Scope | null
  readonly bound: Bound | null
  readonly children: ReadonlyMap<string, Guard>
}

/** Why a value may not stand where it does. */
export interface Refusal {
  readonly code: 'NX-CONFIG-LOCKED' | 'NX-CONFIG-UNBOUNDED'
  readonly message: string
  readonly fix: string
}

const open: Guard = { locked: null, bound: null, children: new Map() }

/** The guard with one more lock. A place that is locked already stays that of the upper scope. */
export function withLock(guard: Guard | null, address: Address, scope: Scope): Guard {
  return changed(guard, address, (at) => ({ ...at, locked: at.locked ?? scope }))
}

/** The guard with one more bound; of two bounds on one place the tighter ends hold. */
export function withBound(guard: Guard | null, address: Address, bound: Bound): Guard {
  return changed(guard, address, (at) => {
    if (at.bound === null) return { ...at, bound }
    const { max, min } = at.bound
    const isLower = max === null || (bound.max !== null && bound.max.size < max.size)
    const isHigher = min === null || (bound.min !== null && bound.min.size > min.size)
    return {
      ...at,
      bound: { max: isLower ? bound.max : max, min: isHigher ? bound.min : min, scope: bound.scope },
    }
  })
}

function changed(guard: Guard | null, address: Address, change: (at: Guard) => Guard): Guard {
  const at = guard ?? open
  const [part, ...rest] = address
  if (part === undefined) return change(at)
  const children = new Map(at.children)
  children.set(part, changed(children.get(part) ?? null, rest, change))
  return { ...at, children }
}

/** The number or duration that a value is; null for anything else. */
export function amountOf(value: JsonValue | undefined): Amount | null {
  if (typeof value === 'number') return { unit: 'number', size: value, text: String(value) }
  if (typeof value !== 'string') return null
  try {
    return { unit: 'duration', size: parseDuration(value), text: value }
  } catch {
    return null
  }
}

/** Why a value may not stand under a bound; null when it may. Absent is allowed where nothing was. */
export function boundRefusal(
  { max, min, scope }: Bound,
  base: JsonValue | undefined,
  value: JsonValue | undefined,
): Refusal | null {
  if (value === undefined && base === undefined) return null
  const amount = amountOf(value)
  const fits =
    amount !== null &&
    (max === null || (amount.unit === max.unit && amount.size <= max.size)) &&
    (min === null || (amount.unit === min.unit && amount.size >= min.size))
  if (fits) return null
  const ends = [max === null ? null : `at most ${max.text}`, min === null ? null : `at least ${min.text}`]
  const range = ends.filter((end) => end !== null).join(' and ')
  const shown = value === undefined || value === null ? 'nothing' : (amount?.text ?? noAmount(value))
  return {
    code: 'NX-CONFIG-UNBOUNDED',
    message: `${scopeName(scope)} allows ${range} here, not ${shown}`,
    fix: `Stay within ${range}, or leave it out to inherit what is above.`,
  }
}

function noAmount(value: JsonValue): string {
  if (typeof value === 'string') return 'text'
  return typeof value === 'boolean' ? String(value) : Array.isArray(value) ? 'a list' : 'a mapping'
}

/** The refusal of any change of what a scope has locked. */
export function lockRefusal(scope: Scope): Refusal {
  return {
    code: 'NX-CONFIG-LOCKED',
    message: `${scopeName(scope)} has locked this: lower scopes cannot change it`,
    fix: `Remove it here, or take it out of \`locked\` in ${scopeName(scope)}.`,
  }
}

/** The first guarded place, at this one or below, that putting `value` where `base` stood would break; null when none. */
export function refusalOf(
  guard: Guard | null,
  base: JsonValue | undefined,
  value: JsonValue | undefined,
  rules: RuleCursor,
): Refusal | null {
  if (guard === null) return null
  if (guard.locked !== null && !jsonEqual(base, value)) return lockRefusal(guard.locked)
  const loose = guard.bound === null ? null : boundRefusal(guard.bound, base, value)
  if (loose !== null) return loose
  for (const [part, child] of guard.children) {
    const [left, right] = [base, value].map((side) =>
      side === undefined ? null : stepInto(side, part, rules),
    )
    const isItem = Array.isArray(base ?? value)
    const inner = refusalOf(child, left?.value, right?.value, below(rules, isItem ? '*' : part))
    if (inner !== null) return inner
  }
  return null
}
