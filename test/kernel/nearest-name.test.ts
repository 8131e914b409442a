import { expect } from 'chai'
import * as fc from 'fast-check'
import { editDistance, nearestName } from '../../src/kernel/nearest-name.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })

describe('nearestName', () => {
  const cases: readonly [name: string, candidates: readonly string[], expected: string | null][] = [
    ['conect', ['connect', 'collect'], 'connect'],
    ['thn', ['then', 'when'], 'then'],
    ['opeartions', ['operations', 'options'], 'operations'],
    ['addTag', ['add_tag', 'send'], 'add_tag'],
    ['lead-created', ['lead.created', 'lead.updated'], 'lead.created'],
    ['ruleset', ['RuleSet', 'LeadScore'], 'RuleSet'],
    ['elephant', ['rules', 'steps'], null],
    ['x', ['y'], null],
    ['bat', ['cat', 'rat'], 'cat'],
    ['then', ['then'], null],
    ['', ['a'], null],
    ['a'.repeat(200), ['a'.repeat(199)], null],
  ]
  for (const [name, candidates, expected] of cases) {
    it(`takes '${name.slice(0, 20)}' for ${expected ?? 'nothing'}`, () => {
      expect(nearestName(name, candidates)).to.equal(expected)
    })
  }

  it('finds every name again that lost, gained or swapped a letter', () => {
    const names = ['integration', 'workflow', 'lead-score']
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(8),
        fc.constantFrom('drop', 'double', 'swap'),
        (name, at, edit) => {
          const [head, a, b, tail] = [
            name.slice(0, at),
            name.charAt(at),
            name.charAt(at + 1),
            name.slice(at + 2),
          ]
          const middle = { drop: b, double: a + a + b, swap: b + a }[edit]
          const misspelt = head + middle + tail
          fc.pre(misspelt !== name)
          expect(nearestName(misspelt, names)).to.equal(name)
        },
      ),
    )
  })
})

describe('editDistance', () => {
  it('is symmetric, zero for equal words only, and at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b)
        expect(distance).to.equal(editDistance(b, a))
        expect(distance === 0).to.equal(a === b)
        expect(distance).to.be.at.most(Math.max(a.length, b.length))
      }),
    )
  })

  it('counts a swap of neighbours as one edit', () => {
    expect(editDistance('form', 'from')).to.equal(1)
  })
})
