import { expect } from 'chai'
import fc from 'fast-check'
import { leafChanges } from '../../../src/control-plane/plan/difference/leaf-changes.ts'
import { canonicalJson } from '../../../src/kernel/json.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'

const shown = (before: JsonObject, after: JsonObject): string[] =>
  leafChanges(before, after).map(
    ({ path, kind, before: was, after: is }) =>
      `${kind} ${path} ${JSON.stringify(was)} ${JSON.stringify(is)}`,
  )

describe('leafChanges', () => {
  it('names the leaf that differs, not the document', () => {
    expect(shown({ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } })).to.deep.equal(['changed a.c 2 3'])
    expect(shown({ a: { b: 1 } }, { a: {}, d: [1] })).to.deep.equal([
      'removed a.b 1 undefined',
      'added d undefined [1]',
    ])
  })

  it('follows list items by their id, whatever their place', () => {
    const before = {
      rules: [
        { id: 'a', points: 1 },
        { id: 'b', points: 2 },
      ],
    }
    const after = {
      rules: [
        { id: 'new', points: 9 },
        { id: 'a', points: 1 },
        { id: 'b', points: 3 },
      ],
    }
    expect(shown(before, after)).to.deep.equal([
      'added rules[new] undefined {"id":"new","points":9}',
      'changed rules[b].points 2 3',
    ])
    const [, change] = leafChanges(before, after)
    expect([change?.beforePath, change?.afterPath]).to.deep.equal([
      ['rules', 1, 'points'],
      ['rules', 2, 'points'],
    ])
  })

  it('sees a renamed item as renamed, and another order as another order', () => {
    const before = {
      rules: [
        { id: 'a', points: 1 },
        { id: 'b', points: 2 },
      ],
    }
    expect(
      shown(before, {
        rules: [
          { id: 'a', points: 1 },
          { id: 'c', points: 2 },
        ],
      }),
    ).to.deep.equal(['renamed rules[c] "b" "c"'])
    expect(shown(before, { rules: [...before.rules].reverse() })).to.deep.equal([
      'reordered rules ["a","b"] ["b","a"]',
    ])
  })

  it('finds a difference exactly when there is one, whatever the keys', () => {
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.integer(), fc.string({ maxLength: 4 }), fc.constant(null)),
      list: fc.array(fc.oneof(tie('leaf'), tie('item')), { maxLength: 3 }),
      item: fc.record({ id: fc.constantFrom('a', 'b', 'c'), points: fc.integer({ max: 3, min: 0 }) }),
      object: fc.dictionary(
        fc.constantFrom('x', 'y', '__proto__', 'constructor', 'id'),
        fc.oneof(tie('leaf'), tie('list'), tie('object')),
        {
          maxKeys: 3,
          depthIdentifier: 'd',
        },
      ),
    })).object
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [before, after] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))] as [
          JsonObject,
          JsonObject,
        ]
        expect(leafChanges(before, before)).to.deep.equal([])
        expect(leafChanges(before, after).length === 0).to.equal(
          canonicalJson(before) === canonicalJson(after),
        )
      }),
      { numRuns: 300 },
    )
  })
})
