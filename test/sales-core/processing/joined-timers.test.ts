import { expect } from 'chai'
import { joinedTimers } from '../../../src/sales-core/processing/joined-timers.ts'

/** A kind of timers of which so many are due. */
function kind(due: number) {
  const fired: number[] = []
  return {
    fired,
    fireDue: async (_shards: readonly number[], max: number) => {
      const count = Math.min(due, max)
      due -= count
      fired.push(count)
      return count
    },
    nextDueMs: async () => (due > 0 ? 0 : null),
  }
}

describe('joinedTimers', () => {
  it('fires no more in a round than it may, however many kinds there are', async () => {
    const joined = joinedTimers([kind(100), kind(100), kind(100)])
    for (let round = 0; round < 3; round += 1) expect(await joined.fireDue([1], 10)).to.equal(10)
  })

  it('lets each kind be first in its turn: a flood of one does not hold up the others', async () => {
    const [flood, few] = [kind(1_000), kind(3)]
    const joined = joinedTimers([flood, few])
    expect(await joined.fireDue([1], 10)).to.equal(10)
    expect(few.fired).to.deep.equal([])
    expect(await joined.fireDue([1], 10)).to.equal(10)
    expect(few.fired).to.deep.equal([3])
    expect(flood.fired).to.deep.equal([10, 7])
  })

  it('says when the first of any kind is due', async () => {
    expect(await joinedTimers([kind(0), kind(1)]).nextDueMs([1])).to.equal(0)
    expect(await joinedTimers([kind(0)]).nextDueMs([1])).to.equal(null)
  })
})
