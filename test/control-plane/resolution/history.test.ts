import { expect } from 'chai'
import type { DocumentPath } from '../../../src/control-plane/documents/document.ts'
import type { ResolvedDocument } from '../../../src/control-plane/resolution/resolved-document.ts'
import { resolved } from './layers.ts'

function told(document: ResolvedDocument, ...path: DocumentPath): readonly string[] {
  return document
    .history(path)
    .map(
      (entry) =>
        `${entry.scope.level} ${entry.path.join('.')} ${JSON.stringify(entry.value)} ${entry.outcome}`,
    )
}

describe('ResolvedDocument.history', () => {
  it('shows a scalar of every layer and the lowest as the winner', () => {
    const { document } = resolved({ title: 'a' }, { title: 'b' }, { title: 'c' })
    expect(told(document, 'title')).to.deep.equal([
      'global title "a" overridden',
      'tenant title "b" overridden',
      'workspace title "c" won',
    ])
    expect(document.history(['title'])[0]?.why).to.equal('overridden by tenants/acme')
  })

  it('follows items by id to the index they have in each layer', () => {
    const { document } = resolved(
      { dishes: [{ id: 'a' }, { id: 'b', price: 1 }] },
      { unset: ['dishes[a]'], dishes: [{ id: 'c' }, { id: 'b', price: 2 }] },
    )
    expect(document.body.dishes).to.deep.equal([{ id: 'b', price: 2 }, { id: 'c' }])
    expect(told(document, 'dishes', 0, 'price')).to.deep.equal([
      'global dishes.1.price 1 overridden',
      'tenant dishes.1.price 2 won',
    ])
    expect(told(document, 'dishes', 1)).to.deep.equal(['tenant dishes.0 {"id":"c"} won'])
  })

  it('finds appended items in the layers they came from', () => {
    const { document } = resolved({ extra: ['a', 'b'] }, { extra: ['c'] }, { extra: ['d'] })
    expect(told(document, 'extra', 1)).to.deep.equal(['global extra.1 "b" won'])
    expect(told(document, 'extra', 3)).to.deep.equal(['workspace extra.0 "d" won'])
  })

  it('shows mappings as merged and a replaced one as overridden', () => {
    const { document } = resolved(
      { prices: { a: 1 }, hours: { a: 1 } },
      { prices: { b: 1 }, hours: { b: 1 } },
    )
    expect(told(document, 'prices').map((line) => line.split(' ').at(-1))).to.deep.equal(['merged', 'merged'])
    expect(told(document, 'hours').map((line) => line.split(' ').at(-1))).to.deep.equal(['overridden', 'won'])
  })

  it('shows what was unset, and what was refused', () => {
    const unset = resolved({ prices: { a: 1 } }, { unset: ['prices'], prices: { b: 2 } })
    expect(told(unset.document, 'prices')).to.deep.equal([
      'global prices {"a":1} overridden',
      'tenant unset null unset',
      'tenant prices {"b":2} won',
    ])
    expect(told(unset.document, 'prices', 'a')).to.deep.equal([
      'global prices.a 1 overridden',
      'tenant unset null unset',
    ])
    const locked = resolved({ title: 'a', locked: ['title'] }, { title: 'b' })
    expect(told(locked.document, 'title')).to.deep.equal(['global title "a" won', 'tenant title "b" refused'])
  })

  it('has nothing to tell of a path that no layer has', () => {
    expect(resolved({ title: 'a' }).document.history(['prices', 'x'])).to.deep.equal([])
  })
})
