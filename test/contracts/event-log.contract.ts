import { expect } from 'chai'
import { entityKey, shardOf } from '../../src/messaging/events/entity-key.ts'
import { decodeWireEvent } from '../../src/messaging/events/wire-event.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import type { ShardLease } from '../../src/messaging/ownership/shard-leases.ts'
import type { EventLogOutbox, OutgoingEvent } from '../../src/messaging/relay/event-log.ts'
import type { OverdueEvents } from '../../src/messaging/relay/overdue-events.ts'
import type { DecisionStore } from '../../src/sales-core/processing/decision-store.ts'
import { eventually } from '../support/eventually.ts'
import { decideSeen } from '../support/stores/decisions.ts'

/** The log with its three readers: relay, reconciler and processor. */
export interface EventLogHarness {
  readonly outbox: EventLogOutbox
  readonly overdue: OverdueEvents
  readonly decisions: DecisionStore
  newTenant(): Promise<string>
  /** Commits one event of `lead/<id>`. */
  accept(tenantId: string, externalId: string, leadId: string): Promise<void>
  /** All shards, under leases that hold. */
  leases(): Promise<readonly ShardLease[]>
  /** Somebody else takes all shards over. */
  loseLeases(): Promise<void>
  /** Begins a transaction that stays open; returns how to end it. */
  hold(): Promise<() => Promise<void>>
}

/** What the event log does, in memory and on Postgres. */
export function describeEventLog(name: string, harness: () => EventLogHarness): void {
  describe(`event log: ${name}`, () => {
    const shard = (tenantId: string, leadId: string): number =>
      shardOf(tenantId, entityKey('default', { kind: 'lead', id: leadId }))
    const idsOf = (rows: readonly OutgoingEvent[]) =>
      rows.map((row) => decodeWireEvent(row.message).externalId)

    /** A tenant with events of lead/42 (external ids 1 to n), and the lease of its shard. */
    async function setup(count: number) {
      const under = harness()
      const tenantId = await under.newTenant()
      const lease = (await under.leases()).filter((one) => one.shard === shard(tenantId, '42'))
      // Another test's tenant may have left events in the same shard.
      const before = (await under.outbox.unpublished(lease, 1_000)).at(-1)
      if (before !== undefined)
        await under.outbox.advance(lease.map((one) => ({ lease: one, to: before.position })))
      for (let n = 1; n <= count; n += 1) await under.accept(tenantId, String(n), '42')
      const own = (rows: readonly OutgoingEvent[]) =>
        rows.filter((row) => decodeWireEvent(row.message).tenantId === tenantId)
      const pending = async (max = 100) => own(await under.outbox.unpublished(lease, max))
      /** Other transactions in the cluster may hold the fence back for a moment. */
      const settled = async (ids: readonly string[]) =>
        await eventually(async () => {
          const rows = await pending()
          expect(idsOf(rows)).to.deep.equal(ids)
          return rows
        })
      const publish = async (row: OutgoingEvent | undefined) =>
        await under.outbox.advance(lease.map((one) => ({ lease: one, to: row!.position })))
      const late = async (olderThanMs = -60_000) =>
        own(await under.overdue.overdue(lease, { olderThanMs, perShardMax: 100 }))
      const events = async (): Promise<readonly LoggedEvent[]> =>
        await under.outbox.entityRange(tenantId, 'default/lead/42', 1, count + 1)
      return { ...under, tenantId, lease, pending, settled, publish, late, events }
    }

    it('hands out what was committed, in order, until the cursor passes it', async () => {
      const { settled, pending, publish } = await setup(3)
      const rows = await settled(['1', '2', '3'])
      expect(await publish(rows[1])).to.deep.equal([])
      expect(idsOf(await pending())).to.deep.equal(['3'])
      await publish(rows[0])
      expect(idsOf(await pending()), 'a cursor never goes back').to.deep.equal(['3'])
    })

    it('hands out at most so many of a shard', async () => {
      const { settled, pending } = await setup(3)
      await settled(['1', '2', '3'])
      expect(idsOf(await pending(2))).to.deep.equal(['1', '2'])
    })

    it('hands out nothing that an open transaction may still precede', async () => {
      const { accept, tenantId, hold, settled, pending } = await setup(0)
      const end = await hold()
      await accept(tenantId, 'behind', '42')
      expect(await pending()).to.deep.equal([])
      await end()
      await settled(['behind'])
    })

    it('hands out nothing, moves no cursor and applies nothing under a lease that was lost', async () => {
      const { settled, loseLeases, lease, publish, pending, late, decisions, events } = await setup(1)
      const [row] = await settled(['1'])
      await loseLeases()
      expect(await pending()).to.deep.equal([])
      expect(await publish(row)).to.deep.equal(lease.map((one) => one.shard))
      expect(await late()).to.deep.equal([])
      const error = await decisions
        .apply(await events(), lease, decideSeen())
        .catch((thrown: unknown) => thrown)
      expect(error).to.have.property('code', 'NX-LEASE-LOST')
    })

    it('calls overdue what was published long enough ago and is not applied', async () => {
      const { settled, publish, late, decisions, events, lease } = await setup(3)
      const rows = await settled(['1', '2', '3'])
      expect(await late(), 'not published').to.deep.equal([])
      await publish(rows[1])
      expect(idsOf(await late())).to.deep.equal(['1', '2'])
      expect(await late(3_600_000), 'too young').to.deep.equal([])
      await decisions.apply((await events()).slice(0, 1), lease, decideSeen())
      expect(idsOf(await late())).to.deep.equal(['2'])
    })

    it('tells where the log of a shard ends, published or not', async () => {
      const { settled, overdue, lease, publish } = await setup(2)
      const rows = await settled(['1', '2'])
      const shards = lease.map((one) => one.shard)
      const end = async () => [...(await overdue.newest(shards)).values()]
      expect(await end()).to.deep.equal([rows[1]?.position])
      await publish(rows[1])
      expect(await end()).to.deep.equal([rows[1]?.position])
    })

    it('applies once and in order, and takes from the log what was left out', async () => {
      const { decisions, events, lease } = await setup(3)
      const all = await events()
      const applied = await decisions.apply([all[2]!, all[1]!], lease, decideSeen())
      expect(applied).to.include({ applied: 3, duplicates: 0, repaired: 1 })
      expect(await decisions.apply(all, lease, decideSeen())).to.include({ applied: 0, duplicates: 3 })
    })

    it('applies all of a batch or nothing', async () => {
      const { decisions, events, lease } = await setup(2)
      const fails = async () => await Promise.reject(new Error('no decision'))
      const error = await decisions.apply(await events(), lease, fails).catch((thrown: unknown) => thrown)
      expect(error).to.be.an('error')
      expect(await decisions.apply(await events(), lease, decideSeen())).to.include({ applied: 2 })
    })
  })
}
