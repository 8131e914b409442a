import fc from 'fast-check'
import type { VariableTypes } from '../../../../src/sales-core/conditions/condition-compiler.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { parseFields } from '../../../../src/sales-core/types/parse-field-type.ts'

const fields: JsonObject = {
  name: 'string',
  city: 'string?',
  budget: 'number',
  score: 'number?',
  visits: 'int',
  vip: 'bool',
  optin: 'bool?',
  tags: 'list<string>',
  labels: 'list<string>?',
  sizes: 'list<number>',
  extra: 'json',
  limits: 'map<number>',
  seen: 'timestamp?',
  stage: 'string = new',
  company: { name: 'string', size: 'number?' },
}

/** What the conditions are checked against. */
export const variables: VariableTypes = new Map([
  ['lead', parseFields(fields).type],
  ['event', parseFields({ kind: 'string', amount: 'number?', tags: 'list<string>' }).type],
])

const texts = ['', 'a', 'b', 'hot', 'é', '1', 'true', 'new', '__proto__', 'constructor']
const numbers = [0, 1, 2, -1, 1.5, 50, 1e9, 0.1]

const text = fc.constantFrom(...texts).map((value) => JSON.stringify(value))
const number = fc
  .constantFrom(...numbers)
  .chain((value) => fc.constantFrom(String(value), Number.isInteger(value) ? `${value}.0` : String(value)))
const textField = fc.constantFrom(
  'lead.name',
  'lead.city',
  'lead.stage',
  'lead.company.name',
  'event.kind',
  'lead.extra',
)
const numberField = fc.constantFrom(
  'lead.budget',
  'lead.score',
  'lead.visits',
  'lead.company.size',
  'event.amount',
  'lead.extra',
  'lead.limits.a',
)
const textList = fc.constantFrom('lead.tags', 'lead.labels', 'event.tags')
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')

function listOf(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(', ')}]`)
}

const atom: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(textField, fc.constantFrom('==', '!='), text).map((parts) => parts.join(' ')),
  fc.tuple(text, fc.constantFrom('==', '!='), textField).map((parts) => parts.join(' ')),
  fc.tuple(numberField, comparison, number).map((parts) => parts.join(' ')),
  fc.tuple(number, comparison, numberField).map((parts) => parts.join(' ')),
  fc.tuple(textField, listOf(text)).map(([field, list]) => `${field} in ${list}`),
  fc.tuple(numberField, listOf(number)).map(([field, list]) => `${field} in ${list}`),
  fc.constantFrom('lead.vip', 'lead.optin', 'lead.extra', 'lead.vip == false', 'true', 'false'),
  fc
    .constantFrom('lead.city', 'lead.score', 'lead.optin', 'lead.seen', 'lead.extra')
    .map((field) => `${field} == null`),
  fc.tuple(textList, text).map(([list, value]) => `${list}.exists(t, t == ${value})`),
  fc.tuple(textList, listOf(text)).map(([list, values]) => `${list}.exists(t, t in ${values})`),
  fc.tuple(text, textList).map(([value, list]) => `${value} in ${list}`),
  number.map((value) => `lead.sizes.exists(n, n == ${value})`),
  number.map((value) => `${value} in lead.sizes`),
)

/** What no index answers: some of it may fail, some may run out of steps. */
const opaque: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(textField, text).map(([field, value]) => `${field}.contains(${value})`),
  fc.tuple(textField, text).map(([field, value]) => `${field}.lower().startsWith(${value})`),
  fc.constantFrom(
    'lead.tags.all(t, t.size() > 1)',
    'lead.tags.exists(t, lead.labels.exists(l, l == t))',
    'size(lead.name) > 3',
    'lead.budget / lead.score > 1.0',
    'lead.company.name == lead.name',
    'lead.extra.a == "a"',
    'lead.tags.filter(t, t == "hot").size() > 0',
    '(lead.vip ? lead.name : lead.city) == "a"',
  ),
)

/** Conditions of every shape; nearly all of them compile. */
export const source: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 5, arbitrary: atom },
    { weight: 1, arbitrary: opaque },
    { weight: 4, arbitrary: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) && (${b})`) },
    { weight: 3, arbitrary: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) || (${b})`) },
    { weight: 1, arbitrary: tie('any').map((part) => `!(${part})`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('any'), tie('any'), tie('any'))
        .map(([a, b, c]) => `((${a}) ? (${b}) : (${c}))`),
    },
  ),
})).any

const anyText: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<unknown>(...texts) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('x'.repeat(5_000), 'hot'.repeat(60_000)) },
)
const anyNumber: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...numbers,
  -0,
  3,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
)
const anyItems = fc.oneof(
  { weight: 10, arbitrary: fc.array(anyText, { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.array(fc.oneof(anyText, anyNumber, fc.constant(null)), { maxLength: 4 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(51, 400, 3_000).map((length) => new Array(length).fill('b') as unknown[]),
  },
)
/** Anything at all: what an entity may hold that was written under another declaration. */
const stray: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  anyNumber,
  anyItems,
  fc.constantFrom<unknown>(null, true, false, {}, { a: 'a' }, { size: 1 }, '2026-01-01T00:00:00Z'),
)

function mostly(usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: usual },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
    { weight: 1, arbitrary: stray },
  )
}

const bool = fc.boolean()
const sizes = fc.array(anyNumber, { maxLength: 4 })

/** Data as declared, mostly: fields are missing, null, of another type, or larger than any condition can go through. */
export const values: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record(
  {
    lead: mostly(
      fc.record(
        {
          name: mostly(anyText),
          city: mostly(anyText),
          stage: mostly(anyText),
          budget: mostly(anyNumber),
          score: mostly(anyNumber),
          visits: mostly(fc.constantFrom(0, 1, 2, 50)),
          vip: mostly(bool),
          optin: mostly(bool),
          tags: mostly(anyItems),
          labels: mostly(anyItems),
          sizes: mostly(sizes),
          extra: stray,
          limits: mostly(fc.record({ a: mostly(anyNumber) }, { requiredKeys: [] })),
          seen: mostly(fc.constantFrom('2026-01-01T00:00:00Z')),
          company: mostly(
            fc.record({ name: mostly(anyText), size: mostly(anyNumber) }, { requiredKeys: [] }),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    event: mostly(
      fc.record(
        { kind: mostly(anyText), amount: mostly(anyNumber), tags: mostly(anyItems) },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
)
