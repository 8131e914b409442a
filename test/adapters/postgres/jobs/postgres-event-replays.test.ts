import { expect } from 'chai'
import type { NxError } from '../../../../src/kernel/errors.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { all, claimSome, leadCommand, succeeded } from '../../../support/stores/queue.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const page = { limit: 100, cursor: null }
const anew = { rule: null, allowRepeat: false }

describe('PostgresEventReplays', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  /** Two events; the first caused a command of the rule `inbound/hot`, which succeeded. */
  async function setup() {
    await opened.reset()
    const { stores } = opened.database
    const { id: tenantId } = await createTenant(opened.database)
    const events = ['a', 'b'].map((externalId) => incoming({ tenantId, externalId, correlationId: 'thread' }))
    await stores.intake.acceptAll([request(tenantId, ...events)])
    const [first, second] = events.map(({ event }) => event.id) as [string, string]
    const cause = { eventId: first, rootId: first, cause: 'RuleSet/inbound#hot' }
    const command = leadCommand(tenantId, '1', cause)
    await opened.enqueue(command)
    await stores.commands.settle(all(await claimSome(stores.commands), succeeded))
    const replays = async () =>
      (await stores.messages.events(tenantId, {}, page)).items.filter(({ origin }) => origin === 'replay')
    return { stores, tenantId, first, second, command, replays }
  }

  it('leaves alone events whose commands succeeded, and tells which they are', async () => {
    const { stores, tenantId, first, second, command, replays } = await setup()
    const plan = await stores.eventReplays.plan(tenantId, {}, anew, noPace)
    expect(plan).to.deep.include({
      total: 2,
      skipped: { 'commands succeeded': 1 },
      byType: { 'lead.created': 2 },
      entities: 1,
      firstIds: [second],
      commands: [{ id: command.id, eventId: first, call: 'sink.hit', state: 'succeeded' }],
    })
    const job = await stores.eventReplays.start(tenantId, {}, anew, noPace, testActor, 'a rule was mended')
    const ended = await workOff(opened.database, testRunner(opened.database), job)
    expect(ended.counts).to.deep.equal({ total: 2, done: 1, skipped: 1, failed: 0 })
    const [replayed] = await replays()
    expect(replayed).to.include({ causationId: second, rootId: second, correlationId: 'thread', depth: 0 })
    expect(replayed?.id).not.to.equal(second)
  })

  it('repeats them when that is allowed, and for one rule alone when that is asked', async () => {
    const { stores, tenantId, first, replays } = await setup()
    const other = { rule: 'inbound/other', allowRepeat: false }
    expect((await stores.eventReplays.plan(tenantId, { ids: [first] }, other, noPace)).skipped).to.deep.equal(
      {},
    )
    const hot = { rule: 'inbound/hot', allowRepeat: false }
    const guarded = await stores.eventReplays.plan(tenantId, { ids: [first] }, hot, noPace)
    expect(guarded.skipped).to.deep.equal({ 'commands succeeded': 1 })
    const allowed = { rule: 'inbound/hot', allowRepeat: true }
    const job = await stores.eventReplays.start(
      tenantId,
      { ids: [first] },
      allowed,
      noPace,
      testActor,
      'again',
    )
    expect((await workOff(opened.database, testRunner(opened.database), job)).counts.done).to.equal(1)
    const [replayed] = await replays()
    expect(replayed).to.include({ causationId: first, only: 'inbound/hot' })
  })

  it('leaves alone an event whose earlier replay was carried out already', async () => {
    const { stores, tenantId, second, replays } = await setup()
    const start = async () =>
      stores.eventReplays.start(tenantId, { ids: [second] }, anew, noPace, testActor, 'a rule was mended')
    await workOff(opened.database, testRunner(opened.database), await start())
    const [replayed] = await replays()
    await opened.enqueue(leadCommand(tenantId, '1', { eventId: replayed!.id, rootId: second }))
    const plan = async () =>
      (await stores.eventReplays.plan(tenantId, { ids: [second] }, anew, noPace)).skipped
    expect(await plan()).to.deep.equal({ 'commands at work': 1 })
    await stores.commands.settle(all(await claimSome(stores.commands), succeeded))
    expect(await plan()).to.deep.equal({ 'commands succeeded': 1 })
    const again = await workOff(opened.database, testRunner(opened.database), await start())
    expect(again.counts).to.include({ done: 0, skipped: 1 })
  })

  it('says so when nothing matches', async () => {
    const { stores, tenantId } = await setup()
    const none = stores.eventReplays.start(tenantId, { type: 'no.such' }, anew, noPace, testActor, 'x')
    expect(await none.catch((error: unknown) => error as NxError)).to.include({ code: 'NX-EVENT-NOT-FOUND' })
  })
})
