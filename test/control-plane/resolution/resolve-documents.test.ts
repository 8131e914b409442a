import { expect } from 'chai'
import { contentOf } from '../../../src/control-plane/resolution/merge/head-fields.ts'
import { digestOf } from '../../../src/kernel/digest.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { documentsToKeep } from '../../../src/control-plane/resolution/documents-to-keep.ts'
import { resolveDocuments } from '../../../src/control-plane/resolution/resolve-documents.ts'
import { kinds, layersOf, menu, resolved, scopes } from './layers.ts'

describe('resolveDocuments', () => {
  describe('merging', () => {
    const cases: readonly [string, JsonObject, JsonObject, JsonObject][] = [
      ['replaces a scalar', { title: 'a', seats: 1 }, { title: 'b' }, { title: 'b', seats: 1 }],
      [
        'merges mappings field by field',
        { prices: { a: 1, b: 2 } },
        { prices: { b: 3, c: 4 } },
        { prices: { a: 1, b: 3, c: 4 } },
      ],
      ['replaces a list', { tags: ['a', 'b'] }, { tags: ['c'] }, { tags: ['c'] }],
      ['appends where the kind says so', { extra: ['a'] }, { extra: ['b', 'a'] }, { extra: ['a', 'b', 'a'] }],
      [
        'replaces a mapping where the kind says so',
        { hours: { mon: 1, tue: 2 } },
        { hours: { mon: 3 } },
        { hours: { mon: 3 } },
      ],
      [
        'matches items by id, in the order of the upper list, new ones behind',
        {
          dishes: [
            { id: 'a', price: 1, hot: true },
            { id: 'b', price: 2 },
          ],
        },
        {
          dishes: [
            { id: 'c', price: 9 },
            { id: 'b', hot: true },
            { id: 'a', price: 5 },
          ],
        },
        {
          dishes: [
            { id: 'a', price: 5, hot: true },
            { id: 'b', price: 2, hot: true },
            { id: 'c', price: 9 },
          ],
        },
      ],
      [
        'keeps both of two items with one id, for the kind to refuse',
        { dishes: [{ id: 'a' }] },
        {
          dishes: [
            { id: 'a', price: 1 },
            { id: 'a', price: 2 },
          ],
        },
        {
          dishes: [
            { id: 'a', price: 1 },
            { id: 'a', price: 2 },
          ],
        },
      ],
      [
        'unsets before it merges',
        { prices: { a: 1, b: 2 } },
        { unset: ['prices'], prices: { c: 3 } },
        { prices: { c: 3 } },
      ],
      [
        'unsets an item by id',
        { dishes: [{ id: 'a' }, { id: 'b' }] },
        { unset: ['dishes[a]'] },
        { dishes: [{ id: 'b' }] },
      ],
      [
        'unsets a field of an item',
        { dishes: [{ id: 'a', price: 1 }] },
        { unset: ['dishes[a].price'] },
        { dishes: [{ id: 'a' }] },
      ],
      [
        'treats __proto__ like every other key',
        { prices: JSON.parse('{"__proto__": {"x": 1}}') as JsonObject },
        { prices: { a: 1 } },
        { prices: JSON.parse('{"__proto__": {"x": 1}, "a": 1}') as JsonObject },
      ],
    ]
    for (const [title, upper, lower, expected] of cases) {
      it(title, () => {
        const { fields, problems } = resolved(upper, lower)
        expect(JSON.stringify(fields)).to.equal(JSON.stringify(expected))
        expect(problems).to.deep.equal([])
      })
    }

    it('gives a merged document the digest of its content and leaves one of a single layer its own', () => {
      const { document } = resolved({ title: 'a' }, { seats: 2 })
      expect(document.digest).to.equal(digestOf(document.body))
      expect(document.layers.map(({ scope }) => scope.level)).to.deep.equal(['global', 'tenant'])
      const alone = menu({ title: 'a', locked: ['title'] })
      const [single] = resolveDocuments([{ scope: scopes.global, documents: [alone] }], kinds).documents
      expect(single?.digest).to.equal(alone.digest)
      expect(single?.body).to.deep.equal(contentOf(alone.body))
    })

    it('merges documents of a kind that stands once in a scope whatever their names', () => {
      const { documents } = resolveDocuments(
        [
          { scope: scopes.global, documents: [menu({ rooms: 1, roof: 'red' }, 'fleet', 'House')] },
          { scope: scopes.acme, documents: [menu({ rooms: 2 }, 'acme', 'House')] },
        ],
        kinds,
      )
      expect(documents.map(({ name, body }) => [name, body.rooms, body.roof])).to.deep.equal([
        ['acme', 2, 'red'],
      ])
    })

    it('reports a second document of one name in a scope and takes the first by digest', () => {
      const [a, b] = [menu({ title: 'a' }), menu({ title: 'b' })]
      const forwards = resolveDocuments([{ scope: scopes.global, documents: [a, b] }], kinds)
      const backwards = resolveDocuments([{ scope: scopes.global, documents: [b, a] }], kinds)
      expect(forwards.problems.map(({ code }) => code)).to.deep.equal(['NX-CONFIG-DUPLICATE'])
      expect(forwards.documents[0]?.digest).to.equal(backwards.documents[0]?.digest)
    })
  })

  describe('what an overlay may not do', () => {
    const upper = { title: 'a', seats: 10, prices: { a: 1 }, dishes: [{ id: 'a', price: 1, hot: true }] }
    const refused: readonly [string, JsonObject, JsonObject, string][] = [
      ['set a locked field', { locked: ['title'] }, { title: 'b' }, 'NX-CONFIG-LOCKED title'],
      ['unset a locked field', { locked: ['title'] }, { unset: ['title'] }, 'NX-CONFIG-LOCKED unset.0'],
      [
        'unset what holds a locked field',
        { locked: ['prices.a'] },
        { unset: ['prices'] },
        'NX-CONFIG-LOCKED unset.0',
      ],
      [
        'replace what holds a locked field',
        { locked: ['prices.a'] },
        { prices: 1 },
        'NX-CONFIG-LOCKED prices',
      ],
      ['add to a locked mapping', { locked: ['prices'] }, { prices: { b: 1 } }, 'NX-CONFIG-LOCKED prices'],
      [
        'set a field that was locked while it was absent',
        { locked: ['note'] },
        { note: 'x' },
        'NX-CONFIG-LOCKED note',
      ],
      [
        'change a locked item',
        { locked: ['dishes[a]'] },
        { dishes: [{ id: 'a', price: 2 }] },
        'NX-CONFIG-LOCKED dishes.0',
      ],
      [
        'add a second item of a locked id',
        { locked: ['dishes[a]'] },
        { dishes: [{ id: 'a' }, { id: 'a', price: 2 }] },
        'NX-CONFIG-LOCKED dishes.1',
      ],
      ['go above a maximum', { bounded: { seats: { max: 10 } } }, { seats: 11 }, 'NX-CONFIG-UNBOUNDED seats'],
      ['go below a minimum', { bounded: { seats: { min: 5 } } }, { seats: 4 }, 'NX-CONFIG-UNBOUNDED seats'],
      [
        'unset a bounded field',
        { bounded: { seats: { max: 10 } } },
        { unset: ['seats'] },
        'NX-CONFIG-UNBOUNDED unset.0',
      ],
      [
        'put something else where a number is bounded',
        { bounded: { seats: { max: 10 } } },
        { seats: { a: 1 } },
        'NX-CONFIG-UNBOUNDED seats',
      ],
      [
        'exceed a duration',
        { wait: '1h', bounded: { wait: { max: '2h' } } },
        { wait: '121m' },
        'NX-CONFIG-UNBOUNDED wait',
      ],
      [
        'loosen a bound',
        { bounded: { seats: { max: 10 } } },
        { bounded: { seats: { max: 11 } } },
        'NX-CONFIG-UNBOUNDED bounded.seats',
      ],
    ]
    for (const [title, head, lower, problem] of refused) {
      it(`does not let it ${title}`, () => {
        const before = resolved({ ...upper, ...head })
        const { fields, problems } = resolved({ ...upper, ...head }, lower)
        expect(problems.filter((text) => text.startsWith('error'))).to.deep.equal([`error ${problem}`])
        expect(fields).to.deep.equal(before.fields)
      })
    }

    it('holds in a workspace what the global scope locked, past a tenant that says nothing', () => {
      const { fields, problems } = resolved({ title: 'a', locked: ['title'] }, { seats: 1 }, { title: 'c' })
      expect(fields).to.deep.equal({ title: 'a', seats: 1 })
      expect(problems).to.deep.equal(['error NX-CONFIG-LOCKED title'])
    })

    it('lets a value move within its bound, and a lower scope tighten the bound', () => {
      const tight = { seats: 4, bounded: { seats: { max: 5 } } }
      const { fields, problems } = resolved({ seats: 9, bounded: { seats: { max: 10 } } }, tight, {
        seats: 6,
      })
      expect(fields).to.deep.equal({ seats: 4 })
      expect(problems).to.deep.equal(['error NX-CONFIG-UNBOUNDED seats'])
    })
  })

  it('warns of what is inherited as it is, at the highest place that is the same', () => {
    const upper = { title: 'a', prices: { a: 1, b: 2 }, dishes: [{ id: 'a', price: 1 }, { id: 'b' }] }
    const lower = {
      title: 'a',
      prices: { a: 1, b: 3 },
      dishes: [
        { id: 'a', price: 1 },
        { id: 'b', hot: true },
      ],
    }
    expect(resolved(upper, lower).problems).to.deep.equal([
      'warning NX-CONFIG-SAME title',
      'warning NX-CONFIG-SAME prices.a',
      'warning NX-CONFIG-SAME dishes.0',
    ])
  })

  it('keeps the merged documents that no revision holds, once each', () => {
    const one = layersOf({ title: 'a' }, { seats: 1 })
    const same = [...one, { scope: scopes.eu, documents: [menu({ note: 'x' }, 'other')] }]
    expect(
      documentsToKeep([one, same], kinds).map(({ name, body }) => [name, body.title, body.seats]),
    ).to.deep.equal([['m', 'a', 1]])
  })
})
