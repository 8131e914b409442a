import { expect } from 'chai'
import * as fc from 'fast-check'
import { IntakeQueue } from '../../../src/messaging/intake/intake-queue.ts'
import { defaultIntakeLimits } from '../../../src/messaging/intake/tenant-limits.ts'

const weights: Readonly<Record<string, number>> = { heavy: 3 }
const limits = {
  intake: (tenantId: string) => ({ ...defaultIntakeLimits, weight: weights[tenantId] ?? 1 }),
}
const waiter = (tenantId: string, size = 1, sinceMs = 0) => ({ tenantId, size, sinceMs })

function filled(capacity: number, ...waiters: readonly ReturnType<typeof waiter>[]) {
  const queue = new IntakeQueue<ReturnType<typeof waiter>>(capacity, limits)
  for (const one of waiters) expect(queue.push(one)).to.equal(true)
  return queue
}

const many = (tenantId: string, count: number) => Array.from({ length: count }, () => waiter(tenantId))

describe('the intake queue', () => {
  it('takes a newcomer into the next batch however many of another tenant wait before it', () => {
    const queue = filled(10_000, ...many('flood', 4_000), waiter('other'))
    expect(queue.take(200).filter(({ tenantId }) => tenantId === 'other')).to.have.length(1)
  })

  it('divides a batch by weight', () => {
    const queue = filled(10_000, ...many('light', 1_000), ...many('heavy', 1_000))
    const batch = queue.take(800)
    const heavy = batch.filter(({ tenantId }) => tenantId === 'heavy').length
    expect([batch.length, heavy]).to.deep.equal([800, 600])
  })

  it('takes a request that is larger than a turn, alone if it must', () => {
    const queue = filled(10_000, waiter('a', 1_900), waiter('b', 500))
    expect(queue.take(2_000).map(({ size }) => size)).to.deep.equal([500])
    expect(queue.take(2_000).map(({ size }) => size)).to.deep.equal([1_900])
    expect(queue.isEmpty).to.equal(true)
  })

  it('takes out who waited too long, and nobody else', () => {
    const queue = filled(100, waiter('a', 1, 10), waiter('a', 1, 30), waiter('b', 1, 20))
    expect(queue.takeOlder(25).map(({ sinceMs }) => sinceMs)).to.have.members([10, 20])
    expect(queue.events).to.equal(1)
  })

  it('hands out every request once, those of a tenant in their order, none above the size of a batch', () => {
    const arbitrary = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'heavy'), fc.integer({ min: 1, max: 120 }), fc.boolean()),
      { maxLength: 100 },
    )
    fc.assert(
      fc.property(arbitrary, (steps) => {
        const queue = new IntakeQueue<ReturnType<typeof waiter>>(2_000, limits)
        const pushed: ReturnType<typeof waiter>[] = []
        const taken: ReturnType<typeof waiter>[] = []
        const take = (): void => {
          const batch = queue.take(150)
          expect(batch.reduce((sum, { size }) => sum + size, 0)).to.be.at.most(150)
          taken.push(...batch)
        }
        for (const [tenantId, size, alsoTake] of steps) {
          const one = waiter(tenantId, size, pushed.length)
          if (queue.push(one)) pushed.push(one)
          if (alsoTake) take()
        }
        while (!queue.isEmpty) take()
        expect(queue.events).to.equal(0)
        for (const tenant of ['a', 'b', 'heavy']) {
          const of = (list: typeof taken) => list.filter(({ tenantId }) => tenantId === tenant)
          expect(of(taken)).to.deep.equal(of(pushed))
        }
      }),
    )
  })
})
