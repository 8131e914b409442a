import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { Address } from './address.ts'
import { stepInto } from './address.ts'
import type { Guard, Refusal } from './guard.ts'
import { lockRefusal, refusalOf } from './guard.ts'
import type { RuleCursor } from './merge-rules.ts'
import { below } from './merge-rules.ts'

/** The body without what an address leads to; the same body when it leads nowhere. Shares what does not change. */
export function withoutAddress(body: JsonObject, address: Address, rules: RuleCursor): JsonObject {
  return without(body, address, rules) as JsonObject
}

function without(value: JsonValue, address: Address, rules: RuleCursor): JsonValue {
  const [part, ...rest] = address
  const step = part === undefined ? null : stepInto(value, part, rules)
  if (step === null) return value
  const { key } = step
  const inner = rest.length === 0 ? undefined : without(step.value, rest, below(rules, keyText(key)))
  if (inner === step.value) return value
  if (typeof key === 'number') {
    const items = value as readonly JsonValue[]
    return inner === undefined ? items.toSpliced(key, 1) : items.with(key, inner)
  }
  const members = value as JsonObject
  if (inner !== undefined) return { ...members, [key]: inner }
  return Object.fromEntries(Object.entries(members).filter(([name]) => name !== key))
}

/** Why an address may not be removed: it, something above it or something in it is locked or bounded. Null when it may. */
export function unsetRefusal(
  body: JsonObject,
  address: Address,
  rules: RuleCursor,
  guard: Guard | null,
): Refusal | null {
  let at: { readonly value: JsonValue; readonly rules: RuleCursor; readonly guard: Guard | null } = {
    value: body,
    rules,
    guard,
  }
  for (const part of address) {
    if (at.guard?.locked != null) return lockRefusal(at.guard.locked)
    const step = stepInto(at.value, part, at.rules)
    if (step === null || at.guard === null) return null
    at = {
      value: step.value,
      rules: below(at.rules, keyText(step.key)),
      guard: at.guard.children.get(part) ?? null,
    }
  }
  return refusalOf(at.guard, at.value, undefined, at.rules)
}

function keyText(key: string | number): string {
  return typeof key === 'number' ? '*' : key
}
