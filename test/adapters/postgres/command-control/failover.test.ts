import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import type { Command } from '../../../../src/messaging/commands/command.ts'
import { wasMoved } from '../../../../src/messaging/commands/moved-key.ts'
import { querySuperuser } from '../../../support/database.ts'
import {
  all,
  allReporting,
  claimSome,
  inDoubt,
  leadCommand,
  reported,
  retryIn,
  succeeded,
} from '../../../support/stores/queue.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import {
  carrier,
  failoverOver,
  firstCarrier,
  plansOver,
  probeNow,
  shutGate,
  textMessage,
} from './failover-setup.ts'

describe('failover on Postgres', () => {
  let opened: TestQueue
  let tenantId: string
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())
  beforeEach(async () => {
    await opened.reset()
    tenantId = (await createTenant(opened.database)).id
  })

  const queue = () => opened.database.stores.commands
  const round = async (to: JsonObject = {}) =>
    await failoverOver(opened, plansOver([firstCarrier(to), carrier('second')])).round()
  const insteadOf = async ({ id }: Command) => {
    const rows = await querySuperuser<{ id: string; integration: string; idempotency_key: string }>(
      opened.test,
      'select id, integration, idempotency_key from command where parent_id = $1',
      [id],
    )
    return rows[0]
  }
  /** The first carrier refuses our credentials, by a command that is tried again for ever. */
  const outage = async (): Promise<void> => {
    await opened.enqueue(textMessage(tenantId, 'outage', { input: { text: 'nobody', channel: 'sms' } }))
    await shutGate(opened)
  }

  it('moves what waits, once, and says so in the log, the attempts and the audit', async () => {
    await outage()
    const message = textMessage(tenantId, 'one')
    await opened.enqueue(message)
    expect(await round()).to.equal(1)
    expect(await round()).to.equal(0)
    expect(await opened.stateOf(message)).to.equal('cancelled')
    const instead = await insteadOf(message)
    expect(instead).to.include({ integration: 'second' })
    const [leased] = await claimSome(queue())
    expect(leased?.command).to.deep.include({
      id: instead?.id,
      operation: 'once',
      input: message.input,
      entityKey: message.entityKey,
      correlationId: message.correlationId,
    })
    expect(wasMoved(leased!.command)).to.equal(true)
    const why = /^first refuses its credentials \(NX-CALL-CREDENTIALS\).* second$/
    const place = await opened.database.stores.dispatch.place(tenantId, message.id)
    expect(place?.attempts.map(({ error }) => error.code)).to.deep.equal(['NX-SEND-FAILED-OVER'])
    expect(place?.attempts[0]?.error.message).to.match(why)
    const audit = await querySuperuser<{ action: string; reason: string; after: JsonObject }>(
      opened.test,
      `select action, reason, after from audit_log where target = $1`,
      [`command/${message.id}`],
    )
    expect(audit).to.have.length(1)
    expect(audit[0]).to.deep.include({
      action: 'command.failover',
      after: { integration: 'second', operation: 'once', command: instead?.id },
    })
    const events = await querySuperuser<{ type: string; data: JsonObject }>(
      opened.test,
      `select type, data from event_log where tenant_id = $1 and data->>'commandId' = $2 order by type`,
      [tenantId, message.id],
    )
    expect(events.map(({ type }) => type)).to.deep.equal(['command.cancelled', 'message.suppressed'])
    for (const { data } of events) expect(data['insteadCommandId']).to.equal(instead?.id)
    expect(events[1]?.data).to.include({ code: 'NX-SEND-FAILED-OVER', channel: 'sms' })
  })

  it('writes down of each that moves at once what became of it', async () => {
    await outage()
    const messages = ['a', 'b', 'c'].map((lead) => textMessage(tenantId, lead))
    await opened.enqueue(...messages)
    expect(await round()).to.equal(3)
    const rows = await querySuperuser<{ target: string; before: JsonObject; after: JsonObject }>(
      opened.test,
      `select target, before, after from audit_log where tenant_id = $1 and action = 'command.failover'`,
      [tenantId],
    )
    expect(rows).to.have.length(3)
    for (const message of messages) {
      const row = rows.find(({ target }) => target === `command/${message.id}`)
      expect(row?.before).to.deep.equal({ integration: 'first', operation: message.operation })
      expect(row?.after).to.include({ command: (await insteadOf(message))?.id })
    }
  })

  it('moves the next of a lane after its head, in order', async () => {
    await outage()
    const messages = ['a', 'b', 'c'].map((text) =>
      textMessage(tenantId, 'one', { input: { to: '+1', text, channel: 'sms' } }),
    )
    await opened.enqueue(...messages)
    for (const left of [1, 1, 1, 0]) expect(await round()).to.equal(left)
    const texts: unknown[] = []
    for (;;) {
      const leased = await claimSome(queue())
      if (leased.length === 0) break
      texts.push(...leased.map(({ command }) => command.input['text']))
      await queue().settle(all(leased, succeeded))
    }
    expect(texts).to.deep.equal(['a', 'b', 'c'])
  })

  it('leaves what is at the vendor, in doubt, or may have got there, alone', async () => {
    const [atWork, doubtful, maybe, refused] = ['1', '2', '3', '4'].map((lead) =>
      textMessage(tenantId, lead, {
        operation: 'keyed',
        repeatable: 'yes',
        input: { to: '+1', text: lead, channel: 'rcs' },
      }),
    ) as [Command, Command, Command, Command]
    await opened.enqueue(atWork, doubtful, maybe, refused)
    const leased = await claimSome(queue())
    const of = ({ id }: Command) => leased.filter(({ command }) => command.id === id)
    await queue().settle([
      ...all(of(doubtful), inDoubt),
      ...all(of(maybe), retryIn(0)),
      ...allReporting(
        of(refused),
        retryIn(0, false),
        reported({ health: 'credentials', reason: 'NX-CALL-CREDENTIALS' }),
      ),
    ])
    expect(await round()).to.equal(1)
    expect(await insteadOf(refused)).to.include({ integration: 'second' })
    for (const one of [atWork, doubtful, maybe]) expect(await insteadOf(one)).to.equal(undefined)
    expect(await opened.stateOf(maybe)).to.equal('ready')
  })

  it('leaves alone what a daemon may have called before it died', async () => {
    const [keyed, once] = [
      textMessage(tenantId, '1', {
        operation: 'keyed',
        repeatable: 'yes',
        input: { to: '+1', text: 'k', channel: 'rcs' },
      }),
      textMessage(tenantId, '2'),
    ]
    await opened.enqueue(keyed, once)
    await claimSome(queue())
    await querySuperuser(opened.test, `update command_lane set lease_until = now() - interval '1 s'`)
    expect(await queue().recoverExpired()).to.equal(2)
    await outage()
    // The one that may not be repeated was not marked as sent: nothing left.
    expect(await round()).to.equal(1)
    expect(await insteadOf(once)).to.not.equal(undefined)
    expect(await insteadOf(keyed)).to.equal(undefined)
  })

  it('waits as long as is declared, and only for the declared troubles', async () => {
    await outage()
    const message = textMessage(tenantId, 'one')
    await opened.enqueue(message)
    expect(await round({ after: '10m' })).to.equal(0)
    expect(await round({ on: ['down', 'quota'] })).to.equal(0)
    await querySuperuser(opened.test, `update dispatch_gate set shut_since = now() - interval '11 min'`)
    expect(await round({ after: '10m' })).to.equal(1)
  })

  it('moves what a person switched off only where that is declared', async () => {
    await opened.database.stores.integrationControl.switchOff(tenantId, 'first', 'me', 'test')
    await opened.enqueue(textMessage(tenantId, 'one'))
    expect(await round()).to.equal(0)
    expect(await round({ on: ['off'] })).to.equal(1)
  })

  it('keeps what is not due, what was moved before, and what is no message', async () => {
    await outage()
    const later = textMessage(tenantId, '1', { dueAt: '2999-01-01T00:00:00.000Z' })
    const moved = textMessage(tenantId, '2', { idempotencyKey: 'k~email' })
    const read = textMessage(tenantId, '3', { operation: 'look', input: {} })
    const lost = textMessage(tenantId, '4', { input: { to: '+1', text: 'x', channel: 'sms', media: 'y' } })
    await opened.enqueue(later, moved, read, lost)
    expect(await round()).to.equal(0)
  })

  it('keeps everything while the other integration takes no calls either', async () => {
    await outage()
    const there = leadCommand(tenantId, 'x', { integration: 'second', operation: 'once' })
    await opened.enqueue(there)
    await shutGate(opened)
    await opened.enqueue(textMessage(tenantId, 'one'), textMessage(tenantId, 'two'))
    expect(await round()).to.equal(0)
    // Its pause is over: one command finds out.
    await probeNow(opened, 'second')
    expect(await round()).to.equal(1)
  })

  it('keeps everything while a probe is under way, and once the first integration is back', async () => {
    await outage()
    await opened.enqueue(textMessage(tenantId, 'one'))
    await probeNow(opened, 'first')
    expect(await round()).to.equal(0)
    const [probe] = await claimSome(queue(), 1)
    expect(probe?.probe).to.equal(true)
    expect(await round()).to.equal(0)
    await queue().settle(allReporting([probe!], succeeded, reported()))
    expect(await round()).to.equal(0)
  })

  it('takes along since when a message has been tried, so that a quota of its tenant counts it once', async () => {
    const [tried, fresh] = [textMessage(tenantId, '1'), textMessage(tenantId, '2')]
    await opened.enqueue(tried)
    await shutGate(opened)
    await opened.enqueue(fresh)
    expect(await round()).to.equal(2)
    const leased = await claimSome(queue())
    const since = new Map(leased.map((one) => [one.command.parentId, one.firstAttemptAt]))
    expect(since.get(tried.id)).to.be.a('string')
    expect(since.get(fresh.id)).to.equal(null)
  })

  it('lets two daemons move at once without moving twice', async () => {
    await outage()
    const messages = Array.from({ length: 30 }, (_, lead) => textMessage(tenantId, String(lead)))
    await opened.enqueue(...messages)
    const moved = await Promise.all([round(), round(), round()])
    expect(moved.reduce((sum, one) => sum + one)).to.equal(30)
    const rows = await querySuperuser<{ count: string }>(
      opened.test,
      `select count(*) from command where integration = 'second'`,
    )
    expect(Number(rows[0]?.count)).to.equal(30)
  })

  it('moves nothing of a tenant that is suspended', async () => {
    await outage()
    await opened.enqueue(textMessage(tenantId, 'one'))
    const plans = plansOver([firstCarrier(), carrier('second')], false)
    expect(await failoverOver(opened, plans).round()).to.equal(0)
  })

  it('sends nothing a second time when the dead letter of what moved is replayed', async () => {
    const message = textMessage(tenantId, 'one')
    await opened.enqueue(message)
    await outage()
    await querySuperuser(
      opened.test,
      `update dispatch_gate set shut_since = now() - interval '2 days'; update command_lane set next_attempt_at = now() - interval '2 days'`,
    )
    expect(await queue().giveUp(86_400_000)).to.equal(2)
    const [letter] = await querySuperuser<{ id: string }>(
      opened.test,
      'select id from dead_letter where command_id = $1',
      [message.id],
    )
    const replay = async () =>
      await opened.database.stores.deadLetters.replay(
        tenantId,
        [letter!.id],
        { includeInDoubt: true },
        testActor,
        null,
      )
    expect((await replay())[0]).to.include({ id: letter?.id, state: 'replayed' })
    expect(await round()).to.equal(1)
    expect(await opened.stateOf(message)).to.equal('cancelled')
    expect((await replay())[0]).to.include({ id: letter?.id, state: 'skipped' })
    const rows = await querySuperuser(opened.test, 'select id from command where parent_id = $1', [
      message.id,
    ])
    expect(rows).to.have.length(1)
  })
})
