import { expect } from 'chai'
import { derivedId, newId } from '../../../src/kernel/ids.ts'
import type { NewDeadLetter } from '../../../src/messaging/dead-letters/dead-letter.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import { someCommand } from '../../support/commands.ts'
import { querySuperuser } from '../../support/database.ts'
import { decideSeen, waitingInstance } from '../../support/stores/decisions.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { openOwnedDatabase } from '../../support/stores/owned-database.ts'
import type { OwnedDatabase } from '../../support/stores/owned-database.ts'
import { createTenant } from '../../support/stores/tenants.ts'

describe('PostgresDecisionStore', () => {
  let opened: OwnedDatabase
  let leases: readonly ShardLease[]
  before(async () => {
    opened = await openOwnedDatabase()
    leases = opened.leases
  })
  after(async () => opened.close())

  /** A tenant with so many logged events of lead/42, external ids 1, 2, 3 … */
  async function setup(count: number): Promise<{ tenantId: string; events: readonly LoggedEvent[] }> {
    const { intake, outbox } = opened.database.stores
    const tenantId = (await createTenant(opened.database)).id
    const events = Array.from({ length: count }, (_, index) =>
      incoming({ tenantId, externalId: String(index + 1) }),
    )
    await intake.acceptAll([request(tenantId, ...events)])
    return { tenantId, events: await outbox.entityRange(tenantId, 'default/lead/42', 1, count + 1) }
  }

  const entity = async (tenantId: string) =>
    opened.database.stores.entities.byId(tenantId, 'default', { kind: 'lead', id: '42' })

  it('applies events once, however often and in whatever order they come', async () => {
    const { decisions } = opened.database.stores
    const { tenantId, events } = await setup(4)
    expect(await decisions.apply([events[1]!, events[0]!, events[1]!], leases, decideSeen())).to.deep.equal({
      applied: 2,
      duplicates: 1,
      repaired: 0,
      commands: 0,
      emitted: 0,
    })
    expect(await decisions.apply(events, leases, decideSeen())).to.include({ applied: 2, duplicates: 2 })
    expect(await decisions.apply(events, leases, decideSeen())).to.include({ applied: 0, duplicates: 4 })
    expect(await entity(tenantId)).to.deep.include({
      version: 4,
      appliedSeq: 4,
      fields: { seen: ['1', '2', '3', '4'] },
    })
    const history = await opened.database.stores.entities.history(
      tenantId,
      'default',
      { kind: 'lead', id: '42' },
      { limit: 3, cursor: null },
    )
    expect(history.items.map((item) => item.version)).to.deep.equal([4, 3, 2])
    const rest = await opened.database.stores.entities.history(
      tenantId,
      'default',
      { kind: 'lead', id: '42' },
      { limit: 3, cursor: history.cursor },
    )
    expect(rest.items.map((item) => item.version)).to.deep.equal([1])
    expect(rest.cursor).to.be.null
  })

  it('takes from the log what the bus left out', async () => {
    const { decisions } = opened.database.stores
    const { tenantId, events } = await setup(5)
    const report = await decisions.apply([events[4]!, events[2]!], leases, decideSeen())
    expect(report).to.include({ applied: 5, duplicates: 0, repaired: 3 })
    expect((await entity(tenantId))?.fields).to.deep.equal({ seen: ['1', '2', '3', '4', '5'] })
  })

  it('refuses to go on over an event that is nowhere', async () => {
    const { decisions } = opened.database.stores
    const { tenantId, events } = await setup(1)
    const phantom = { ...events[0]!, id: newId(), entitySeq: 3 }
    const error = await decisions.apply([phantom], leases, decideSeen()).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'NX-LOG-GAP')
    expect(await entity(tenantId)).to.be.null
  })

  it('writes nothing at all when the decision fails', async () => {
    const { decisions } = opened.database.stores
    const { tenantId, events } = await setup(2)
    const error = await decisions
      .apply(events, leases, async () => Promise.reject(new Error('cannot decide')))
      .catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(Error)
    expect(await entity(tenantId)).to.be.null
    await decisions.apply(events, leases, decideSeen())
    expect(await entity(tenantId)).to.include({ version: 2 })
  })

  it('refuses outcomes that leave an event out', async () => {
    const { decisions } = opened.database.stores
    const { events } = await setup(2)
    const error = await decisions
      .apply(events, leases, async (loaded) => (await decideSeen()(loaded)).slice(1))
      .catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'NX-DECISION-INCOMPLETE')
  })

  it('works only under the epoch that the shard has now', async () => {
    const { decisions, shardLeases } = opened.database.stores
    const { tenantId, events } = await setup(1)
    const stale = leases.map((lease) => ({ ...lease, epoch: String(BigInt(lease.epoch) - 1n) }))
    for (const held of [stale, []]) {
      const error = await decisions.apply(events, held, decideSeen()).catch((thrown: unknown) => thrown)
      expect(error).to.include({ code: 'NX-LEASE-LOST', retryable: true })
    }
    expect(await entity(tenantId)).to.be.null
    // A change of owner waits for the transaction that works under the old epoch.
    const order: string[] = []
    const releases: Promise<void>[] = []
    await decisions.apply(events, leases, async (loaded) => {
      releases.push(shardLeases.release('a').then(() => void order.push('released')))
      await querySuperuser(opened.test, 'select 1')
      order.push('decided')
      return decideSeen()(loaded)
    })
    order.push('committed')
    await Promise.all(releases)
    expect(order.indexOf('released')).to.be.above(order.indexOf('decided'))
    expect(await entity(tenantId)).to.include({ version: 1 })
    leases = await shardLeases.heartbeat({ daemonId: 'a', host: 'h', version: '1', leaseMs: 600_000 })
  })

  it("queues commands, logs emitted events in their entities' order, keeps instances and dead letters", async () => {
    const { decisions, messages, outbox, entities } = opened.database.stores
    const { tenantId, events } = await setup(1)
    const command = someCommand({
      tenantId,
      id: newId(),
      entityKey: 'default/lead/42',
      eventId: events[0]!.id,
      rootId: events[0]!.id,
    })
    const emitted = {
      ...events[0]!,
      id: newId(),
      type: 'lead.hot',
      origin: 'emitted' as const,
      depth: 1,
      causationId: events[0]!.id,
    }
    const elsewhere = { ...emitted, id: newId(), subject: { kind: 'company', id: '7' } }
    const instance = waitingInstance(events[0]!, '2099-01-01T00:00:00.000Z')
    const report = await decisions.apply(
      events,
      leases,
      decideSeen(() => ({
        commands: [command, command],
        emitted: [emitted, elsewhere],
        instances: [instance],
      })),
    )
    expect(report).to.deep.equal({ applied: 1, duplicates: 0, repaired: 0, commands: 1, emitted: 2 })
    expect(await messages.command(tenantId, command.id)).to.deep.include({
      state: 'ready',
      attempts: 0,
      error: null,
    })
    expect(
      (await outbox.entityRange(tenantId, 'default/lead/42', 2, 9)).map((event) => event.id),
    ).to.deep.equal([emitted.id])
    expect(
      (await outbox.entityRange(tenantId, 'default/company/7', 1, 9)).map((event) => event.id),
    ).to.deep.equal([elsewhere.id])
    const [kept] = (await entity(tenantId))?.instances ?? []
    expect(kept).to.deep.include({ id: instance.id, state: instance.state, vars: { greeted: true } })
    const list = await entities.list(tenantId, 'default', 'lead', { limit: 10, cursor: null })
    expect(list.items.map((item) => item.ref.id)).to.deep.equal(['42'])
    expect(await messages.counts(tenantId)).to.deep.include({
      eventsAccepted: 1,
      decisions: 1,
      workflowsStarted: 1,
      workflowsWaiting: 1,
    })
  })

  it('moves on over an event that is put among the dead letters', async () => {
    const { decisions, messages } = opened.database.stores
    const { tenantId, events } = await setup(3)
    const letter: NewDeadLetter = {
      id: derivedId('letter', events[2]!.id),
      tenantId,
      workspace: 'default',
      source: 'event',
      class: 'poison',
      code: 'NX-POISON',
      reason: 'it throws',
      integration: null,
      entityKey: 'default/lead/42',
      eventId: events[2]!.id,
      commandId: null,
      cause: null,
      payload: null,
    }
    await decisions.apply(events, leases, async (loaded) => [
      ...(await decideSeen()(loaded)).slice(0, 2),
      { event: events[2]!, state: 'dead', deadLetter: letter },
    ])
    expect(await entity(tenantId)).to.deep.include({
      version: 2,
      appliedSeq: 3,
      fields: { seen: ['1', '2'] },
    })
    expect(await messages.deadLetter(tenantId, letter.id)).to.include({
      status: 'open',
      code: 'NX-POISON',
      replays: 0,
    })
  })

  it('loads only waiting instances, as they were left', async () => {
    const { decisions } = opened.database.stores
    const { events } = await setup(3)
    const waiting = waitingInstance(events[0]!, null)
    const ended = waitingInstance(events[0]!, null, {
      state: { status: 'done', endedAt: events[0]!.acceptedAt },
    })
    await decisions.apply(
      [events[0]!],
      leases,
      decideSeen(() => ({ instances: [waiting, ended] })),
    )
    await decisions.apply([events[1]!], leases, async (loaded) => {
      const [found, ...others] = loaded[0]!.instances
      expect(others).to.deep.equal([])
      expect({ ...found, startedAt: Date.parse(found!.startedAt) }).to.deep.equal({
        ...waiting,
        startedAt: Date.parse(waiting.startedAt),
      })
      return decideSeen(() => ({
        instances: [
          {
            ...found!,
            seq: 2,
            state: { status: 'failed', endedAt: '2026-01-01T00:00:00.000Z', stepId: 'x', error: 'e' },
          },
        ],
      }))(loaded)
    })
    await decisions.apply([events[2]!], leases, async (loaded) => {
      expect(loaded[0]!.instances).to.deep.equal([])
      return decideSeen()(loaded)
    })
  })

  it('lets two transactions on overlapping entities come through one after the other', async () => {
    const { decisions, intake, outbox, entities } = opened.database.stores
    const tenantId = (await createTenant(opened.database)).id
    const leads = ['1', '2', '3', '4', '5']
    const all = leads.flatMap((id) =>
      ['x', 'y'].map((n) => incoming({ tenantId, externalId: `${id}${n}`, subject: { kind: 'lead', id } })),
    )
    await intake.acceptAll([request(tenantId, ...all)])
    const logged = (
      await Promise.all(leads.map(async (id) => outbox.entityRange(tenantId, `default/lead/${id}`, 1, 9)))
    ).flat()
    // New entities have no row to wait for: who comes second is refused and comes again, as the bus would have it.
    const applied = async (events: typeof logged): Promise<void> => {
      try {
        await decisions.apply(events, leases, decideSeen())
      } catch (error) {
        expect(error).to.include({ code: 'NX-DB-RETRY', retryable: true })
        await applied(events)
      }
    }
    await Promise.all([applied(logged), applied(logged.toReversed()), applied(logged.slice(3))])
    const { items } = await entities.list(tenantId, 'default', 'lead', { limit: 3, cursor: null })
    const more = await entities.list(tenantId, 'default', 'lead', {
      limit: 3,
      cursor: (await entities.list(tenantId, 'default', 'lead', { limit: 3, cursor: null })).cursor,
    })
    const found = [...items, ...more.items]
    expect(found.map((item) => item.ref.id).toSorted()).to.deep.equal(leads)
    for (const item of found)
      expect(item.fields).to.deep.equal({ seen: [`${item.ref.id}x`, `${item.ref.id}y`] })
  })
})
