import { expect } from 'chai'
import * as fc from 'fast-check'
import type { DocumentKind } from '../../../src/control-plane/documents/document-kind.ts'
import { bookKind, shelfKind } from '../toy-kinds.ts'
import { book, doc, found, validate } from './validate-text.ts'

describe('validateDocuments', () => {
  it('accepts documents that fit', () => {
    const files = { 'global/s.yaml': doc('Shelf', 's', 'width: 10'), ...book('on: s') }
    expect(found(files)).to.deep.equal([])
  })

  describe('names', () => {
    it('reports the second of two documents with one kind and name', () => {
      const files = { 'global/b.yaml': doc('Book', 'x'), 'global/a.yaml': doc('Book', 'x') }
      expect(found(files)).to.deep.equal([
        "global/b.yaml:3:7 NX-CONFIG-DUPLICATE The Book 'x' is defined already at global/a.yaml:3:7 (Rename one of the two, or remove it.)",
      ])
    })

    it('lets two kinds, and two tenants, share a name', () => {
      const files = {
        'tenants/acme/a.yaml': doc('Book', 'x'),
        'tenants/acme/b.yaml': doc('Shelf', 'x', 'width: 1'),
        'tenants/other/a.yaml': doc('Book', 'x'),
      }
      expect(found(files)).to.deep.equal([])
    })

    for (const upper of ['global', 'tenants/acme']) {
      it(`merges in a workspace over what ${upper} defines`, () => {
        const files = {
          [`${upper}/a.yaml`]: doc('Book', 'x', 'prices: { eur: 1, usd: 2 }'),
          'tenants/acme/workspaces/eu/a.yaml': doc('Book', 'x', 'prices: { eur: 3 }'),
        }
        const { findings, scopes } = validate(files)
        expect(findings).to.deep.equal([])
        const books = scopes
          .at(-1)
          ?.set.ofKind(bookKind)
          .map(({ spec }) => spec.prices)
        expect(books).to.deep.equal([{ eur: 3, usd: 2 }])
      })
    }
  })

  describe('references', () => {
    it('reports a name that nothing provides, with the one that was meant', () => {
      const files = { 'global/s.yaml': doc('Shelf', 'oak-shelf', 'width: 10'), ...book('on: oka-shelf') }
      expect(found(files).filter((line) => line.includes('REFERENCE'))).to.deep.equal([
        "global/b.yaml:4:5 NX-CONFIG-REFERENCE There is no shelf 'oka-shelf' (Did you mean 'oak-shelf'? Define the shelf.)",
      ])
    })

    it('finds names of upper scopes and not of lower ones', () => {
      const shelf = doc('Shelf', 's', 'width: 10')
      expect(
        found({ 'global/s.yaml': shelf, 'tenants/acme/workspaces/eu/b.yaml': doc('Book', 'b', 'on: s') }),
      ).to.deep.equal([])
      const below = found({ 'tenants/acme/s.yaml': shelf, 'global/b.yaml': doc('Book', 'b', 'on: s') })
      expect(below[0]).to.equal(
        "global/b.yaml:4:5 NX-CONFIG-REFERENCE There is no shelf 's' (It is defined in tenants/acme, which global does not see. Move one of the two.)",
      )
    })

    it('does not see into another tenant', () => {
      const files = {
        'tenants/other/s.yaml': doc('Shelf', 's', 'width: 10'),
        'tenants/acme/b.yaml': doc('Book', 'b', 'on: s'),
      }
      expect(found(files)[0]).to.match(/^tenants\/acme\/b\.yaml:4:5 NX-CONFIG-REFERENCE/)
    })

    it('takes the name of a document whose shape is wrong as provided', () => {
      const files = { 'global/s.yaml': doc('Shelf', 's', 'widht: 10'), ...book('on: s', 'label: s.top') }
      expect(found(files).map((line) => line.split(' ')[0])).to.deep.equal([
        'global/s.yaml:1:1',
        'global/s.yaml:4:1',
      ])
    })

    it('takes the name of a document whose syntax is wrong as provided', () => {
      const files = { 'global/s.yaml': doc('Shelf', 's', 'width: .inf'), ...book('on: s') }
      expect(found(files)).to.deep.equal([])
    })

    it('takes every name that stands in a document that cannot be read as provided', () => {
      const shelves = doc('Shelf', 's', 'width: 10', 'labels: [top, other.side, "bad]')
      expect(found({ 'global/s.yaml': shelves, ...book('label: other.side') })).to.deep.equal([])
    })

    it('still reports what a document with a wrong shape cannot provide', () => {
      const files = { 'global/s.yaml': doc('Shelf', 's', 'widht: 10'), ...book('on: t') }
      expect(found(files)).to.include(
        "global/b.yaml:4:5 NX-CONFIG-REFERENCE There is no shelf 't' (Define the shelf.)",
      )
    })
  })

  describe("the kinds' own checks", () => {
    const shelf = { 'global/s.yaml': doc('Shelf', 's', 'width: 5') }

    it('reports every problem where it stands, inside texts too', () => {
      expect(found({ ...shelf, ...book('on: s', 'note: "hey! you!"') })).to.deep.equal([
        'global/b.yaml:4:5 NX-TOY-NARROW The shelf is too narrow ()',
        'global/b.yaml:5:11 NX-TOY-SHOUT No shouting (Remove it.)',
        'global/b.yaml:5:16 NX-TOY-SHOUT No shouting (Remove it.)',
      ])
    })

    it('passes over a document that rests on one with a wrong shape', () => {
      const broken = { 'global/s.yaml': doc('Shelf', 's', 'width: wide') }
      expect(found({ ...broken, ...book('on: s') })).to.deep.equal([
        "global/s.yaml:4:8 NX-CONFIG-WRONG-TYPE 'width' must be a number, not text ()",
      ])
    })

    it('says which document a failing check was looking at', () => {
      const failing: DocumentKind = {
        ...(bookKind as DocumentKind),
        check: () => {
          throw new Error('ouch')
        },
      }
      expect(() => validate(book(), [shelfKind, failing])).to.throw("The check of Book 'b' failed")
    })
  })

  it('finds everything at once', () => {
    const codes = validate({
      'global/a.yaml': doc('Shelf', 's', 'widht: 1') + '---\n' + doc('Lamp', 'x'),
      'global/b.yaml': doc('Book', 'b', 'on: t', 'note: "!"') + '---\n' + doc('Book', 'b'),
    }).findings.map(({ code }) => code)
    expect(codes).to.have.members([
      'NX-CONFIG-MISSING-FIELD',
      'NX-CONFIG-UNKNOWN-FIELD',
      'NX-CONFIG-UNKNOWN-KIND',
      'NX-CONFIG-REFERENCE',
      'NX-TOY-SHOUT',
      'NX-CONFIG-DUPLICATE',
      'NX-TOY-NARROW',
    ])
  })

  it('finds the same whatever order the files come in', () => {
    const files = Object.entries({
      'global/a.yaml': doc('Shelf', 's', 'widht: 1'),
      'global/b.yaml': doc('Book', 'b', 'on: t') + '---\n' + doc('Book', 'c', 'nte: x'),
      'global/c.yaml': doc('Book', 'b', 'on: s'),
      'global/d.yaml': doc('Shelf', 't', 'width: 3'),
      'tenants/acme/a.yaml': doc('Book', 'b') + '---\n' + doc('Shelf', 'u', 'width: 30'),
      'tenants/acme/workspaces/eu/a.yaml': doc('Shelf', 'u', 'width: 30'),
      'tenants/other/a.yaml': doc('Book', 'q', 'on: u'),
    })
    const expected = found(Object.fromEntries(files))
    expect(expected).to.have.length.greaterThan(6)
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        expect(found(Object.fromEntries(shuffled))).to.deep.equal(expected)
      }),
      { numRuns: 50 },
    )
  })
})
