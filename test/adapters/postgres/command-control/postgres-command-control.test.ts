import { expect } from 'chai'
import pg from 'pg'
import { PostgresCommandControl } from '../../../../src/adapters/postgres/command-control/postgres-command-control.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import type { Command } from '../../../../src/messaging/commands/command.ts'
import type { CommandControl } from '../../../../src/messaging/commands/command-control.ts'
import type { MessageNotice } from '../../../../src/messaging/commands/message-notice.ts'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import {
  all,
  claimSome,
  dead,
  inDoubt,
  leadCommand,
  retryIn,
  succeeded,
  vendorError,
} from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const page = { limit: 100, cursor: null }

describe('steering commands by hand on Postgres', () => {
  let opened: TestQueue
  let control: CommandControl
  let tenantId: string
  before(async () => {
    opened = await openTestQueue()
    control = new PostgresCommandControl(opened.pool, systemClock)
  })
  beforeEach(async () => {
    await opened.reset()
    tenantId = (await createTenant(opened.database)).id
  })
  after(async () => opened.close())

  const states = async (...commands: readonly Command[]) => Promise.all(commands.map(opened.stateOf))
  const audits = async () =>
    querySuperuser<{ actor: string; action: string; target: string; reason: string }>(
      opened.test,
      'select actor, action, target, reason from audit_log where tenant_id = $1 order by id',
      [tenantId],
    )
  const letters = async () =>
    (await opened.database.stores.messages.deadLetters(tenantId, {}, page)).items.map(({ status }) => status)
  const results = async () => (await opened.database.stores.messages.events(tenantId, {}, page)).items

  /** A lane of two whose head is in doubt. */
  const doubted = async (): Promise<readonly [Command, Command]> => {
    const lane = [leadCommand(tenantId, '1', { repeatable: 'no' }), leadCommand(tenantId, '1')] as const
    await opened.enqueue(...lane)
    const queue = opened.database.stores.commands
    const leased = await claimSome(queue)
    await queue.markSent(leased)
    await queue.settle(all(leased, inDoubt))
    return lane
  }

  it('settles a doubt as succeeded: the lane goes on, the letter is resolved, the result and the hand are recorded', async () => {
    const [head, next] = await doubted()
    const done = await control.settle(
      tenantId,
      head.id,
      { outcome: 'succeeded', result: { id: 'm1' } },
      'local:ann',
      'seen',
    )
    expect(done).to.deep.equal({ id: head.id, state: 'done' })
    expect(await states(head, next)).to.deep.equal(['succeeded', 'ready'])
    expect(await letters()).to.deep.equal(['resolved'])
    expect((await results())[0]).to.deep.nested.include({
      type: 'command.succeeded',
      'data.result': { id: 'm1' },
    })
    expect(await audits()).to.deep.include({
      actor: 'local:ann',
      action: 'command.settle',
      target: `command/${head.id}`,
      reason: 'seen',
    })
    expect(
      await control.settle(tenantId, head.id, { outcome: 'retry' }, 'local:bob', 'late'),
    ).to.deep.include({ state: 'skipped', why: 'It is not in doubt: it is succeeded.' })
  })

  it('settles a doubt as failed without another letter', async () => {
    const [head, next] = await doubted()
    await control.settle(tenantId, head.id, { outcome: 'failed' }, 'local:ann', 'they lost it')
    expect(await states(head, next)).to.deep.equal(['dead', 'ready'])
    expect(await letters()).to.deep.equal(['resolved'])
    expect((await results())[0]).to.deep.nested.include({
      type: 'command.failed',
      'data.error.message': 'they lost it',
    })
  })

  it('tries a doubt anew when it certainly had no effect, and resolves its letter by how that ends', async () => {
    const [head, next] = await doubted()
    const queue = opened.database.stores.commands
    await control.settle(tenantId, head.id, { outcome: 'retry' }, 'local:ann', 'not in their log')
    expect(await states(head, next)).to.deep.equal(['ready', 'waiting'])
    expect(await letters()).to.deep.equal(['replaying'])
    const again = await claimSome(queue)
    expect(again[0]).to.include({ attempt: 1, runLease: '2' })
    await queue.settle(all(again, succeeded))
    expect(await letters()).to.deep.equal(['resolved'])
  })

  it('lets a doubt that is tried anew wait from now on, however long nobody looked at it', async () => {
    const [head] = await doubted()
    await querySuperuser(opened.test, `update command_lane set queued_at = now() - interval '9 d'`)
    await control.settle(tenantId, head.id, { outcome: 'retry' }, 'local:ann', 'not in their log')
    const rows = await querySuperuser(
      opened.test,
      `select queued_at > now() - interval '1 d' as fresh from command_lane where command_id = $1`,
      [head.id],
    )
    expect(rows).to.deep.equal([{ fresh: true }])
  })

  it('cancels what was not sent and nothing else, and lets lanes go on', async () => {
    const lane = ['1', '1', '1'].map((lead) => leadCommand(tenantId, lead, { routeResult: true }))
    const atWork = leadCommand(tenantId, '2')
    await opened.enqueue(atWork)
    const leased = await claimSome(opened.database.stores.commands)
    await opened.enqueue(...lane)
    const [head, middle, last] = lane as [Command, Command, Command]
    const unknown = newId()
    const outcome = await control.cancel(
      tenantId,
      [head.id, middle.id, atWork.id, unknown, 'no-id'],
      'local:ann',
      'wrong',
    )
    expect(outcome.map(({ state }) => state)).to.deep.equal(['done', 'done', 'skipped', 'skipped', 'skipped'])
    expect(outcome[2]).to.deep.include({ why: 'It is at work right now.' })
    expect(await states(head, middle, last)).to.deep.equal(['cancelled', 'cancelled', 'ready'])
    expect((await results()).map(({ type }) => type)).to.deep.equal([
      'command.cancelled',
      'command.cancelled',
    ])
    expect((await audits()).filter(({ action }) => action === 'command.cancel')).to.have.length(2)
    expect(await opened.database.stores.commands.settle(all(leased, succeeded))).to.have.property('size', 0)
  })

  it('leaves the head of a lane alone when one that waits behind it is cancelled', async () => {
    const [head, next] = await doubted()
    const last = leadCommand(tenantId, '1')
    await opened.enqueue(last)
    expect(await control.cancel(tenantId, [next.id], 'local:ann', 'wrong')).to.deep.equal([
      { id: next.id, state: 'done' },
    ])
    expect(await states(head, next, last)).to.deep.equal(['in_doubt', 'cancelled', 'waiting'])
  })

  it('leaves no lane without a head when one that waits is cancelled while the head ends', async () => {
    const lane = ['1', '1', '1'].map((lead) => leadCommand(tenantId, lead))
    const [head, middle, last] = lane as [Command, Command, Command]
    await opened.enqueue(...lane)
    const queue = opened.database.stores.commands
    const leased = await claimSome(queue)
    const waiting = async (count: number) =>
      eventually(async () => {
        const rows = await querySuperuser(
          opened.test,
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        return rows.length >= count
      })
    // Whoever cancels writes its audit row last: there it stands still, with its lane changed and nothing committed.
    const audit = new pg.Client({ connectionString: opened.test.ownerUrl })
    await audit.connect()
    await audit.query('begin')
    await audit.query('lock table neuronx.audit_log in exclusive mode')
    const cancelling = control.cancel(tenantId, [middle.id], 'local:ann', 'race')
    await waiting(1)
    const settling = queue.settle(all(leased, succeeded))
    await waiting(2)
    await audit.end()
    expect((await cancelling)[0]).to.include({ state: 'done' })
    expect(await settling).to.have.property('size', 0)
    expect(await states(head, middle, last)).to.deep.equal(['succeeded', 'cancelled', 'ready'])
  })

  it('keeps a tenant from the commands of another', async () => {
    const other = (await createTenant(opened.database)).id
    const command = leadCommand(other, '1')
    await opened.enqueue(command)
    expect((await control.cancel(tenantId, [command.id], 'local:ann', 'x'))[0]).to.deep.include({
      why: 'There is no command with this id.',
    })
    expect(await states(command)).to.deep.equal(['ready'])
  })

  it('sends or cancels a command, never both, when a hand and the dispatcher meet', async () => {
    const queue = opened.database.stores.commands
    const commands = Array.from({ length: 40 }, (_, index) => leadCommand(tenantId, `${index}`))
    await opened.enqueue(...commands)
    const sent = new Set<string>()
    const dispatching = async (): Promise<void> => {
      for (let round = 0; round < 8; round += 1) {
        const leased = await claimSome(queue, 5)
        for (const { command } of leased) sent.add(command.id)
        await queue.settle(all(leased, round % 3 === 0 ? dead : succeeded))
      }
    }
    const cancelling = async (): Promise<readonly string[]> => {
      const done: string[] = []
      for (const { id } of commands.toReversed()) {
        const [result] = await control.cancel(tenantId, [id], 'local:ann', 'race')
        if (result?.state === 'done') done.push(id)
      }
      return done
    }
    const [cancelled] = await Promise.all([cancelling(), dispatching()])
    expect(cancelled.filter((id) => sent.has(id))).to.deep.equal([])
    expect(sent.size + cancelled.length).to.equal(40)
  })

  it('keeps one attempt of a command that is held back again and again for one reason', async () => {
    const { commands: queue, dispatch } = opened.database.stores
    const command = leadCommand(tenantId, '1')
    await opened.enqueue(command)
    const codes = async () =>
      (await dispatch.place(tenantId, command.id))?.attempts.map(({ error }) => error.code)
    const hold = async (code: string, notice?: MessageNotice) => {
      const error = { ...vendorError, code }
      const settlement = { state: 'deferred', error, delayMs: 0, durationMs: 0 } as const
      const held = all(await claimSome(queue), settlement)
      await queue.settle(notice === undefined ? held : held.map((one) => ({ ...one, notice })))
    }
    for (const code of ['NX-A', 'NX-A', 'NX-A', 'NX-B', 'NX-B', 'NX-A']) await hold(code)
    expect(await codes()).to.deep.equal(['NX-A', 'NX-B', 'NX-A'])
    await hold('NX-A', { outcome: 'deferred', channel: 'sms', routed: false })
    await queue.settle(all(await claimSome(queue), retryIn(0)))
    await queue.settle(all(await claimSome(queue), retryIn(0)))
    expect(await codes(), 'each that was told of, and each that was tried').to.deep.equal([
      'NX-A',
      'NX-B',
      'NX-A',
      'NX-A',
      'NX-VENDOR-500',
      'NX-VENDOR-500',
    ])
  })

  it('shows the last attempts of a command that has had very many', async () => {
    const command = leadCommand(tenantId, '1')
    await opened.enqueue(command)
    await querySuperuser(
      opened.test,
      `insert into command_attempt (command_id, run_lease, tenant_id, attempt, error, duration_ms)
       select $1, i, $2, i, '{"code": "NX-A"}', 1 from generate_series(1, 130) i`,
      [command.id, tenantId],
    )
    const place = await opened.database.stores.dispatch.place(tenantId, command.id)
    const attempts = place?.attempts.map(({ attempt }) => attempt)
    expect(attempts).to.deep.equal(Array.from({ length: 100 }, (_, index) => index + 31))
  })

  it('shows where a command stands: attempts, what is ahead of it, and its integration', async () => {
    const { commands: queue, dispatch } = opened.database.stores
    const lane = ['1', '1', '1'].map((lead) => leadCommand(tenantId, lead))
    await opened.enqueue(...lane)
    await queue.settle(all(await claimSome(queue), retryIn(60_000)))
    const first = await dispatch.place(tenantId, lane[0]!.id)
    expect(first).to.deep.nested.include({ aheadCount: 0, 'attempts[0].error.code': 'NX-VENDOR-500' })
    const last = await dispatch.place(tenantId, lane[2]!.id)
    expect(last?.aheadCount).to.equal(2)
    expect(last?.ahead.map(({ id }) => id)).to.deep.equal([lane[0]!.id, lane[1]!.id])
    expect(last?.standing).to.include({ integration: 'sink', breaker: 'closed', ready: 1, waiting: 2 })
    expect(await dispatch.place(tenantId, newId())).to.be.null
    const other = (await createTenant(opened.database)).id
    expect(await dispatch.standings(other, null)).to.deep.equal([])
  })
})
