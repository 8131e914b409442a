import { expect } from 'chai'
import fc from 'fast-check'
import { brokenCondition } from '../../../../src/sales-core/conditions/cel-condition-compiler.ts'
import type { Condition } from '../../../../src/sales-core/conditions/condition-compiler.ts'
import { conditions } from '../../../../src/sales-core/conditions/conditions.ts'
import type { CompiledRule } from '../../../../src/sales-core/rules/compiled-rule.ts'
import type { RuleBlock } from '../../../../src/sales-core/rules/index/rule-block.ts'
import { RuleBlockStore } from '../../../../src/sales-core/rules/index/rule-block-store.ts'
import { takeClauses } from '../../../../src/sales-core/rules/index/clauses/condition-clauses.ts'
import { RuleIndex } from '../../../../src/sales-core/rules/index/rule-index.ts'
import { source, values, variables } from './conditions-and-data.ts'

/** The least that `evaluation_fuel` may be: conditions run out of steps soon. */
const leastFuel = 1_000

function compiled(text: string, fuel?: number): Condition | null {
  const made = conditions.compile(text, variables, 'bool', fuel)
  return made.state === 'compiled' ? made.condition : null
}

function ruleOf(ref: string, when: Condition | null): CompiledRule {
  return {
    ref,
    cause: `RuleSet/${ref}`,
    document: 'r',
    id: ref,
    on: 'lead.created',
    rank: 500,
    entityKind: null,
    when,
    actions: [],
    final: false,
    depthMax: null,
  } as unknown as CompiledRule
}

function rulesOf(sources: readonly string[], fuel?: number): readonly CompiledRule[] {
  return sources.flatMap((text, at) => {
    const when = compiled(text, fuel)
    return when === null ? [] : [ruleOf(`r/${at}`, when)]
  })
}

const indexOf = (rules: readonly CompiledRule[]): RuleIndex =>
  new RuleIndex(rules, new RuleBlockStore()).complete()
const refs = (rules: readonly CompiledRule[]): readonly string[] => rules.map(({ ref }) => ref)

