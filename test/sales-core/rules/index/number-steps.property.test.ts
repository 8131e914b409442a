import { expect } from 'chai'
import fc from 'fast-check'
import { complementRanges, rangesOf } from '../../../../src/sales-core/conditions/facts/number-ranges.ts'
import type { NumberRanges } from '../../../../src/sales-core/conditions/facts/number-ranges.ts'
import { NumberSteps } from '../../../../src/sales-core/rules/index/columns/number-steps.ts'
import { postingsOf, wordsFor } from '../../../../src/sales-core/rules/index/columns/postings.ts'
import { Sieve } from '../../../../src/sales-core/rules/index/columns/sieve.ts'
import { positionsIn } from './positions-in.ts'

const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
const ranges: fc.Arbitrary<NumberRanges> = fc
  .tuple(
    fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const, '==' as const),
    number,
    fc.boolean(),
  )
  .map(([op, bound, isTurned]) => (isTurned ? complementRanges(rangesOf(op, bound)) : rangesOf(op, bound)))

function holds(all: NumberRanges, value: number): boolean {
  return all.some(
    ({ from, isFromOpen, to, isToOpen }) =>
      (value > from || (value === from && !isFromOpen)) && (value < to || (value === to && !isToOpen)),
  )
}

describe('NumberSteps', () => {
  it('lets through the ranges that hold a number, whichever candidates are left', () => {
    fc.assert(
      fc.property(fc.array(ranges, { minLength: 1, maxLength: 300 }), fc.array(number), (all, asked) => {
        const words = wordsFor(all.length)
        const steps = new NumberSteps(
          all.map((own, position) => ({ position, ranges: own })),
          words,
        )
        const sieve = new Sieve(words)
        for (const [every, value] of asked.entries()) {
          const left = all.flatMap((_, at) => (at % (1 + 9 * every) === 0 ? [at] : []))
          sieve.reset()
          sieve.begin()
          sieve.add(postingsOf(left, words))
          sieve.sift()
          sieve.begin()
          steps.addTo(sieve, value)
          sieve.sift()
          expect(positionsIn(sieve)).to.deep.equal(left.filter((at) => holds(all[at] ?? [], value)))
        }
      }),
    )
  })
})
