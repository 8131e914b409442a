import { expect } from 'chai'
import { plannedDocuments } from '../../../src/control-plane/plan/difference/planned-documents.ts'
import { workspacesOf } from '../../../src/control-plane/plan/world/configuration-world.ts'
import { toyKinds } from '../toy-kinds.ts'
import { worldOfFiles as world } from './world-of-files.ts'

const shelf = (name: string, width: number, ...more: string[]): string =>
  [`apiVersion: neuronx/v1`, 'kind: Shelf', `name: ${name}`, `width: ${width}`, ...more, ''].join('\n')

function lines(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  tenants: string[] = [],
): string[] {
  const [was, is] = [world(before), world(after)]
  const { documents } = plannedDocuments(was, is, workspacesOf([was, is], tenants), toyKinds)
  return documents.flatMap(({ scope, kind, name, change, place, effective, total, leaves, previousName }) => [
    `${scope} ${change} ${kind}/${name}${previousName === undefined ? '' : ` was ${previousName}`} ${place} ${effective}/${total}`,
    ...leaves.map(
      (leaf) =>
        `  ${leaf.change} ${leaf.path} ${JSON.stringify(leaf.before)} ${JSON.stringify(leaf.after)} ${leaf.place} ${leaf.effective}/${leaf.total}${leaf.guard === true ? ' guard' : ''}`,
    ),
  ])
}

describe('plannedDocuments', () => {
  it('counts in how many workspaces a global change is effective, and how many override it', () => {
    const overrides = {
      'tenants/aa/workspaces/eu/s.yaml': shelf('s', 77),
      'tenants/bb/s.yaml': 'apiVersion: neuronx/v1\nkind: Shelf\nname: s\nmaterial: oak\n',
      'tenants/bb/workspaces/w1/x.yaml': shelf('x', 1),
    }
    expect(
      lines(
        { 'global/s.yaml': shelf('s', 10), ...overrides },
        { 'global/s.yaml': shelf('s', 12), ...overrides },
        ['cc'],
      ),
    ).to.deep.equal([
      'global changed Shelf/s global/s.yaml:4 3/4',
      '  changed width 10 12 global/s.yaml:4 3/4',
    ])
  })

  it('says when a change is effective nowhere', () => {
    const below = { 'tenants/aa/s.yaml': shelf('s', 77) }
    expect(
      lines({ 'global/s.yaml': shelf('s', 10), ...below }, { 'global/s.yaml': shelf('s', 12), ...below }),
    ).to.deep.equal([
      'global changed Shelf/s global/s.yaml:4 0/1',
      '  changed width 10 12 global/s.yaml:4 0/1',
    ])
  })

  it('shows what comes to light when an override goes', () => {
    const above = { 'global/s.yaml': shelf('s', 10) }
    expect(lines({ ...above, 'tenants/aa/s.yaml': shelf('s', 77) }, above, ['aa'])).to.deep.equal([
      'tenants/aa changed Shelf/s global/s.yaml:4 1/1',
      '  changed width 77 10 global/s.yaml:4 1/1',
    ])
  })

  it('lists added, removed and renamed documents with their places', () => {
    expect(
      lines(
        { 'tenants/aa/o.yaml': shelf('old', 1), 'tenants/aa/g.yaml': shelf('gone', 3) },
        { 'tenants/aa/o.yaml': shelf('now', 1), 'tenants/aa/n.yaml': shelf('new', 2) },
      ),
    ).to.deep.equal([
      'tenants/aa removed Shelf/gone tenants/aa/g.yaml:1 1/1',
      'tenants/aa added Shelf/new tenants/aa/n.yaml:1 1/1',
      'tenants/aa renamed Shelf/now was old tenants/aa/o.yaml:1 1/1',
    ])
  })

  it('marks what only binds lower scopes', () => {
    expect(
      lines({ 'global/s.yaml': shelf('s', 10) }, { 'global/s.yaml': shelf('s', 10, 'locked: [width]') }, [
        'a',
      ]),
    ).to.deep.equal([
      'global changed Shelf/s global/s.yaml:5 0/1',
      '  added locked undefined ["width"] global/s.yaml:5 0/1 guard',
    ])
  })

  it('finds nothing when only files and their order changed', () => {
    expect(
      lines(
        { 'global/a.yaml': `${shelf('a', 1)}---\n${shelf('b', 2)}` },
        { 'global/z.yaml': shelf('b', 2), 'global/y.yaml': shelf('a', 1) },
        ['tt'],
      ),
    ).to.deep.equal([])
  })
})
