import { expect } from 'chai'
import type { JsonValue } from '../../../src/kernel/json.ts'
import { fits, isMatcher, matcherProblems } from '../../../src/sales-core/testing/matchers.ts'
import { testPattern } from '../../../src/sales-core/testing/test-pattern.ts'

describe('a wanted value', () => {
  const right: ReadonlyArray<readonly [JsonValue, JsonValue]> = [
    [{ gte: 5 }, 5],
    [{ gt: 4, lt: 6 }, 5],
    [{ lte: 'b' }, 'a'],
    [{ contains: 'rice' }, 'price'],
    [{ contains: { a: 1 } }, [{ a: 1, b: 2 }]],
    [{ matches: '^Hi [A-Z]\\w+,' }, 'Hi Ada, thanks'],
    [{ one_of: [1, { gte: 5 }] }, 7],
    [{ not: { contains: 'x' } }, ['y']],
    [{ exact: { gte: 1 } }, { gte: 1 }],
    [{ a: { b: { lt: 3 } } }, { a: { b: 2, c: 1 } }],
    [
      [1, { gte: 2 }],
      [1, 2],
    ],
    [{ a: null }, {}],
  ]
  for (const [wanted, actual] of right) {
    it(`${JSON.stringify(wanted)} is met by ${JSON.stringify(actual)}`, () => {
      expect(matcherProblems(wanted)).to.deep.equal([])
      expect(fits(wanted, actual)).to.equal(true)
    })
  }

  const wrong: ReadonlyArray<readonly [JsonValue, JsonValue]> = [
    [{ gte: 5 }, 4.9],
    [{ gte: 5 }, '6'],
    [{ gt: 5 }, null],
    [{ contains: 'x' }, { x: 1 }],
    [{ exact: { a: 1 } }, { a: 1, b: 2 }],
    [[1], [1, 2]],
    [{ not: { gte: 1 } }, 1],
  ]
  for (const [wanted, actual] of wrong) {
    it(`${JSON.stringify(wanted)} is not met by ${JSON.stringify(actual)}`, () => {
      expect(fits(wanted, actual)).to.equal(false)
    })
  }

  it('is a matcher only when every member is one', () => {
    expect([
      isMatcher({ gte: 1 }),
      isMatcher({ gte: 1, name: 'x' }),
      isMatcher({}),
      isMatcher([]),
    ]).to.deep.equal([true, false, false, false])
  })

  it('says what is wrong with a matcher', () => {
    expect(matcherProblems({ text: { matches: '(' } })[0]).to.contain('cannot be used')
    expect(matcherProblems({ gte: [1] })).to.deep.equal(['gte takes a number or a text'])
  })
})

describe('a pattern', () => {
  it('is found anywhere in the text, in as many steps as the text is long', () => {
    expect(testPattern('b{2}').test('abbc')).to.equal(true)
    // A backtracking engine would try 2^5000 ways.
    expect(testPattern('^(a|a)*(a*)*b$').test('a'.repeat(5_000))).to.equal(false)
  })

  for (const pattern of ['(?=a)', '\\1', 'a{1001}', '[b-a]', '*a', 'a)', '\\', 'a'.repeat(300)])
    it(`is refused when it is ${pattern.slice(0, 10)}`, () => {
      expect(() => testPattern(pattern))
        .to.throw()
        .with.property('code', 'NX-TEST-PATTERN')
    })
})
