import { expect } from 'chai'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { resolved } from './layers.ts'

describe('paths in unset, locked and bounded', () => {
  const upper = { prices: { main: 1 }, tags: ['a'], dishes: [{ id: 'soup', price: 1 }] }
  const cases: readonly [string, JsonObject, string, string | null][] = [
    [
      'unset: a misspelt key',
      { unset: ['prices.mian'] },
      'NX-CONFIG-UNSET-MISSING unset.0',
      "Did you mean 'prices.main'?",
    ],
    [
      'unset: a misspelt id',
      { unset: ['dishes[soop]'] },
      'NX-CONFIG-UNSET-MISSING unset.0',
      "Did you mean 'dishes[soup]'?",
    ],
    [
      'unset: an item of a list without ids',
      { unset: ['tags[0]'] },
      'NX-CONFIG-UNSET-MISSING unset.0',
      'The items of this list have no ids: unset the list as a whole.',
    ],
    ['unset: the name', { unset: ['name'] }, 'NX-CONFIG-UNSET-MISSING unset.0', 'Remove the path.'],
    [
      'locked: a misspelt field',
      { locked: ['dishs'] },
      'NX-CONFIG-UNKNOWN-PATH locked.0',
      "Did you mean 'dishes'?",
    ],
    [
      'locked: a misspelt field of the schema',
      { locked: ['titel'] },
      'NX-CONFIG-UNKNOWN-PATH locked.0',
      "Did you mean 'title'?",
    ],
    [
      'locked: an item of a list without ids',
      { locked: ['tags[0]'] },
      'NX-CONFIG-UNKNOWN-PATH locked.0',
      "Name the list as a whole: 'tags'.",
    ],
    [
      'bounded: text',
      { title: 'x', bounded: { title: { max: 1 } } },
      'NX-CONFIG-WRONG-VALUE bounded.title',
      'Use `locked`.',
    ],
    [
      'bounded: without ends',
      { bounded: { seats: {} } },
      'NX-CONFIG-WRONG-TYPE bounded.seats',
      'Write { max: 100 }, { min: 1 }, or both; durations such as 30s are allowed.',
    ],
    ['unset: not a list', { unset: 'title' }, 'NX-CONFIG-WRONG-TYPE unset', 'Write unset: [path, …].'],
    [
      'unset: not a path',
      { unset: ['a..b'] },
      'NX-CONFIG-WRONG-VALUE unset.0',
      'Write keys with dots between them and list items by id: rules[hot-lead].when',
    ],
  ]
  for (const [title, lower, problem, fix] of cases) {
    it(`reports ${title}`, () => {
      const { problems, fixes } = resolved(upper, lower)
      expect(problems).to.deep.equal([`error ${problem}`])
      expect(fixes).to.deep.equal([fix])
    })
  }

  it('reports an unset of a document that no upper scope has', () => {
    expect(resolved({ unset: ['title'] }).problems).to.deep.equal(['error NX-CONFIG-UNSET-MISSING unset.0'])
  })

  it('lets a field that is not set yet be locked when the kind has it', () => {
    expect(resolved({ locked: ['note', 'dishes'] }).problems).to.deep.equal([])
  })
})