describe('RuleIndex', function () {
  this.timeout(120_000)

  it('leaves out only rules that yield false without an error, and keeps the order of the others', () => {
    let [left, all] = [0, 0]
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(leastFuel, undefined),
        fc.array(values, { minLength: 1, maxLength: 6 }),
        (sources, fuel, events) => {
          const rules = rulesOf(sources, fuel)
          const index = indexOf(rules)
          for (const event of events) {
            const { rules: found } = index.candidates(event)
            const candidates = new Set(found)
            expect(refs([...candidates])).to.deep.equal(refs(rules.filter((rule) => candidates.has(rule))))
            for (const rule of rules) {
              all += 1
              if (candidates.has(rule)) continue
              left += 1
              expect(rule.when?.evaluate(event), rule.when?.source).to.deep.equal({
                state: 'value',
                value: false,
              })
            }
          }
        },
      ),
      { numRuns: 400 },
    )
    // It must have had something to leave out, or nothing was shown.
    expect(left / all).to.be.greaterThan(0.2)
  })

  it('says of none that it holds for certain when it fails, runs out of steps, or is false', () => {
    let [certain, held] = [0, 0]
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(leastFuel, undefined),
        fc.array(values, { minLength: 1, maxLength: 6 }),
        (sources, fuel, events) => {
          const rules = rulesOf(sources, fuel)
          const index = indexOf(rules)
          for (const event of events) {
            const found = index.candidates(event)
            for (const [at, { when }] of found.rules.entries()) {
              const result = when?.evaluate(event)
              if (result?.state === 'value' && result.value === true) held += 1
              if (found.certain[at] !== true) continue
              certain += 1
              expect(result, when?.source).to.deep.equal({ state: 'value', value: true })
            }
          }
        },
      ),
      { numRuns: 400 },
    )
    // Most of what holds must be known to hold, or it would all be evaluated again.
    expect(certain / held).to.be.greaterThan(0.4)
  })

  it('answers the same whether the clauses were taken while the rules were compiled or are read from their text', () => {
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 20 }),
        fc.array(values, { minLength: 1, maxLength: 4 }),
        (sources, events) => {
          const taken = sources.flatMap((text, at) => {
            const made = conditions.compile(text, variables, 'bool')
            if (made.state !== 'compiled') return []
            takeClauses(made.condition, made.tree)
            return [ruleOf(`r/${at}`, made.condition)]
          })
          const [index, other] = [indexOf(taken), indexOf(taken)]
          for (const event of events) expect(index.candidates(event)).to.deep.equal(other.candidates(event))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('answers after any changes as one that is built anew', () => {
    const change = fc.tuple(fc.nat(), fc.option(source), fc.boolean())
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 5, maxLength: 30 }),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        values,
        (sources, changes, event) => {
          const blocks = new RuleBlockStore()
          let rules = rulesOf(sources)
          for (const [at, text, isPutIn] of changes) {
            const when = text === null ? null : compiled(text)
            const changed = when === null ? [] : [ruleOf(`n/${at}`, when)]
            rules = rules.toSpliced(at % (rules.length + 1), isPutIn ? 0 : 1, ...changed)
            const after = new RuleIndex(rules, blocks).complete()
            expect(after.candidates(event)).to.deep.equal(indexOf(rules).candidates(event))
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

class RecordingStore extends RuleBlockStore {
  used: RuleBlock[] = []
  override blockOf(rules: readonly CompiledRule[]): RuleBlock {
    const block = super.blockOf(rules)
    this.used.push(block)
    return block
  }
}

describe('an index over many rules', () => {
  const rules = Array.from({ length: 6_000 }, (_, at) => ruleOf(`r/${at}`, compiled(`lead.name == "n${at}"`)))

  function blocksAfter(changed: readonly CompiledRule[]): { readonly kept: number; readonly made: number } {
    const store = new RecordingStore()
    const first = new RuleIndex(rules, store).complete()
    const before = new Set(store.used)
    store.used = []
    const second = new RuleIndex(changed, store).complete()
    expect(first).not.to.equal(second)
    const kept = store.used.filter((block) => before.has(block)).length
    return { kept, made: store.used.length - kept }
  }

  it('keeps the parts over the others when the condition of one changes', () => {
    const { kept, made } = blocksAfter(rules.with(3_000, ruleOf('r/3000', compiled('lead.name == "other"'))))
    expect(made).to.equal(1)
    expect(kept).to.be.greaterThan(1)
  })
  it('keeps most parts when a rule is taken out or put in', () => {
    for (const changed of [rules.toSpliced(3_000, 1), rules.toSpliced(3_000, 0, ruleOf('r/x', null))]) {
      const { kept, made } = blocksAfter(changed)
      expect(made).to.be.lessThan(4)
      expect(kept).to.be.greaterThan(1)
    }
  })
  it('makes an index block by block, one with every event, and answers the same meanwhile but for what it leaves out', () => {
    const store = new RecordingStore()
    const index = new RuleIndex(rules, store)
    const counts: number[] = []
    while (counts.at(-1) !== 1 && counts.length < 100) {
      const { rules: candidates } = index.candidates({ lead: { name: 'n4000' } })
      const all = new Set(candidates)
      expect(store.used).to.have.length(counts.length + 1)
      expect(refs(candidates)).to.include('r/4000')
      expect(refs(candidates)).to.deep.equal(refs(rules.filter((rule) => all.has(rule))))
      counts.push(candidates.length)
    }
    expect(counts.length).to.be.greaterThan(3)
    expect(counts).to.deep.equal(counts.toSorted((a, b) => b - a))
  })
  it('keeps nothing when a type was declared otherwise', () => {
    const types = new Map(variables).set('event', { kind: 'json', nullable: true })
    const others = rules.map(({ ref }, at) => {
      const made = conditions.compile(`lead.name == "n${at}"`, types, 'bool')
      return ruleOf(ref, made.state === 'compiled' ? made.condition : null)
    })
    expect(blocksAfter(others).kept).to.equal(0)
  })
})

describe('a rule that holds for certain', () => {
  const certainty = (text: string, lead: object): readonly boolean[] =>
    indexOf(rulesOf([text], leastFuel)).candidates({ lead }).certain

  it('is one whose parts are all indexed', () => {
    const text = 'lead.name in ["a", "b"] && lead.budget >= 5.0 && (lead.vip || "x" in lead.tags)'
    expect(certainty(text, { name: 'a', budget: 5, tags: ['x'] })).to.deep.equal([true])
    expect(indexOf([ruleOf('r/0', null)]).candidates({}).certain).to.deep.equal([true])
  })
  it('is none with a part that no index answers', () => {
    expect(certainty('lead.name == "a" && lead.company.name != lead.name', { name: 'a' })).to.deep.equal([
      false,
    ])
    expect(certainty('lead.name == "a" || lead.name.contains("b")', { name: 'a' })).to.deep.equal([false])
  })
  it('is none of which a part fails with this event, while others of its block are', () => {
    const rules = rulesOf(['lead.name == "a" || lead.budget > 5.0', 'lead.name == "a"'], leastFuel)
    const certainWith = (budget: unknown): readonly boolean[] =>
      indexOf(rules).candidates({ lead: { name: 'a', budget } }).certain
    expect(certainWith('much')).to.deep.equal([false, true])
    expect(certainWith(Number.NaN)).to.deep.equal([false, true])
    expect(certainWith(1)).to.deep.equal([true, true])
  })
  it('is none that may run out of steps on the way', () => {
    const many = new Array(8_000).fill('b') as string[]
    expect(certainty('"b" in lead.tags', { tags: ['b'] })).to.deep.equal([true])
    expect(certainty('"b" in lead.tags', { tags: many })).to.deep.equal([false])
  })
  it('is none of which a part is so rare that it is left to the evaluator', () => {
    const sources = Array.from({ length: 10 }, (_, at) => `lead.name == "n${at}"`)
    const found = indexOf(rulesOf([...sources, 'lead.name == "n1" && lead.budget > 5.0'])).candidates({
      lead: { name: 'n1', budget: 1 },
    })
    expect(refs(found.rules)).to.deep.equal(['r/1', 'r/10'])
    expect(found.certain).to.deep.equal([true, false])
  })
})

describe('a rule stays a candidate', () => {
  const many = new Array(8_000).fill('b') as string[]
  const isCandidate = (text: string, lead: object, fuel = leastFuel): boolean => {
    const rules = rulesOf([text], fuel)
    expect(rules).to.have.length(1)
    return indexOf(rules).candidates({ lead }).rules.length === 1
  }
  const outcome = (text: string, lead: object): unknown => compiled(text, leastFuel)?.evaluate({ lead })
  for (const [what, text] of [
    ['before a part that is false', 'lead.tags.all(t, t.size() > 0) && lead.name == "a"'],
    ['in a part that no index measures', 'lead.tags.filter(t, t != "x").size() > 0 && lead.name == "a"'],
    ['before a part that is always false', 'lead.tags.all(t, t.size() > 0) && false'],
    ['while it looks for an element', 'lead.tags.exists(t, t == "x")'],
    ['while it looks for no element', '!(lead.tags.exists(t, t == "c" || t.size() > 3)) && lead.vip'],
  ] as const) {
    it(`when it runs out of steps ${what}`, () => {
      expect(outcome(text, { tags: many })).to.include({ state: 'error', code: 'NX-CONDITION-FUEL' })
      expect(isCandidate(text, { tags: many })).to.equal(true)
    })
  }
  it('when it is wanted that a list lacks one of two elements, and it lacks one', () => {
    const text = '!lead.tags.exists(t, t == "a") || !lead.tags.exists(t, t == "b")'
    expect(isCandidate(text, { tags: ['a'] })).to.equal(true)
  })
  it('when the data is of another type than declared, unless another part is false', () => {
    expect(isCandidate('lead.budget > 5.0', { budget: 'much' })).to.equal(true)
    expect(isCandidate('lead.extra > 5.0', { extra: 'much' })).to.equal(true)
    expect(isCandidate('lead.extra', { extra: 1 })).to.equal(true)
    expect(isCandidate('"a" in lead.tags', { tags: [1] })).to.equal(true)
    expect(isCandidate('lead.budget > 5.0 && lead.vip', { budget: 'much', vip: false })).to.equal(false)
  })
  it('when it does not compile any more, whatever its text says', () => {
    const problem = { code: 'NX-CONDITION-UNKNOWN', message: 'There is no such field', fix: null, offset: 0 }
    for (const text of ['lead.name == "a" && lead.gone > 5', 'lead.name == "b" || lead.gone', 'false']) {
      const when = brokenCondition(text, variables, problem)
      const found = indexOf([ruleOf('r/0', when)]).candidates({ lead: { name: 'b' } })
      expect(refs(found.rules)).to.deep.equal(['r/0'])
      expect(found.certain).to.deep.equal([false])
    }
  })
  it('while one of the ways in which it can hold is open', () => {
    const text = '(lead.name == "a" && lead.budget > 5.0) || (lead.name == "b" && lead.vip)'
    expect(isCandidate(text, { name: 'a', budget: 6 })).to.equal(true)
    expect(isCandidate(text, { name: 'b', vip: true })).to.equal(true)
    expect(isCandidate(text, { name: 'a', budget: 5 })).to.equal(false)
    expect(isCandidate(text, { name: 'c', budget: 6, vip: true })).to.equal(false)
  })
})
