import { expect } from 'chai'
import fc from 'fast-check'
import type { Postings } from '../../../../src/sales-core/rules/index/columns/postings.ts'
import { bitsOf, wordsFor } from '../../../../src/sales-core/rules/index/columns/postings.ts'
import { Sieve } from '../../../../src/sales-core/rules/index/columns/sieve.ts'
import { positionsIn } from './positions-in.ts'

const size = 300
const words = wordsFor(size)
const position = fc.nat({ max: size - 1 })
const some = fc.oneof(
  fc.uniqueArray(position, { maxLength: 3 }),
  fc.uniqueArray(position, { minLength: 150, maxLength: size }),
)

/** Positions with one of the forms in which an index may keep them. */
const postings: fc.Arbitrary<{ readonly at: readonly number[]; readonly kept: Postings }> = fc.oneof(
  position.map((at) => ({ at: [at], kept: at })),
  some.map((at) => ({ at, kept: at })),
  some.map((at) => ({ at, kept: bitsOf(at, words) })),
)

describe('Sieve', () => {
  it('keeps what every group lets through, event after event, and changes no postings', () => {
    const sieve = new Sieve(words)
    fc.assert(
      fc.property(
        fc.array(fc.array(postings, { maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        (groups) => {
          const before = structuredClone(groups)
          let expected = Array.from({ length: size }, (_, at) => at)
          sieve.reset()
          for (const group of groups) {
            sieve.begin()
            for (const { kept } of group) sieve.add(kept)
            const isAnyLeft = sieve.sift()
            const through = new Set(group.flatMap(({ at }) => at))
            expected = expected.filter((at) => through.has(at))
            expect(positionsIn(sieve)).to.deep.equal(expected)
            // It may go on with words that turn out to be empty, never stop while something is left.
            if (expected.length > 0) expect(isAnyLeft).to.equal(true)
          }
          expect(groups).to.deep.equal(before)
        },
      ),
      { numRuns: 500 },
    )
  })
  it('looks no longer at words in which nothing is left', () => {
    const sieve = new Sieve(words)
    sieve.reset()
    for (const group of [[0, 1, 40, 200], [1, 40, 201], [40]]) {
      sieve.begin()
      sieve.add(bitsOf(group, words))
      sieve.sift()
    }
    expect([...sieve.list.subarray(0, sieve.count)]).to.deep.equal([1])
  })
})
