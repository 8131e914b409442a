import type { JsonValue } from '../../kernel/json.ts'
import type { VariableTypes, VariableValues } from '../conditions/condition-compiler.ts'
import type { FieldType } from '../types/field-type.ts'
import { zeroValue } from '../types/zero-value.ts'

/** A path that a template reads: names first; what follows an index is left to the engine. */
export type ReadPath = readonly [string, ...string[]]

/**
 * What a template may see: exactly the paths that it reads, each with its value or what it reads as when absent. Nothing else
 * of the event or the entity is copied or reachable.
 */
export function templateScope(
  paths: readonly ReadPath[],
  types: VariableTypes,
  values: VariableValues,
): Record<string, unknown> {
  const scope: Record<string, unknown> = {}
  for (const path of paths) place(scope, path, readTyped(path, types, values))
  return scope
}

function place(scope: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = scope
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(at, name) ? at[name] : undefined
    // A longer path below one that was placed whole is there already.
    if (inner !== undefined && !isScopePart(inner)) return
    const next = isScopePart(inner) ? inner : new ScopePart()
    at[name] = next
    at = next
  }
  const last = path.at(-1)
  if (last !== undefined) at[last] = value
}

/** Marks the objects that were made here, as opposed to data. */
class ScopePart {
  [name: string]: unknown
}

function isScopePart(value: unknown): value is ScopePart {
  return value instanceof ScopePart
}

/** The value at a path of declared variables: null where it is absent and may be, else default or zero. */
export function readTyped(path: ReadPath, types: VariableTypes, values: VariableValues): JsonValue {
  const [root, ...rest] = path
  let type: FieldType | null = types.get(root) ?? null
  let value: unknown = withDefault(type, Object.hasOwn(values, root) ? values[root] : undefined)
  for (const name of rest) {
    type = below(type, name)
    const own = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    value =
      value === null && type === null
        ? null
        : withDefault(type, own ? (value as Record<string, unknown>)[name] : undefined)
  }
  const whole = type?.kind === 'struct' ? filled(type, value) : value
  return whole instanceof Date ? whole.toISOString() : (whole as JsonValue)
}

function below(type: FieldType | null, name: string): FieldType | null {
  if (type === null || type.kind === 'json') return null
  if (type.kind === 'struct') return type.fields.get(name) ?? null
  return type.kind === 'map' ? type.of : null
}

function withDefault(type: FieldType | null, raw: unknown): unknown {
  if (raw !== undefined && raw !== null) return raw
  return type === null ? null : zeroValue(type)
}

/** A whole struct, each declared field with what it reads as. */
function filled(type: FieldType, value: unknown): unknown {
  if (type.kind !== 'struct' || typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [name, field] of type.fields) {
    const raw = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    copy[name] = filled(field, withDefault(field, raw))
  }
  return copy
}
