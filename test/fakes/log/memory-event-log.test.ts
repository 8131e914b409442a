import { newId } from '../../../src/kernel/ids.ts'
import { shardCount } from '../../../src/messaging/events/entity-key.ts'
import { describeEventLog } from '../../contracts/event-log.contract.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { ManualClock } from '../manual-clock.ts'
import { MemoryEntityStore } from './memory-entity-store.ts'
import { MemoryEventIntake } from './memory-event-intake.ts'
import { MemoryEventLog } from './memory-event-log.ts'

describe('MemoryEventLog', () => {
  const clock = new ManualClock()
  let epoch = 1
  const epochOf = (): string => String(epoch)
  const log: MemoryEventLog = new MemoryEventLog({
    clock,
    epochOf,
    appliedSeq: (...entity) => decisions.appliedSeq(...entity),
  })
  const decisions = new MemoryEntityStore({ log, epochOf, enqueue: () => {} })
  const intake = new MemoryEventIntake(log, clock)

  describeEventLog('memory', () => ({
    outbox: log,
    overdue: log,
    decisions,
    newTenant: async () => newId(),
    accept: async (tenantId, externalId, id) => {
      const subject = { kind: 'lead', id }
      await intake.acceptAll([request(tenantId, incoming({ tenantId, externalId, subject }))])
    },
    leases: async () => Array.from({ length: shardCount }, (_, shard) => ({ shard, epoch: epochOf() })),
    loseLeases: async () => void (epoch += 1),
    hold: async () => {
      const held = log.begin([])
      return async () => held?.abort()
    },
  }))
})
