import { expect } from 'chai'
import fc from 'fast-check'
import { conditions } from '../../../../src/sales-core/conditions/conditions.ts'
import type { CompiledRule } from '../../../../src/sales-core/rules/compiled-rule.ts'
import { sortHits } from '../../../../src/sales-core/rules/index/columns/sort-hits.ts'
import { RuleBlockStore } from '../../../../src/sales-core/rules/index/rule-block-store.ts'
import { RuleIndex } from '../../../../src/sales-core/rules/index/rule-index.ts'
import { variables } from './conditions-and-data.ts'

const kind = fc.constantFrom('a', 'b', 'hot', '__proto__', '')
const source = fc.oneof(
  { weight: 6, arbitrary: kind.map((text) => `event.kind == ${JSON.stringify(text)}`) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(kind, fc.nat(3))
      .map(([text, least]) => `lead.visits >= ${least} && event.kind == ${JSON.stringify(text)}`),
  },
  { weight: 1, arbitrary: fc.nat(3).map((least) => `lead.visits >= ${least}`) },
  { weight: 1, arbitrary: fc.constant('event.kind == "a" && event.kind == "b"') },
  { weight: 1, arbitrary: fc.constant('event.kind.contains("o")') },
)

describe('rules that lie side by side because they want the same text', () => {
  it('are found as an evaluation of all of them finds them, in their order', () => {
    let passed = 0
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 40, maxLength: 300 }),
        fc.array(fc.record({ kind: fc.oneof(kind, fc.constantFrom('other', null, 7)), visits: fc.nat(3) }), {
          minLength: 1,
          maxLength: 4,
        }),
        (sources, events) => {
          const rules = sources.map((text, at) => {
            const made = conditions.compile(text, variables, 'bool')
            if (made.state !== 'compiled') throw new Error(text)
            return { ref: `r/${at}`, when: made.condition } as unknown as CompiledRule
          })
          const index = new RuleIndex(rules, new RuleBlockStore()).complete()
          for (const { kind: text, visits } of events) {
            const values = { event: { kind: text }, lead: { visits } }
            const { rules: found, certain } = index.candidates(values)
            const candidates = new Set(found)
            passed += rules.length - found.length
            expect(found).to.deep.equal(rules.filter((rule) => candidates.has(rule)))
            for (const rule of rules) {
              const result = rule.when?.evaluate(values)
              if (!candidates.has(rule)) expect(result).to.deep.equal({ state: 'value', value: false })
              else if (certain[found.indexOf(rule)] === true)
                expect(result).to.deep.equal({ state: 'value', value: true })
            }
          }
        },
      ),
      { numRuns: 100 },
    )
    expect(passed).to.be.greaterThan(0)
  })
})

describe('sortHits', () => {
  it('sorts the first ones, few or many, and leaves the others alone', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5_000), { maxLength: 200 }), fc.nat(200), (all, at) => {
        const count = Math.min(at, all.length)
        const hits = Uint32Array.from(all)
        sortHits(hits, count)
        const sorted = all.slice(0, count).sort((a, b) => a - b)
        expect([...hits]).to.deep.equal([...sorted, ...all.slice(count)])
      }),
    )
  })
})
