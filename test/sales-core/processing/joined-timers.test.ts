import { expect } from 'chai'
import { joinedTimers as joined } from '../../../src/sales-core/processing/joined-timers.ts'

/** A kind of timers of which so many are due. */
function kind(due: number) {
  const fired: number[] = []
  return {
    fired,
    isDue: () => due > 0,
    fireDue: async (_shards: readonly number[], max: number) => {
      const count = Math.min(due, max)
      due -= count
      fired.push(count)
      return count
    },
    nextDueMs: async () => (due > 0 ? 0 : null),
  }
}

function joinedTimers(kinds: readonly ReturnType<typeof kind>[]) {
  return joined(kinds, async () => kinds.map(({ isDue }) => isDue()))
}

describe('joinedTimers', () => {
  it('fires no more in a round than it may, however many kinds there are', async () => {
    const timers = joinedTimers([kind(100), kind(100), kind(100)])
    for (let round = 0; round < 3; round += 1) expect(await timers.fireDue([1], 10)).to.equal(10)
  })

  it('lets each kind be first in its turn: a flood of one does not hold up the others', async () => {
    const [flood, few] = [kind(1_000), kind(3)]
    const timers = joinedTimers([flood, few])
    expect(await timers.fireDue([1], 10)).to.equal(10)
    expect(few.fired).to.deep.equal([])
    expect(await timers.fireDue([1], 10)).to.equal(10)
    expect(few.fired).to.deep.equal([3])
    expect(flood.fired).to.deep.equal([10, 7])
  })

  it('asks no kind of which none is due', async () => {
    const [none, some] = [kind(0), kind(2)]
    expect(await joinedTimers([none, some]).fireDue([1], 10)).to.equal(2)
    expect(none.fired).to.deep.equal([])
  })

  it('says when the first of any kind is due', async () => {
    expect(await joinedTimers([kind(0), kind(1)]).nextDueMs([1])).to.equal(0)
    expect(await joinedTimers([kind(0)]).nextDueMs([1])).to.equal(null)
  })
})
