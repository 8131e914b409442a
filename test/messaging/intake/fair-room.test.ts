import { expect } from 'chai'
import * as fc from 'fast-check'
import { FairRoom } from '../../../src/messaging/intake/fair-room.ts'

describe('the fair room', () => {
  it('leaves half of itself to others however much one tenant asks for', () => {
    const room = new FairRoom(100)
    let held = 0
    while (room.take('flood', 1, 1)) held += 1
    expect(held).to.equal(50)
    expect(room.take('other', 20, 1)).to.equal(true)
  })

  it('gives a heavier tenant more of it', () => {
    const room = new FairRoom(120)
    const fill = (tenant: string, weight: number): number => {
      let held = 0
      while (room.take(tenant, 1, weight)) held += 1
      return held
    }
    expect(fill('light', 1)).to.equal(60)
    expect(fill('heavy', 3)).to.equal(45)
  })

  it('holds a tenant to its own limit', () => {
    const room = new FairRoom(100)
    const taken = Array.from({ length: 20 }, () => room.take('a', 1, 1, 5))
    expect(taken.filter(Boolean)).to.have.length(5)
  })

  it('never holds more than it has room for, and is empty when everything is given back', () => {
    const step = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 30 }),
      weight: fc.integer({ min: 1, max: 5 }),
      release: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const room = new FairRoom(50)
        const taken: Array<{ tenant: string; count: number }> = []
        for (const { tenant, count, weight, release } of steps) {
          const held = taken.reduce((sum, item) => sum + item.count, 0)
          const wasEmpty = !taken.some((item) => item.tenant === tenant)
          if (release) {
            const [last] = taken.splice(-1)
            if (last !== undefined) room.release(last.tenant, last.count)
          } else if (room.take(tenant, count, weight)) taken.push({ tenant, count })
          else if (wasEmpty && count <= 50 - held)
            throw new Error('A newcomer was refused although there is room')
          if (room.total > 50) throw new Error('It holds more than it has room for')
        }
        for (const { tenant, count } of taken) room.release(tenant, count)
        expect(room.total).to.equal(0)
      }),
    )
  })
})
