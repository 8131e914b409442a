import { expect } from 'chai'
import { noCrashPoints } from '../../../src/kernel/crash-points.ts'
import type { CrashPointName, CrashPoints } from '../../../src/kernel/crash-points.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { EventBus } from '../../../src/messaging/bus/event-bus.ts'
import { latencyQuantile } from '../../../src/messaging/ownership/daemon-stats.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { EventLogOutbox, LogPosition, OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { Relay } from '../../../src/messaging/relay/relay.ts'
import { eventually } from '../../support/eventually.ts'
import { allStored } from '../../support/outgoing.ts'

function outgoing(shard: number, pos: number): OutgoingEvent {
  return {
    position: { txid: '1', pos: String(pos) },
    shard,
    eventId: `event-${pos}`,
    tenantSlug: 'acme',
    entityKey: `default/lead/${shard}`,
    type: 'lead.created',
    message: '{}',
  }
}

/** An outbox in memory: rows behind the cursors of its shards. */
class MemoryOutbox implements Pick<EventLogOutbox, 'unpublished' | 'advance' | 'recordTrouble'> {
  readonly troubled: string[] = []
  readonly cursors = new Map<number, number>()
  readonly fenced = new Set<number>()
  readonly rows: OutgoingEvent[]

  constructor(rows: readonly OutgoingEvent[]) {
    this.rows = [...rows]
  }

  async unpublished(leases: readonly ShardLease[]): Promise<readonly OutgoingEvent[]> {
    const owned = new Set(leases.map(({ shard }) => shard))
    return this.rows.filter(
      (row) => owned.has(row.shard) && Number(row.position.pos) > (this.cursors.get(row.shard) ?? 0),
    )
  }

  async recordTrouble(eventIds: readonly string[]): Promise<void> {
    this.troubled.push(...eventIds)
  }

  async advance(moves: readonly { lease: ShardLease; to: LogPosition }[]): Promise<readonly number[]> {
    const lost = moves.filter(({ lease }) => this.fenced.has(lease.shard)).map(({ lease }) => lease.shard)
    for (const { lease, to } of moves)
      if (!this.fenced.has(lease.shard)) this.cursors.set(lease.shard, Number(to.pos))
    return lost
  }
}

function relayOver(
  outbox: MemoryOutbox,
  publish: EventBus['publish'],
  onLeaseLost = () => {},
  crashPoints: CrashPoints = noCrashPoints,
): Relay {
  return new Relay({
    outbox: outbox as unknown as EventLogOutbox,
    bus: { publish } as unknown as EventBus,
    leases: () => [
      { shard: 1, epoch: '1' },
      { shard: 2, epoch: '1' },
    ],
    onLeaseLost,
    clock: systemClock,
    logger: silentLogger,
    idleMs: 5,
    crashPoints,
  })
}

describe('the relay', () => {
  it('moves each cursor to the last event that the bus has stored, and no further', async () => {
    const outbox = new MemoryOutbox([outgoing(1, 1), outgoing(1, 2), outgoing(2, 3), outgoing(1, 4)])
    const published: string[] = []
    let stored = 3
    const relay = relayOver(outbox, async (events) => {
      const taken = events.slice(0, stored)
      stored = 0
      published.push(...taken.map(({ eventId }) => eventId))
      return allStored(events, taken.length)
    })
    await relay.start()
    await eventually(() => outbox.cursors.get(2) === 3)
    await relay.stop()
    expect(published).to.deep.equal(['event-1', 'event-2', 'event-3'])
    expect(Object.fromEntries(outbox.cursors)).to.deep.equal({ 1: 2, 2: 3 })
    expect(new Set(outbox.troubled)).to.deep.equal(new Set(['event-4']))
  })

  it('publishes again what it could not', async () => {
    const outbox = new MemoryOutbox([outgoing(1, 1)])
    let calls = 0
    const relay = relayOver(outbox, async (events) => {
      calls += 1
      if (calls === 1) throw new Error('the bus is away')
      return allStored(events)
    })
    await relay.start()
    await eventually(() => outbox.cursors.get(1) === 1)
    await relay.stop()
    expect(relay.failures).to.equal(1)
  })

  it('asks for its leases anew when a cursor would not move', async () => {
    const outbox = new MemoryOutbox([outgoing(1, 1)])
    outbox.fenced.add(1)
    let asked = 0
    const relay = relayOver(
      outbox,
      async (events) => allStored(events),
      () => (asked += 1),
    )
    await relay.start()
    await eventually(() => asked > 0)
    await relay.stop()
    expect(outbox.cursors.size).to.equal(0)
  })

  it('passes every place at which it may die, and publishes again what had not moved its cursor', async () => {
    const points: CrashPointName[] = [
      'relay.after_select',
      'relay.mid_batch',
      'relay.after_ack',
      'relay.after_cursor',
    ]
    for (const deadly of points) {
      const outbox = new MemoryOutbox([outgoing(1, 1), outgoing(2, 2)])
      const published: string[] = []
      let dies = true
      const crashPoints: CrashPoints = {
        reach: (point) => {
          if (point !== deadly || !dies) return
          dies = false
          throw new Error('killed')
        },
      }
      const relay = relayOver(
        outbox,
        async (events) => {
          published.push(...events.map(({ eventId }) => eventId))
          return allStored(events)
        },
        () => {},
        crashPoints,
      )
      await relay.start()
      await eventually(() => !dies && outbox.cursors.get(2) === 2)
      await relay.stop()
      const again = deadly === 'relay.mid_batch' || deadly === 'relay.after_ack'
      expect(published, deadly).to.have.length(again ? 4 : 2)
      expect(relay.failures, deadly).to.equal(1)
    }
  })

  it('measures from acceptance to the acknowledgement, per shard', async () => {
    const aged = { ...outgoing(1, 1), ageMs: 1_000 }
    const outbox = new MemoryOutbox([aged, outgoing(2, 2), outgoing(2, 3)])
    const relay = relayOver(outbox, async (events) => allStored(events, Math.min(events.length, 2)))
    await relay.start()
    await eventually(() => outbox.cursors.get(2) === 3)
    await relay.stop()
    const windows = relay.window.read()
    expect(windows['1']).to.include({ published: 1, retries: 0 })
    expect(latencyQuantile([windows['1']?.latency ?? {}], 0.5)).to.be.at.least(1_000)
    expect(windows['2']).to.deep.equal({ published: 2, retries: 1, latency: {} })
  })
})
