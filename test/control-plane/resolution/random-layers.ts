import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts'
import { isJsonObject } from '../../../src/kernel/json.ts'

const word = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')
const num = fc.integer({ min: 0, max: 9 })

/** An own member, whatever its name. */
const record = <T extends JsonValue>(value: fc.Arbitrary<T>): fc.Arbitrary<JsonObject> =>
  fc
    .uniqueArray(fc.tuple(word, value), { selector: ([key]) => key, maxLength: 4 })
    .map((entries) => Object.fromEntries(entries))

const dish = fc.record(
  { id: word, price: num, hot: fc.boolean(), parts: fc.array(word, { maxLength: 2 }) },
  { requiredKeys: ['id'], noNullPrototype: true },
)

/** The fields of a Menu: a path has the same type in every one. */
export const menuFields: fc.Arbitrary<JsonObject> = fc.record(
  {
    title: word,
    seats: num,
    prices: record(num),
    tags: fc.array(word, { maxLength: 3 }),
    extra: fc.array(word, { maxLength: 3 }),
    hours: record(fc.oneof(num, record(num))),
    dishes: fc.uniqueArray(dish, { selector: ({ id }) => id, maxLength: 4 }),
  },
  { requiredKeys: [], noNullPrototype: true },
)

/** Anything at all in the fields of a Menu. */
export const wildFields: fc.Arbitrary<JsonObject> = fc
  .tuple(
    menuFields,
    fc.dictionary(fc.constantFrom('title', 'seats', 'prices', 'dishes', 'hours'), fc.jsonValue(), {
      maxKeys: 2,
    }),
  )
  .map(([tame, wild]) => ({ ...tame, ...(wild as JsonObject) }))

/** The addresses of a Menu's values, items of `dishes` by id. */
export function addressesOf(value: JsonValue | undefined, byId = false, prefix = ''): readonly string[] {
  if (byId && Array.isArray(value)) {
    return (value as readonly JsonObject[]).flatMap((item) => {
      if (!isJsonObject(item) || typeof item.id !== 'string') return []
      const at = `${prefix}["${item.id}"]`
      return [at, ...Object.keys(item).flatMap((key) => (key === 'id' ? [] : [`${at}.${key}`]))]
    })
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = prefix === '' ? key : `${prefix}.${key}`
    return [at, ...addressesOf(inner, key === 'dishes', at)]
  })
}

/** Fields with some of another one's addresses in `unset`. */
export const withUnset = (upper: JsonObject, own: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc.tuple(own, few(addressesOf(upper), 3)).map(([fields, unset]) => ({ ...fields, unset }))

/** At most so many of a list's items. */
export function few(list: readonly string[], max: number, min = 0): fc.Arbitrary<string[]> {
  return fc.subarray([...list], { minLength: min, maxLength: Math.min(max, list.length) })
}
