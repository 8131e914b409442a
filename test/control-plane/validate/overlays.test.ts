import { expect } from 'chai'
import { isValid } from '../../../src/control-plane/validate/validate-directory.ts'
import { menuKind } from '../resolution/layers.ts'
import { bookKind, shelfKind, toyKinds } from '../toy-kinds.ts'
import { doc, found, validate } from './validate-text.ts'

const kinds = [...toyKinds, menuKind]
const acme = 'tenants/acme/m.yaml'
const menu = (...lines: string[]): string => doc('Menu', 'm', ...lines)

describe('validateDocuments with overlays', () => {
  it('checks the shape of what is merged, not of the part', () => {
    const files = {
      'global/s.yaml': doc('Shelf', 's', 'width: 20'),
      'tenants/acme/s.yaml': doc('Shelf', 's', 'material: oak'),
    }
    const { findings, scopes } = validate(files)
    expect(findings).to.deep.equal([])
    expect(scopes[1]?.set.ofKind(shelfKind).map(({ spec }) => spec)).to.deep.equal([
      { apiVersion: 'neuronx/v1', kind: 'Shelf', name: 's', width: 20, material: 'oak' },
    ])
    expect(scopes[1]?.documents[0]?.body.width).to.equal(undefined)
    expect(scopes[1]?.resolved[0]?.body.width).to.equal(20)
  })

  it('points into the file of the layer whose value is wrong', () => {
    const files = {
      'global/m.yaml': menu('dishes:', '  - id: a', '    price: 1'),
      [acme]: menu('title: x', 'dishes:', '  - { id: a, hot: maybe }', '  - { id: b, prize: 3 }'),
    }
    expect(found(files, kinds)).to.deep.equal([
      "tenants/acme/m.yaml:6:19 NX-CONFIG-WRONG-TYPE 'hot' must be true or false, not text ()",
      "tenants/acme/m.yaml:7:14 NX-CONFIG-UNKNOWN-FIELD There is no field 'prize' here (Did you mean 'price'?)",
    ])
  })

  it('names the path as it stands in that file, and knows the fields that every document may have', () => {
    const files = {
      'global/m.yaml': menu('dishes:', '  - id: a', '  - id: b'),
      [acme]: menu('dishes: [{ id: b, hot: maybe }]', 'lockd: [title]'),
    }
    expect(validate(files, kinds).findings.map(({ path, fix }) => [path, fix])).to.deep.equal([
      ['dishes[0].hot', null],
      ['lockd', "Did you mean 'locked'?"],
    ])
  })

  it('points at the upper layer where the merged document is wrong because of it, once', () => {
    const files = {
      'global/m.yaml': menu('title: 3'),
      [acme]: menu('note: x'),
      'tenants/other/m.yaml': menu('note: y'),
    }
    expect(found(files, kinds)).to.deep.equal([
      'global/m.yaml:4:8 NX-CONFIG-WRONG-TYPE \'title\' must be text, not a number (Put it in quotes: "3".)',
    ])
  })

  it('warns of an empty list or mapping: whoever writes it means to be rid of what is inherited', () => {
    const files = {
      'global/m.yaml': menu('title: a', 'dishes:', '  - { id: a, price: 1 }'),
      [acme]: menu('dishes: []'),
    }
    expect(found(files, kinds)).to.deep.equal([
      "tenants/acme/m.yaml:4:1 NX-CONFIG-EMPTY-OVERLAY 'dishes' is empty here: everything is inherited all the same (Remove it, or write unset: [dishes] to be rid of what is inherited.)",
    ])
    expect(isValid(validate(files, kinds))).to.equal(true)
  })

  it('finds what an overlay may not do, at its place', () => {
    const files = {
      'global/m.yaml': menu('title: a', 'seats: 10', 'locked: [title]', 'bounded:', '  seats: { max: 10 }'),
      [acme]: menu('title: b', 'seats: 11', 'unset: [prices.x]'),
    }
    expect(found(files, kinds).map((text) => text.slice(0, text.indexOf(' (')))).to.deep.equal([
      'tenants/acme/m.yaml:4:1 NX-CONFIG-LOCKED global has locked this: lower scopes cannot change it',
      'tenants/acme/m.yaml:5:1 NX-CONFIG-UNBOUNDED global allows at most 10 here, not 11',
      "tenants/acme/m.yaml:6:9 NX-CONFIG-UNSET-MISSING Nothing is inherited at 'prices.x'",
    ])
  })

  it('warns of an override that changes nothing', () => {
    const files = { 'global/m.yaml': menu('title: a', 'seats: 1'), [acme]: menu('title: a', 'seats: 2') }
    const { findings } = validate(files, kinds)
    expect(
      findings.map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${line}`),
    ).to.deep.equal(['warning NX-CONFIG-SAME tenants/acme/m.yaml:4'])
  })

  it('refuses an overlay that does not say its apiVersion', () => {
    const files = { 'global/m.yaml': menu('title: a'), [acme]: 'kind: Menu\nname: m\ntitle: b\n' }
    expect(found(files, kinds).map((text) => text.split(' ').slice(0, 2).join(' '))).to.deep.equal([
      'tenants/acme/m.yaml:1:1 NX-CONFIG-API-VERSION',
    ])
  })

  it('finds what an overlay makes wrong in a document above it, and only where it does', () => {
    const files = {
      'global/s.yaml': doc('Shelf', 's', 'width: 20', 'labels: [a, b]'),
      'global/b.yaml': doc('Book', 'b', 'on: s', 'label: s.a'),
      'tenants/acme/s.yaml': doc('Shelf', 's', 'width: 5', 'labels: [b]'),
      'tenants/other/s.yaml': doc('Shelf', 's', 'material: oak'),
    }
    const lines = found(files).filter((text) => !text.includes('material'))
    expect(lines).to.deep.equal([
      'global/b.yaml:4:5 NX-TOY-NARROW The shelf is too narrow (as tenants/acme sees it, with its overlays) ()',
      "global/b.yaml:5:8 NX-CONFIG-REFERENCE There is no label 's.a' (as tenants/acme sees it, with its overlays) (It is defined in global, which tenants/acme does not see. Move one of the two.)",
    ])
  })

  it('lets a workspace overlay what its tenant overlays', () => {
    const files = {
      'global/m.yaml': menu('title: a', 'prices: { x: 1 }'),
      [acme]: menu('prices: { y: 2 }'),
      'tenants/acme/workspaces/eu/m.yaml': menu('unset: [prices.x]', 'title: c'),
    }
    const { findings, scopes } = validate(files, kinds)
    expect(findings).to.deep.equal([])
    expect(scopes.map(({ set }) => set.ofKind(menuKind).map(({ spec }) => spec))).to.deep.equal([
      [{ apiVersion: 'neuronx/v1', kind: 'Menu', name: 'm', title: 'a', prices: { x: 1 } }],
      [{ apiVersion: 'neuronx/v1', kind: 'Menu', name: 'm', title: 'a', prices: { x: 1, y: 2 } }],
      [{ apiVersion: 'neuronx/v1', kind: 'Menu', name: 'm', title: 'c', prices: { y: 2 } }],
    ])
  })

  it('says nothing about an overlay of a document that cannot be read', () => {
    const files = {
      'global/s.yaml': `${doc('Shelf', 's', 'width: 20')}x: [\n`,
      'tenants/acme/s.yaml': doc('Shelf', 's', 'unset: [width]'),
    }
    expect(found(files)).to.deep.equal([])
  })

  it('shows one tenant nothing of another', () => {
    const files = {
      'global/b.yaml': doc('Book', 'b', 'note: upper'),
      'tenants/acme/b.yaml': doc('Book', 'b', 'note: mine'),
    }
    const other = { 'tenants/other/b.yaml': doc('Book', 'b', 'note: theirs', 'prices: { eur: 1 }') }
    const seen = (all: Record<string, string>) =>
      validate(all)
        .scopes.filter(({ scope }) => scope.level === 'tenant' && scope.tenant === 'acme')
        .map(({ set }) => set.ofKind(bookKind).map(({ spec }) => spec))
    expect(seen({ ...files, ...other })).to.deep.equal(seen(files))
  })
})
