import { expect } from 'chai'
import fc from 'fast-check'
import { conditions } from '../../../src/sales-core/conditions/conditions.ts'
import type { Condition, VariableValues } from '../../../src/sales-core/conditions/condition-compiler.ts'
import { clausesOf, explainCondition } from '../../../src/sales-core/conditions/explain-condition.ts'
import type { ClauseTree } from '../../../src/sales-core/conditions/explain-condition.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'

const variables = new Map([
  [
    'lead',
    parseFields({ score: 'number', country: 'string?', tags: 'list<string>', hot: 'bool', odd: 'json' }).type,
  ],
])

function compiled(source: string, expected: 'bool' | 'number' = 'bool'): Condition {
  const result = conditions.compile(source, variables, expected)
  if (result.state === 'problems') throw new Error(JSON.stringify(result.problems))
  return result.condition
}

function lines(tree: ClauseTree, depth = 0): readonly string[] {
  const { outcome } = tree
  const shown = outcome.state === 'value' ? JSON.stringify(outcome.value) : outcome.state
  return [
    `${' '.repeat(depth)}${tree.kind} ${tree.offset} ${tree.text} = ${shown}`,
    ...tree.children.flatMap((child) => lines(child, depth + 1)),
  ]
}

describe('an explained condition', () => {
  it('says what each clause yielded, what it read, and what was not looked at', () => {
    const source =
      'lead.score >= 50 && (lead.country == "AE" || lead.tags.exists(t, t == "vip")) && !lead.hot'
    const tree = explainCondition(compiled(source), { lead: { score: 60, country: 'AE', hot: true } })
    expect(lines(tree)).to.deep.equal([
      `and 0 ${source} = false`,
      ' and 0 lead.score >= 50 && (lead.country == "AE" || lead.tags.exists(t, t == "vip")) = true',
      '  clause 0 lead.score >= 50 = true',
      '   operand 0 lead.score = 60',
      '  or 21 lead.country == "AE" || lead.tags.exists(t, t == "vip") = true',
      '   clause 21 lead.country == "AE" = true',
      '    operand 21 lead.country = "AE"',
      '   clause 45 lead.tags.exists(t, t == "vip") = not_evaluated',
      '    operand 45 lead.tags = not_evaluated',
      ' not 81 !lead.hot = false',
      '  clause 82 lead.hot = true',
    ])
  })

  it('shows the branch that was taken, and an error where it was made', () => {
    const choice = explainCondition(compiled('lead.hot ? lead.score > 1 : lead.score > 9'), {
      lead: { score: 5 },
    })
    expect(choice.children.map(({ outcome }) => outcome.state)).to.deep.equal([
      'value',
      'not_evaluated',
      'value',
    ])
    const failed = explainCondition(compiled('1 / lead.score > 1'), { lead: { score: 0 } })
    expect(failed.outcome).to.deep.include({ state: 'error', code: 'NX-CONDITION-DATA' })
    expect(failed.children[0]?.children[0]?.outcome).to.deep.equal({ state: 'value', value: 0 })
  })

  it('lists its clauses without values', () => {
    expect(lines(clausesOf(compiled('lead.hot && lead.score > 1'))).map((line) => line.trim())).to.deep.equal(
      [
        'and 0 lead.hot && lead.score > 1 = not_evaluated',
        'clause 0 lead.hot = not_evaluated',
        'clause 12 lead.score > 1 = not_evaluated',
      ],
    )
    expect(clausesOf(compiled('lead.score * 2', 'number')).kind).to.equal('operand')
  })

  const leaf = fc.constantFrom(
    'lead.score > 5',
    'lead.hot',
    'lead.country == "AE"',
    'lead.country == null',
    '1 / lead.score > 0',
    'lead.odd > 3',
    'lead.tags.exists(t, t == "a")',
    'true',
  )
  const source: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie('any').map((inner) => `!(${inner})`),
      fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  })).any
  const values: fc.Arbitrary<VariableValues> = fc.record({
    lead: fc.record(
      {
        score: fc.constantFrom(0, 5, 6),
        hot: fc.boolean(),
        country: fc.constantFrom('AE', 'DE', null),
        odd: fc.constantFrom<unknown>(1, 5, 'x', null),
        tags: fc.constantFrom(['a'], ['b'], []),
      },
      { requiredKeys: [] },
    ),
  })

  it('yields at its top, and at every part that was looked at, what evaluating that part yields', () => {
    fc.assert(
      fc.property(source, values, (text, given) => {
        const condition = compiled(text)
        const tree = explainCondition(condition, given)
        expect(tree.outcome).to.deep.equal(condition.evaluate(given))
        const check = (part: ClauseTree): void => {
          if (part.kind !== 'operand' && part.outcome.state !== 'not_evaluated') {
            const own = compiled(part.text).evaluate(given)
            // A bool that is absent counts as false.
            const seen =
              part.outcome.state === 'value' && part.outcome.value === null
                ? { state: 'value', value: false }
                : part.outcome
            expect(seen, part.text).to.deep.equal(own)
          }
          for (const child of part.children) check(child)
        }
        check(tree)
      }),
    )
  })
})
