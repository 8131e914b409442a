import { newId } from '../../src/kernel/ids.ts'
import { fingerprintOf } from '../../src/messaging/dead-letters/dead-letter.ts'
import { describeCommandQueue } from '../contracts/command-queue.contract.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryCommandQueue } from './memory-command-queue.ts'

describe('MemoryCommandQueue', () => {
  let clock = new ManualClock('2026-11-01T12:00:00.000Z')
  let queue = new MemoryCommandQueue(clock)

  describeCommandQueue('memory', () => ({
    queue,
    doubts: queue,
    newTenant: async () => newId(),
    enqueue: async (...commands) => queue.enqueue(commands),
    states: async (...commands) => commands.map(({ id }) => queue.stateOf(id) ?? 'cancelled'),
    expireLeases: async () => queue.expireLeases(),
    advance: async (ms) => clock.advance(ms),
    deadLetters: async (tenantId) =>
      queue.letters
        .filter((letter) => letter.tenantId === tenantId)
        .map((letter) => ({
          ...letter,
          fingerprint: fingerprintOf(letter),
          replays: 0,
          createdAt: letter.id,
        })),
    results: async (tenantId) =>
      queue.results
        .filter(({ event }) => event.tenantId === tenantId)
        .map(({ event, routed }) => ({ ...event, entitySeq: routed ? 1 : null })),
    reset: async () => {
      clock = new ManualClock('2026-11-01T12:00:00.000Z')
      queue = new MemoryCommandQueue(clock)
    },
  }))
})
