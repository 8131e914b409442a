import { expect } from 'chai'
import * as fc from 'fast-check'
import {
  conditionFacts,
  implies,
  isAlwaysTrue,
  isDead,
  neverTogether,
} from '../../../../src/sales-core/conditions/facts/condition-facts.ts'
import type { ConditionFacts } from '../../../../src/sales-core/conditions/facts/condition-facts.ts'
import { conditions } from '../../../../src/sales-core/conditions/conditions.ts'
import type { Condition } from '../../../../src/sales-core/conditions/condition-compiler.ts'
import { scalar, structOf, listOf } from '../../../../src/sales-core/types/field-type.ts'

const variables = new Map([
  [
    'lead',
    structOf({
      n: scalar('number', true),
      m: scalar('number'),
      s: scalar('string', true),
      t: scalar('string'),
      b: scalar('bool', true),
      tags: listOf(scalar('string')),
      j: scalar('json', true),
    }),
  ],
])

const numbers = [-1, 0, 1, 2, 2.5, 3, 10]
const words = ['a', 'b', 'A', '']

const comparison = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('lead.n', 'lead.m', 'lead.tags.size()', 'lead.m + 1', 'lead.j'),
      fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
      fc.constantFrom(...numbers),
    )
    .map(([term, op, bound]) => `${term} ${op} ${bound}`),
  fc
    .tuple(
      fc.constantFrom(...numbers),
      fc.constantFrom('<', '<=', '>', '>=', '=='),
      fc.constantFrom('lead.n', 'lead.m'),
    )
    .map(([bound, op, term]) => `${bound} ${op} ${term}`),
  fc
    .tuple(
      fc.constantFrom('lead.s', 'lead.t', 'lead.t.lower()', 'lead.j'),
      fc.constantFrom('==', '!='),
      fc.constantFrom(...words),
    )
    .map(([term, op, word]) => `${term} ${op} ${JSON.stringify(word)}`),
  fc
    .tuple(fc.constantFrom('lead.s', 'lead.t'), fc.subarray(words, { minLength: 1 }))
    .map(([term, list]) => `${term} in ${JSON.stringify(list)}`),
  fc.constantFrom(
    'lead.b',
    'lead.b == true',
    'lead.b == null',
    'lead.n == null',
    'lead.n != null',
    'lead.s == null',
    'has(lead.n)',
    'lead.n < lead.m',
    'lead.m > lead.n',
    'lead.n == lead.m',
    'lead.m != lead.n',
    'lead.tags.exists(x, x == "a")',
    'lead.t.contains("a")',
    '1 < 2',
    '2 * 3 == 5',
    'true',
    'false',
  ),
)

const condition = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    comparison,
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a}) && (${b})`),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a}) || (${b})`),
    tie('tree').map((a) => `!(${a})`),
    fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([a, b, c]) => `((${a}) ? (${b}) : (${c}))`),
  ),
})).tree

const lead = fc.record(
  {
    n: fc.option(fc.constantFrom(...numbers, 1.5, 100)),
    m: fc.constantFrom(...numbers, 1.5, 100),
    s: fc.option(fc.constantFrom(...words, 'c')),
    t: fc.constantFrom(...words, 'c', 'ab'),
    b: fc.option(fc.boolean()),
    tags: fc.array(fc.constantFrom('a', 'b'), { maxLength: 4 }),
    j: fc.oneof(fc.constantFrom<unknown>(null, 'a', 2, true), fc.constant([1])),
  },
  { requiredKeys: [] },
)

function compiled(source: string): Condition {
  const result = conditions.compile(source, variables, 'bool')
  if (result.state === 'problems') throw new Error(`${source}: ${result.problems[0]?.message}`)
  return result.condition
}

function facts(source: string): ConditionFacts {
  const found = conditionFacts(source)
  if (found === null) throw new Error(source)
  return found
}

/** What it yields; `failed` when it cannot be evaluated on this data. */
function verdict(source: string, data: unknown): boolean | 'failed' {
  const result = compiled(source).evaluate({ lead: data })
  return result.state === 'value' ? result.value === true : 'failed'
}

const assignments = fc.array(lead, { minLength: 30, maxLength: 30 })

describe('what is proved of a condition', () => {
  it('is never refuted by data: dead is never true, always true is never false', () => {
    let proofs = 0
    fc.assert(
      fc.property(condition, assignments, (source, leads) => {
        const found = facts(source)
        if (isDead(found) || isAlwaysTrue(found)) proofs += 1
        for (const data of leads) {
          const yields = verdict(source, data)
          if (isDead(found)) expect(yields, `${source} ${JSON.stringify(data)}`).to.not.equal(true)
          if (isAlwaysTrue(found)) expect(yields, `${source} ${JSON.stringify(data)}`).to.not.equal(false)
        }
      }),
      { numRuns: 600 },
    )
    expect(proofs).to.be.greaterThan(5)
  }).timeout(20_000)

  it('holds for pairs: what implies has no counterexample, what excludes is never true together', () => {
    let proofs = 0
    fc.assert(
      fc.property(condition, condition, assignments, (one, other, leads) => {
        const [a, b] = [facts(one), facts(other)]
        const [implied, excluded] = [implies(a, b), neverTogether(a, b)]
        if (implied || excluded) proofs += 1
        for (const data of leads) {
          const [first, second] = [verdict(one, data), verdict(other, data)]
          const shown = `${one} | ${other} | ${JSON.stringify(data)}`
          if (implied && first === true) expect(second, shown).to.not.equal(false)
          if (excluded) expect(first === true && second === true, shown).to.equal(false)
        }
      }),
      { numRuns: 600 },
    )
    expect(proofs).to.be.greaterThan(5)
  }).timeout(20_000)
})

describe('conditions that are found out', () => {
  const dead = [
    'lead.n > 80 && lead.n < 10',
    'lead.n > 3 && lead.n <= 3',
    '3 < lead.n && lead.n == 3',
    'lead.s == "a" && lead.s == "b"',
    'lead.s in ["a", "b"] && lead.s == "c"',
    'lead.s == null && lead.s == "a"',
    'lead.n == null && lead.n > 1',
    '!(lead.n > 1) && lead.n > 1',
    '!lead.b && lead.b',
    '(lead.s == "a" || lead.s == "b") && lead.s == "c"',
    'lead.b ? lead.n > 2 && lead.n < 1 : false',
    'lead.n > 10 * 8 && lead.n < 79 + 1',
    'lead.t.lower() == "a" && lead.t.lower() == "b"',
  ]
  for (const source of dead) it(`${source} is never true`, () => expect(isDead(facts(source))).to.equal(true))

  const alive = [
    'lead.n > 1 && lead.n < 2',
    'lead.s != "a" && lead.s != "b"',
    'lead.n >= 3 && lead.n <= 3',
    'lead.b || !lead.b && lead.n > 1',
  ]
  for (const source of alive) it(`${source} may be true`, () => expect(isDead(facts(source))).to.equal(false))

  it('a condition of thousands of cases is taken for one that may hold, in no time', () => {
    const source = Array.from({ length: 18 }, (_, n) => `(lead.n > ${n} || lead.m > ${n})`).join(' && ')
    expect(isDead(facts(source))).to.equal(false)
  })
})
