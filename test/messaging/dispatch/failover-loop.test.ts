import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { FailoverQueue, ShutGate } from '../../../src/messaging/dispatch/failover.ts'
import { FailoverLoop } from '../../../src/messaging/dispatch/failover-loop.ts'
import { eventually } from '../../support/eventually.ts'

describe('the failover loop', () => {
  it('looks at all shut gates before it waits, and reads no command of a tenant that names no failover', async () => {
    const [tenantId, other] = [newId(), newId()]
    const gates = Array.from({ length: 120 }, (_, n): ShutGate => {
      const integration = `i${String(n).padStart(3, '0')}`
      return { tenantId: n % 2 === 0 ? tenantId : other, integration, breaker: 'open', reason: '', shutMs: 1 }
    })
    const looked: string[] = []
    const queue: FailoverQueue = {
      shutGates: async (after, max) =>
        gates.filter(({ integration }) => integration > (after?.integration ?? '')).slice(0, max),
      stuckBehind: async ({ integration }) => {
        looked.push(integration)
        return { stuck: [], next: null }
      },
      move: async () => new Set(),
    }
    const loop = new FailoverLoop({
      queue,
      plans: { mayMove: async (id) => id === tenantId, plan: async () => null },
      clock: systemClock,
      logger: silentLogger,
      onMoved: () => {},
      idleMs: 3_600_000,
    })
    await loop.start()
    await eventually(() => looked.length >= 60)
    await loop.stop()
    const mayMove = gates.filter((gate) => gate.tenantId === tenantId)
    expect(looked).to.deep.equal(mayMove.map(({ integration }) => integration))
  })
})
