import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { isConstantText, mutateNumber, otherText } from '../../conditions/mutate-literal.ts'

/** A value with one of its leaves changed. */
export interface ValueMutation {
  readonly path: readonly (string | number)[]
  readonly value: JsonValue
  readonly change: string
}

/** Every change of one leaf: numbers by one, true and false swapped, constant texts to another. */
export function mutateValue(value: JsonValue, texts: readonly string[]): readonly ValueMutation[] {
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[]
    return list.flatMap((item, index) =>
      mutateValue(item, texts).map((inner) => ({
        ...inner,
        path: [index, ...inner.path],
        value: list.with(index, inner.value),
      })),
    )
  }
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      mutateValue(item ?? null, texts).map((inner) => ({
        ...inner,
        path: [key, ...inner.path],
        value: withMember(value, key, inner.value),
      })),
    )
  }
  return leaves(value, texts).map((other) => ({
    path: [],
    value: other,
    change: `${JSON.stringify(value)} to ${JSON.stringify(other)}`,
  }))
}

function leaves(value: JsonValue, texts: readonly string[]): readonly JsonValue[] {
  if (typeof value === 'number') return mutateNumber(value)
  if (typeof value === 'boolean') return [!value]
  return typeof value === 'string' && isConstantText(value) ? [otherText(value, texts)] : []
}

function withMember(object: JsonObject, key: string, value: JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, old]) => [name, name === key ? value : old]))
}
