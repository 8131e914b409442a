import { newId } from '../../../src/kernel/ids.ts'
import { fingerprintOf } from '../../../src/messaging/dead-letters/dead-letter.ts'
import { describeEventIntakeStore } from '../../contracts/event-intake.contract.ts'
import { ManualClock } from '../manual-clock.ts'
import { MemoryEventIntake } from './memory-event-intake.ts'
import { MemoryEventLog, keyOf } from './memory-event-log.ts'

describe('MemoryEventIntake', () => {
  const clock = new ManualClock()
  const log = new MemoryEventLog({ clock, epochOf: () => '1', appliedSeq: () => 0 })
  const store = new MemoryEventIntake(log, clock)

  describeEventIntakeStore('memory', () => ({
    store,
    newTenant: async () => newId(),
    sequence: async (tenantId, leadId) =>
      log.rows
        .map(({ event }) => event)
        .filter((event) => keyOf(event) === `${tenantId}/default/lead/${leadId}`)
        .map(({ externalId, entitySeq }) => ({ externalId, entitySeq })),
    deadLetters: async (tenantId) =>
      store.letters
        .filter((letter) => letter.tenantId === tenantId)
        .map((letter) => ({
          ...letter,
          status: 'open',
          fingerprint: fingerprintOf(letter),
          replays: 0,
          createdAt: letter.id,
        })),
    expireKeys: async (tenantId) => store.expireKeys(tenantId),
  }))
})
