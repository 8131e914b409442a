import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type {
  FailoverMove,
  FailoverQueue,
  ShutGate,
  StuckCommand,
} from '../../../src/messaging/dispatch/failover.ts'
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

  it('keeps no gate waiting for one before it that cannot be looked at, or moved', async () => {
    const tenantId = newId()
    const gates = ['unread', 'unmoved', 'well'].map((integration): ShutGate => ({
      tenantId,
      integration,
      breaker: 'open',
      reason: '',
      shutMs: 1,
    }))
    let told = 0
    const loop = new FailoverLoop({
      queue: {
        shutGates: async () => gates,
        stuckBehind: async ({ integration }) => {
          if (integration === 'unread') throw new Error('It cannot be read')
          return { stuck: [{} as StuckCommand], next: null }
        },
        move: async ([move]) => {
          if (move?.why === 'unmoved') throw new Error('It cannot be moved')
          return new Set(['moved'])
        },
      },
      plans: {
        mayMove: async () => true,
        plan: async (_stuck, { integration }) => ({ why: integration }) as FailoverMove,
      },
      clock: systemClock,
      logger: silentLogger,
      onMoved: () => (told += 1),
    })
    expect(await loop.round()).to.equal(1)
    expect(loop.counters).to.deep.equal({ moved: 1, unreadable: 2 })
    expect(told).to.equal(1)
  })
})
