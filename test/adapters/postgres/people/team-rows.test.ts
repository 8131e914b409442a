import { expect } from 'chai'
import type pg from 'pg'
import { readTeams, writeTeams } from '../../../../src/adapters/postgres/people/team-rows.ts'
import { inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { LoggedEvent } from '../../../../src/messaging/events/event.ts'
import type { ShardLease } from '../../../../src/messaging/ownership/shard-leases.ts'
import type { Decision } from '../../../../src/sales-core/decide/decision.ts'
import type { TeamMove } from '../../../../src/sales-core/people/team-state.ts'
import { EventProcessor } from '../../../../src/sales-core/processing/event-processor.ts'
import { someLoggedEvent } from '../../../support/events.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { openOwnedDatabase, poolOf } from '../../../support/stores/owned-database.ts'
import type { OwnedDatabase } from '../../../support/stores/owned-database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

const config = salesConfig(`kind: Team
name: closers
members: [ { rep: a }, { rep: b, capacity: 5 }, { rep: c } ]
---
kind: RuleSet
name: r
rules: [ { id: give, on: lead.created, then: [ { assign: { team: closers, only: available } } ] } ]
`)

describe('teams on Postgres', () => {
  let opened: OwnedDatabase
  let app: pg.Pool
  let leases: readonly ShardLease[]
  before(async () => {
    opened = await openOwnedDatabase()
    app = poolOf(opened.test, 'neuronx_app')
    leases = opened.leases
  })
  after(async () => {
    await app.end()
    await opened.close()
  })

  function daemon(): EventProcessor {
    return new EventProcessor({
      store: opened.database.stores.decisions,
      configs: { configFor: async () => ({ config, unknownEvents: 'accept' }), document: async () => null },
      clock: systemClock,
      logger: silentLogger,
    })
  }

  /** So many leads of a new tenant, each with one event. */
  async function setup(count: number): Promise<{ tenantId: string; events: readonly LoggedEvent[] }> {
    const { intake, outbox } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const ids = Array.from({ length: count }, (_, index) => String(index + 1))
    const subject = (id: string) => ({ kind: 'lead', id })
    const all = ids.map((id) =>
      incoming({ tenantId, externalId: id, subject: subject(id), type: 'lead.created', data: { name: id } }),
    )
    await intake.acceptAll([request(tenantId, ...all)])
    const events: LoggedEvent[] = []
    for (const id of ids) events.push(...(await outbox.entityRange(tenantId, `default/lead/${id}`, 1, 2)))
    return { tenantId, events }
  }

  async function teamOf(tenantId: string) {
    const wanted = [{ tenantId, workspace: 'default', team: 'closers', members: ['a', 'b', 'c'] }]
    const [team] = await inTenants(app, [tenantId], async (client) => readTeams(client, wanted))
    return team!.state
  }

  it('stays fair and within capacity while two daemons pick from one team', async () => {
    const { tenantId, events } = await setup(41)
    const daemons = [daemon(), daemon()]
    const batches = Array.from({ length: 14 }, (_, index) => events.slice(index * 3, index * 3 + 3))
    await Promise.all(
      daemons.map(async (one, of) => {
        for (const [index, batch] of batches.entries()) if (index % 2 === of) await one.process(batch, leases)
      }),
    )
    const { turn, reps } = await teamOf(tenantId)
    expect(turn).to.equal(41)
    expect(reps.get('b')?.open).to.equal(5)
    expect([reps.get('a')?.open, reps.get('c')?.open].toSorted()).to.deep.equal([18, 18])
    const owners = new Map<string, number>()
    for (const { subject } of events) {
      const entity = await opened.database.stores.entities.byId(tenantId, 'default', subject)
      const owner = String(entity?.fields['owner'])
      owners.set(owner, (owners.get(owner) ?? 0) + 1)
    }
    expect(Object.fromEntries(owners), 'what leads say is what was counted').to.deep.equal({
      a: 18,
      b: 5,
      c: 18,
    })
  })

  it('turns once for an event, however often it comes', async () => {
    const { tenantId, events } = await setup(2)
    await daemon().process(events, leases)
    await daemon().process([...events, ...events], leases)
    expect((await teamOf(tenantId)).turn).to.equal(2)
  })

  it('forgets the turn of a transaction that was undone', async () => {
    const { tenantId, events } = await setup(2)
    const { decisions } = opened.database.stores
    const failing = new EventProcessor({
      store: {
        apply: async (given, held, decideAll) =>
          decisions.apply(given, held, async (loaded, teams) => {
            await decideAll(loaded, teams)
            throw new Error('killed')
          }),
      },
      configs: { configFor: async () => ({ config, unknownEvents: 'accept' }), document: async () => null },
      clock: systemClock,
      logger: silentLogger,
    })
    await failing.process(events, leases).catch(() => undefined)
    await daemon().process(events, leases)
    const { turn, reps } = await teamOf(tenantId)
    expect(turn).to.equal(2)
    expect([...reps].map(([rep, { open }]) => [rep, open])).to.deep.equal([
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ])
  })

  it('knows who has signed off', async () => {
    const { tenantId, events } = await setup(2)
    const { intake, outbox } = opened.database.stores
    const subject = { kind: 'rep', id: 'a' }
    const off = incoming({
      tenantId,
      externalId: 'off',
      subject,
      type: 'rep.availability',
      data: { available: false },
    })
    await intake.acceptAll([request(tenantId, off)])
    const one = daemon()
    await one.process(await outbox.entityRange(tenantId, 'default/rep/a', 1, 2), leases)
    await one.process(events, leases)
    const { reps } = await teamOf(tenantId)
    expect([reps.get('a')?.open, reps.get('b')?.open, reps.get('c')?.open]).to.deep.equal([0, 1, 1])
  })

  it('refuses a turn that somebody else took', async () => {
    const { id: tenantId } = await createTenant(opened.database)
    const event = someLoggedEvent({ tenantId })
    const decided = (...moves: readonly TeamMove[]) => [
      { event, decision: { teams: { used: [], moves } } as unknown as Decision },
    ]
    const write = async (...moves: readonly TeamMove[]) =>
      inTenants(app, [tenantId], async (client) => {
        await readTeams(client, [{ tenantId, workspace: 'default', team: 'closers', members: [] }])
        await writeTeams(client, decided(...moves))
      })
    await write({ move: 'picked', team: 'closers', rep: 'a', turn: 1 })
    const stale = await write({ move: 'picked', team: 'closers', rep: 'b', turn: 1 }).catch(
      (error: unknown) => error,
    )
    expect(stale).to.include({ code: 'NX-DB-RETRY', retryable: true })
    await write({ move: 'closed', team: 'closers', rep: 'a' }, { move: 'closed', team: 'closers', rep: 'a' })
    const { turn, reps } = await teamOf(tenantId)
    expect([turn, reps.get('a')?.open, reps.get('b')?.open]).to.deep.equal([1, 0, 0])
  })
})
