import { expect } from 'chai'
import fc from 'fast-check'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { EventBus } from '../../../src/messaging/bus/event-bus.ts'
import { sortOut } from '../../../src/messaging/bus/publication.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { EventLogOutbox, LogPosition, OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { Relay } from '../../../src/messaging/relay/relay.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { MemoryEventBus } from '../../fakes/memory-event-bus.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { outgoing } from '../../support/outgoing.ts'

const shards = [0, 1, 2, 3]
const leases: readonly ShardLease[] = shards.map((shard) => ({ shard, epoch: '1' }))

/** The event at a place of the log; the shard and the lead it belongs to. */
function eventAt(pos: number, shard: number, lead: number): OutgoingEvent {
  const externalId = `e${pos}`
  const subject = { kind: 'lead', id: `${shard}-${lead}` }
  return {
    ...outgoing(someLoggedEvent({ id: externalId, externalId, shard, subject, entitySeq: pos })),
    position: { txid: '1', pos: String(pos) },
  }
}

/** A log in memory, a bus that remembers in which order it stored each shard's events, and a relay between them, round by round. */
function setup(rows: readonly OutgoingEvent[], perShardMax = 5) {
  const clock = new ManualClock()
  const bus = new MemoryEventBus()
  const cursors = new Map<number, number>()
  const behind = (shard: number): OutgoingEvent[] =>
    rows.filter((row) => row.shard === shard && Number(row.position.pos) > (cursors.get(shard) ?? 0))
  const stored = new Map<number, string[]>(shards.map((shard) => [shard, []]))
  const tried: string[] = []
  const troubled: string[] = []
  const publish: EventBus['publish'] = async (events) => {
    tried.push(...events.map(({ eventId }) => eventId))
    const publication = await bus.publish(events)
    for (const { shard, eventId } of sortOut(events, publication).stored) stored.get(shard)?.push(eventId)
    return publication
  }
  const outbox = {
    unpublished: async (owned: readonly ShardLease[]) =>
      owned.flatMap(({ shard }) => behind(shard).slice(0, perShardMax)),
    advance: async (moves: readonly { lease: ShardLease; to: LogPosition }[]) => {
      for (const { lease, to } of moves) {
        expect(Number(to.pos)).to.be.above(cursors.get(lease.shard) ?? 0)
        cursors.set(lease.shard, Number(to.pos))
      }
      return []
    },
    recordTrouble: async (eventIds: readonly string[]) => void troubled.push(...eventIds),
  }
  const relay = new Relay({
    outbox: outbox as unknown as EventLogOutbox,
    bus: { publish } as unknown as EventBus,
    leases: () => leases,
    onLeaseLost: () => {},
    clock,
    logger: silentLogger,
    idleMs: 60_000,
  })
  const rounds = async (count: number, eachMs = 0): Promise<void> => {
    for (let round = 0; round < count; round += 1) {
      const until = relay.rounds + 1
      await relay.start()
      while (relay.rounds < until) {
        relay.wake()
        await new Promise((resolve) => setImmediate(resolve))
      }
      await relay.stop()
      clock.advance(eachMs)
    }
  }
  return { bus, relay, clock, stored, tried, troubled, behind, rounds }
}

describe('the relay and a bus that refuses events', () => {
  it('goes on with all other shards to their ends, whatever is refused; skips nothing and keeps each order', async () => {
    const row = fc.record({
      shard: fc.constantFrom(...shards),
      lead: fc.nat(2),
      refused: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60, size: 'max' }), async (rows) => {
        const events = rows.map(({ shard, lead }, index) => eventAt(index + 1, shard, lead))
        const refused = new Set(rows.flatMap((one, index) => (one.refused ? [`e${index + 1}`] : [])))
        const { bus, relay, stored, behind, rounds, troubled } = setup(events)
        bus.refuses = ({ eventId }) => refused.has(eventId)
        await rounds(20, 1_000)
        for (const shard of shards) {
          const all = events.filter((event) => event.shard === shard).map(({ eventId }) => eventId)
          const gap = all.findIndex((eventId) => refused.has(eventId))
          expect(stored.get(shard)).to.deep.equal(gap === -1 ? all : all.slice(0, gap))
          expect(behind(shard).map(({ eventId }) => eventId)).to.deep.equal(gap === -1 ? [] : all.slice(gap))
          const told = relay.refused().find((one) => one.shard === shard)
          expect(told?.eventId).to.equal(gap === -1 ? undefined : all[gap])
          if (gap !== -1) expect(troubled).to.include(all[gap])
        }
        // The bus learns to take them: nothing was skipped, nothing overtook.
        bus.refuses = () => false
        await rounds(20, 31_000)
        for (const shard of shards) {
          const all = events.filter((event) => event.shard === shard).map(({ eventId }) => eventId)
          expect(stored.get(shard)).to.deep.equal(all)
        }
        expect(relay.refused()).to.deep.equal([])
      }),
      { numRuns: 60 },
    )
  })

  it('tries a refused event alone, less and less often, and within 30 s once it would be taken', async () => {
    const { bus, rounds, tried } = setup([eventAt(1, 0, 0), eventAt(2, 0, 1), eventAt(3, 0, 2)])
    bus.refuses = ({ eventId }) => eventId === 'e1'
    await rounds(1)
    expect(tried).to.deep.equal(['e1', 'e2', 'e3'])
    await rounds(600, 500)
    expect(new Set(tried.slice(3))).to.deep.equal(new Set(['e1']))
    // 1, 2, 4, 8, 16 s, then every 30 s.
    expect(tried.length - 3).to.be.within(10, 16)
    bus.refuses = () => false
    await rounds(62, 500)
    expect(tried.slice(-2)).to.deep.equal(['e2', 'e3'])
  })

  it('takes up every shard soon after a bus that was away', async () => {
    const { bus, relay, rounds, behind } = setup(shards.map((shard) => eventAt(shard + 1, shard, 0)))
    bus.reachable = false
    await rounds(20, 500)
    expect(relay.refused()).to.deep.equal([])
    bus.reachable = true
    await rounds(2, 500)
    expect(shards.flatMap(behind)).to.deep.equal([])
  })
})
