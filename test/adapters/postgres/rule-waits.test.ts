import { expect } from 'chai'
import { derivedId, newId } from '../../../src/kernel/ids.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import { entityKey } from '../../../src/messaging/events/entity-key.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import type { Current } from '../../../src/sales-core/processing/decide-event.ts'
import { afterwards, decideEvent } from '../../../src/sales-core/processing/decide-event.ts'
import type { EventOutcome, LoadedEntity } from '../../../src/sales-core/processing/decision-store.ts'
import { ruleConfig } from '../../support/sales/rule-world.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { allShards, openOwnedDatabase } from '../../support/stores/owned-database.ts'
import type { OwnedDatabase } from '../../support/stores/owned-database.ts'
import { createTenant } from '../../support/stores/tenants.ts'

const lead = { kind: 'lead', id: '42' }
const key = entityKey('default', lead)
const noReply = (within: string): string =>
  `{ id: a, on: lead.created, unless_followed_by: { event: message.received, within: ${within} }, then: [ { emit: { type: contact.unsubscribed } } ] }`
const burst =
  '{ id: b, on: message.received, throttle: { once_after: 1h }, then: [ { add_tag: "{{ event.text }}" } ] }'
const once = '{ id: c, on: contact.unsubscribed, once: { per: lead }, then: [ { add_tag: c } ] }'

describe('waits of rules on Postgres', () => {
  let opened: OwnedDatabase
  let leases: readonly ShardLease[]
  before(async () => {
    opened = await openOwnedDatabase()
    leases = opened.leases
  })
  after(async () => opened.close())

  /** A tenant whose lead is decided by these rules, as a daemon does it. */
  async function setup(config: SalesConfig) {
    const { intake, outbox, decisions, entities } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const loadedWith: LoadedEntity[] = []
    const decideAll = async (loaded: readonly LoadedEntity[]): Promise<readonly EventOutcome[]> => {
      loadedWith.splice(0, loadedWith.length, ...loaded)
      return loaded.flatMap(({ entity, instances, waits = [], events }) => {
        let current: Current = { entity, instances, waits, definitions: new Map() }
        return events.map((event) => {
          const outcome = decideEvent(event, current, { config, unknownEvents: 'accept' }, new Date())
          if (outcome.state === 'decided') current = afterwards(current, outcome.decision)
          return outcome
        })
      })
    }
    let applied = 0
    const logged = async (): Promise<readonly LoggedEvent[]> =>
      outbox.entityRange(tenantId, key, applied + 1, 1_000)
    /** Applies what the log holds. */
    const work = async (): Promise<void> => {
      const events = await logged()
      applied += events.length
      if (events.length > 0) await decisions.apply(events, leases, decideAll)
    }
    const happen = async (type: string, data = {}): Promise<void> => {
      const event = incoming({ tenantId, type, data, subject: lead, externalId: newId() })
      await intake.acceptAll([request(tenantId, event)])
      await work()
    }
    const view = async () => (await entities.byId(tenantId, 'default', lead))!
    return { tenantId, happen, work, view, loadedWith, logged, decideAll }
  }

  it('are kept with their event, are over once, and lead to what the rule does', async () => {
    const { timers } = opened.database.stores
    const { tenantId, happen, work, view, loadedWith, logged } = await setup(
      ruleConfig([noReply('1ms'), once]),
    )
    await happen('lead.created', { name: 'Ada', source: 'web' })
    const { marks } = await view()
    expect(marks['waits']?.value).to.equal(1)
    const past = opened.database.stores.recordedPast.states(tenantId)
    const before = await past.before([{ entityKey: key, seq: 2 }])
    expect(before.get(key)).to.include({ state: 'rule_waits_unknown' })
    const fired = await Promise.all([1, 2, 3].map(async () => timers.fireDue(allShards, 10)))
    expect(fired.reduce((sum, count) => sum + count, 0)).to.equal(1)
    const [timer] = await logged()
    expect(timer).to.deep.include({ type: 'timer.due', origin: 'timer', depth: 0, source: 'neuronx/rules' })
    await work()
    const [wait] = loadedWith[0]?.waits ?? []
    expect(timer?.id).to.equal(derivedId('timer', wait!.id))
    expect(wait).to.deep.include({ ref: 'r/a', kind: 'absence', failed: false, sendsBlocked: null })
    expect(wait?.event.data).to.deep.equal({ name: 'Ada', source: 'web' })
    await work()
    const after = await view()
    expect(after.fields['tags']).to.deep.equal(['c'])
    expect(after.marks).to.include.keys('once:r/c').and.not.include.keys('waits')
    expect(await timers.fireDue(allShards, 10)).to.equal(0)
  })
  it('end when what must not come comes, and leave no timer behind', async () => {
    const { timers } = opened.database.stores
    const { happen, view, loadedWith } = await setup(ruleConfig([noReply('200ms')]))
    await happen('lead.created')
    await happen('message.received', { text: 'hi', direction: 'inbound' })
    expect(loadedWith[0]?.waits).to.have.length(1)
    expect((await view()).marks).to.deep.equal({})
    await happen('lead.updated')
    expect(loadedWith[0]?.waits).to.deep.equal([])
    expect(await timers.nextDueMs(allShards)).to.satisfy((ms: number | null) => ms === null || ms > 1_000)
  })
  it('of a burst keep the last event and the first due time', async () => {
    const { happen, loadedWith } = await setup(ruleConfig([burst]))
    await happen('message.received', { text: 'one', direction: 'inbound' })
    await happen('message.received', { text: 'two', direction: 'inbound' })
    const [first] = loadedWith[0]?.waits ?? []
    await happen('message.received', { text: 'three', direction: 'inbound' })
    const [second, ...more] = loadedWith[0]?.waits ?? []
    expect(more).to.deep.equal([])
    expect(first?.event.data['text']).to.equal('one')
    expect(second?.event.data['text']).to.equal('two')
    expect([second?.id, second?.dueAt]).to.deep.equal([first?.id, first?.dueAt])
  })
  it('are nothing until the transaction of their event is committed', async () => {
    const { decisions, timers } = opened.database.stores
    const { tenantId, work, view, decideAll, logged } = await setup(ruleConfig([noReply('1ms')]))
    const { intake } = opened.database.stores
    const event = incoming({ tenantId, type: 'lead.created', subject: lead, externalId: newId() })
    await intake.acceptAll([request(tenantId, event)])
    const events = await logged()
    const dies = decisions.apply(events, leases, async (loaded) => {
      await decideAll(loaded)
      throw new Error('killed')
    })
    expect(
      await dies.then(
        () => 'applied',
        () => 'died',
      ),
    ).to.equal('died')
    expect(await timers.fireDue(allShards, 10)).to.equal(0)
    await work()
    expect((await view()).marks['waits']?.value).to.equal(1)
    expect(await timers.fireDue(allShards, 10)).to.equal(1)
  })
})
