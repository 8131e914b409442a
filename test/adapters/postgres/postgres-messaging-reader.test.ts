import { expect } from 'chai'
import { newId } from '../../../src/kernel/ids.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import { querySuperuser } from '../../support/database.ts'
import { decideSeen } from '../../support/stores/decisions.ts'
import { eventually } from '../../support/eventually.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { all, claimSome, leadCommand, retryIn, succeeded } from '../../support/stores/queue.ts'
import { openOwnedDatabase } from '../../support/stores/owned-database.ts'
import type { OwnedDatabase } from '../../support/stores/owned-database.ts'
import { createTenant, testActor } from '../../support/stores/tenants.ts'

describe('PostgresMessagingReader', () => {
  let opened: OwnedDatabase
  let leases: readonly ShardLease[]
  before(async () => {
    opened = await openOwnedDatabase()
    leases = opened.leases
  })
  after(async () => opened.close())

  const accept = async (tenantId: string, ...externalIds: readonly string[]) => {
    const events = externalIds.map((externalId) =>
      incoming({ tenantId, externalId, type: `lead.${externalId[0]}` }),
    )
    await opened.database.stores.intake.acceptAll([request(tenantId, ...events)])
    return events.map((event) => event.event)
  }

  it('pages through events, newest first, each once', async () => {
    const { messages } = opened.database.stores
    const { id } = await createTenant(opened.database)
    await accept(id, 'a1', 'a2', 'b3')
    await accept(id, 'a4', 'b5')
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await messages.events(id, {}, { limit: 2, cursor })
      expect(page.items).to.have.length.at.most(2)
      seen.push(...page.items.map((event) => event.externalId))
      cursor = page.cursor
    } while (cursor !== null)
    expect(seen).to.deep.equal(['b5', 'a4', 'b3', 'a2', 'a1'])
    const typed = await messages.events(id, { type: 'lead.b' }, { limit: 10, cursor: null })
    expect(typed.items.map((event) => event.externalId)).to.deep.equal(['b5', 'b3'])
    const entity = { workspace: 'default', kind: 'lead', id: 'other' }
    expect((await messages.events(id, { entity }, { limit: 10, cursor: null })).items).to.deep.equal([])
    expect(
      (await messages.events(id, { since: '2099-01-01T00:00:00Z' }, { limit: 10, cursor: null })).items,
    ).to.deep.equal([])
  })

  it('tails what is accepted after the cursor, in order', async () => {
    const { messages } = opened.database.stores
    const { id } = await createTenant(opened.database)
    await accept(id, 'before')
    let cursor = ''
    await eventually(async () => {
      cursor = (await messages.eventsAfter(id, null, 10)).cursor
      expect((await messages.eventsAfter(id, cursor, 10)).items).to.deep.equal([])
    })
    const seen: string[] = []
    await accept(id, 'a1', 'a2', 'a3')
    await accept(id, 'a4')
    await eventually(async () => {
      const next = await messages.eventsAfter(id, cursor, 2)
      cursor = next.cursor
      seen.push(...next.items.map((event) => event.externalId))
      return seen.length >= 4
    })
    expect(seen).to.deep.equal(['a1', 'a2', 'a3', 'a4'])
  })

  it('shows nothing of another tenant, whatever is asked for', async () => {
    const { messages } = opened.database.stores
    const [tenant, other] = [await createTenant(opened.database), await createTenant(opened.database)]
    const [event] = await accept(tenant.id, 'a1')
    expect(await messages.event(tenant.id, event!.id)).to.deep.include({ id: event!.id, status: 'pending' })
    expect(await messages.event(other.id, event!.id)).to.be.null
    expect(await messages.trace(other.id, event!.id)).to.be.null
    expect((await messages.events(other.id, {}, { limit: 10, cursor: null })).items).to.deep.equal([])
  })

  it('says that a cursor is wrong instead of beginning anew', async () => {
    const { messages, entities } = opened.database.stores
    const { id } = await createTenant(opened.database)
    for (const cursor of ['', 'x', 'WzFd', Buffer.from('["a","b"]').toString('base64url')]) {
      const page = { limit: 5, cursor }
      const calls = [
        messages.events(id, {}, page),
        messages.commands(id, {}, page),
        messages.deadLetters(id, {}, page),
        messages.outbox(id, {}, page),
        messages.eventsAfter(id, cursor, 5),
        entities.list(id, 'default', 'lead', page),
      ]
      for (const call of calls) {
        expect(await call.catch((error: unknown) => error), cursor).to.have.property('code', 'NX-CURSOR')
      }
    }
    for (const unknown of ['', 'x', newId()]) {
      expect(await messages.event(id, unknown)).to.be.null
      expect(await messages.command(id, unknown)).to.be.null
      expect(await messages.deadLetter(id, unknown)).to.be.null
      expect(await messages.trace(id, unknown)).to.be.null
    }
  })

  it('traces from any event of a chain to its root, and down again through command and result', async () => {
    const { messages, outbox, decisions, commands } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const [root] = await accept(tenantId, 'a1')
    const command = leadCommand(tenantId, '42', {
      eventId: root!.id,
      rootId: root!.id,
      cause: 'RuleSet/r#x',
      routeResult: true,
    })
    const rules = [{ rule: 'r#x', outcome: 'fired' as const, actions: ['call sink.hit'] }]
    const trace = { rules, scores: [], workflows: [], notes: [] }
    await decisions.apply(
      await outbox.entityRange(tenantId, 'default/lead/42', 1, 2),
      leases,
      decideSeen(() => ({ commands: [command], trace })),
    )
    await commands.settle(all(await claimSome(commands), retryIn(0)))
    expect(await messages.command(tenantId, command.id)).to.deep.include({ state: 'ready', attempts: 1 })
    expect((await messages.command(tenantId, command.id))?.error).to.include({ status: 500 })
    await commands.settle(all(await claimSome(commands), succeeded))
    const [result] = await outbox.entityRange(tenantId, 'default/lead/42', 2, 3)
    const tree = await messages.trace(tenantId, result!.id)
    expect(tree).to.include({ kind: 'event', id: root!.id, ms: 0 })
    const decided = tree!.children[0]!
    expect(decided.kind).to.equal('decision')
    const asked = decided.children[0]!.children[0]!
    expect(asked).to.include({ kind: 'command', id: command.id })
    expect(asked.detail).to.include({ state: 'succeeded', attempts: 2, durationMs: 12 })
    expect(asked.children[0]).to.include({ kind: 'event', id: result!.id, title: 'command.succeeded' })
    const listed = await messages.commands(
      tenantId,
      { state: 'succeeded', integration: 'sink' },
      { limit: 5, cursor: null },
    )
    expect(listed.items.map((view) => view.command.id)).to.deep.equal([command.id])
    expect((await messages.counts(tenantId)).commands).to.include({ succeeded: 1, dead: 0, ready: 0 })
  })

  it('tells of a row of the outbox where it stands, what the bus said, and what became of it', async () => {
    const { messages, outbox, decisions } = opened.database.stores
    const [{ id: tenantId }, other] = [
      await createTenant(opened.database),
      await createTenant(opened.database),
    ]
    const [first, second] = await accept(tenantId, 'a1', 'a2')
    const entry = async (id: string) => messages.outboxEntry(tenantId, id)
    const before = await entry(second!.id)
    expect(before).to.deep.include({ status: 'pending', entitySeq: 2, retryCount: 0, trouble: null })
    expect(before?.progress).to.deep.equal({ state: 'waiting', before: 1 })
    const listed = await messages.outbox(tenantId, {}, { limit: 9, cursor: null })
    expect(before).to.deep.include(listed.items.find(({ id }) => id === second!.id)!)
    await outbox.recordTrouble([second!.id], 'the bus is full')
    const range = await outbox.entityRange(tenantId, 'default/lead/42', 1, 2)
    await decisions.apply(
      range,
      leases,
      decideSeen(() => ({})),
    )
    expect((await entry(first!.id))?.progress).to.deep.include({ state: 'applied', entityVersion: 1 })
    const after = await entry(second!.id)
    expect(after).to.deep.include({ retryCount: 1, subject: { kind: 'lead', id: '42' } })
    expect(after?.trouble?.error).to.equal('the bus is full')
    expect(after?.progress).to.deep.equal({ state: 'waiting', before: 0 })
    expect(await messages.outboxEntry(other.id, first!.id), 'of another tenant').to.equal(null)
    for (const unknown of ['', 'x', newId()]) expect(await entry(unknown)).to.equal(null)
  })

  it('counts a shard whose lease has run out as nobody’s', async () => {
    const { messages } = opened.database.stores
    expect((await messages.outboxStats()).shards.every(({ owner }) => owner === 'a')).to.equal(true)
    await querySuperuser(opened.test, `update shard set lease_until = now() - interval '1 s' where shard = 5`)
    const orphans = (await messages.outboxStats()).shards.filter(({ owner }) => owner === null)
    expect(orphans.map(({ shard }) => shard)).to.deep.equal([5])
    await querySuperuser(opened.test, `update shard set lease_until = now() + interval '1 h' where shard = 5`)
  })

  it('filters dead letters, and replays one of a rule as an event for that rule only', async () => {
    const { messages, intake, deadLetters, outbox } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const [event] = await accept(tenantId, 'a1')
    const letter = {
      id: newId(),
      tenantId,
      workspace: 'default',
      source: 'rule' as const,
      class: 'poison' as const,
      code: 'NX-RULE',
      reason: 'r',
      integration: null,
      entityKey: 'default/lead/42',
      eventId: event!.id,
      commandId: null,
      cause: 'RuleSet/inbound#hot',
      payload: {},
    }
    const webhook = {
      ...letter,
      id: newId(),
      source: 'webhook' as const,
      class: 'invalid' as const,
      eventId: null,
      cause: null,
    }
    await intake.acceptAll([{ tenantId, events: [], deadLetters: [letter, webhook, letter] }])
    const invalid = await messages.deadLetters(
      tenantId,
      { class: 'invalid', status: 'open' },
      { limit: 5, cursor: null },
    )
    expect(invalid.items.map((item) => item.id)).to.deep.equal([webhook.id])
    const results = await deadLetters.replay(
      tenantId,
      [letter.id, webhook.id],
      { includeInDoubt: false },
      testActor,
      null,
    )
    expect(results.map((result) => result.state)).to.deep.equal(['replayed', 'skipped'])
    const [replay] = await outbox.entityRange(tenantId, 'default/lead/42', 2, 9)
    expect(replay).to.deep.include({
      origin: 'replay',
      only: 'inbound/hot',
      causationId: event!.id,
      type: event!.type,
      data: event!.data,
    })
    expect(await messages.deadLetter(tenantId, letter.id)).to.include({ status: 'resolved', replays: 1 })
  })
})
