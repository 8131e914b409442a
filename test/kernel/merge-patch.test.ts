import { expect } from 'chai'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts'
import { jsonDifferences, mergePatch } from '../../src/kernel/merge-patch.ts'

// The examples of RFC 7396, appendix A: original, patch, result.
const examples: readonly (readonly [JsonValue, JsonValue, JsonValue])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]

const member = fc.stringMatching(/^[a-c]$/)
const json = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string({ maxLength: 3 }),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(member, tie('value'), { maxKeys: 3, noNullPrototype: true }),
}))

describe('mergePatch', () => {
  it('does what the examples of RFC 7396 say', () => {
    for (const [original, patch, result] of examples)
      expect(mergePatch(original, patch), JSON.stringify([original, patch])).to.deep.equal(result)
  })

  it('leaves the original alone', () => {
    fc.assert(
      fc.property(json.object, json.object, (original, patch) => {
        const before = JSON.stringify(original)
        mergePatch(original, patch)
        expect(JSON.stringify(original)).to.equal(before)
      }),
    )
  })

  it('has the same effect when it is made twice', () => {
    fc.assert(
      fc.property(json.object, json.object, (original, patch) => {
        const once = mergePatch(original, patch)
        expect(mergePatch(once, patch)).to.deep.equal(once)
      }),
    )
  })

  it('treats __proto__ as a member like any other', () => {
    const patched = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}') as JsonValue)
    expect(JSON.stringify(patched)).to.equal('{"__proto__":{"polluted":true}}')
    expect('polluted' in {}).to.equal(false)
  })
})

describe('jsonDifferences', () => {
  it('names the members that were added, removed and changed', () => {
    const before = { same: 1, gone: 'x', deep: { a: 1, b: [1] } }
    const after = { same: 1, deep: { a: 2, b: [1] }, fresh: null }
    expect(jsonDifferences(before, after)).to.deep.equal([
      { path: 'deep.a', before: 1, after: 2 },
      { path: 'fresh', after: null },
      { path: 'gone', before: 'x' },
    ])
  })

  it('is empty exactly for equal values', () => {
    fc.assert(
      fc.property(json.object, json.object, (left, right) => {
        expect(jsonDifferences(left, left)).to.deep.equal([])
        const patched = mergePatch(left, right) as JsonObject
        const equal = jsonDifferences(left, patched).length === 0
        if (equal) expect(patched).to.deep.equal(left)
        else expect(patched).to.not.deep.equal(left)
      }),
    )
  })
})
