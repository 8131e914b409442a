import { expect } from 'chai'
import { insertCommands } from '../../../../src/adapters/postgres/commands/insert-commands.ts'
import { settleAttempts } from '../../../../src/adapters/postgres/commands/settle-attempts.ts'
import { inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { all, claimSome, leadCommand, retryIn, succeeded } from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

describe('lanes on Postgres', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  it('leaves no lane with waiting commands and no head, however queuers and completers meet', async () => {
    await opened.reset()
    const tenantId = (await createTenant(opened.database)).id
    const queue = opened.database.stores.commands
    let queued = 0
    const queuer = async (name: string) => {
      for (let round = 0; round < 25; round += 1) {
        const lanes = ['1', '2'].filter((_lane, index) => round % 3 !== index)
        await opened.enqueue(
          ...lanes.map((lane) => leadCommand(tenantId, lane, { cause: `RuleSet/${name}#r${round}` })),
        )
        queued += lanes.length
      }
    }
    const completer = async () => {
      for (let round = 0; round < 60; round += 1) {
        const leased = await claimSome(queue)
        await queue.settle(all(leased, round % 4 === 0 ? retryIn(0) : succeeded))
      }
    }
    await Promise.all([queuer('a'), queuer('b'), completer(), completer()])
    for (;;) {
      const leased = await claimSome(queue)
      if (leased.length === 0) break
      await queue.settle(all(leased, succeeded))
    }
    expect(await querySuperuser(opened.test, 'select * from command_lane')).to.deep.equal([])
    const [outcomes] = await querySuperuser<{ n: string }>(
      opened.test,
      `select count(*) as n from command_outcome where state = 'succeeded'`,
    )
    expect(Number(outcomes?.n)).to.equal(queued)
  })

  /** Resolves once some transaction of this database waits for another, or `promise` has ended. */
  const blockedOrDone = async (promise: Promise<unknown>) => {
    let done = false
    const note = () => {
      done = true
    }
    promise.then(note, note)
    await eventually(async () => {
      const waiting = await querySuperuser(
        opened.test,
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return done || waiting.length > 0
    })
  }

  it('promotes a command that is being queued while the head of its lane ends', async () => {
    await opened.reset()
    const queue = opened.database.stores.commands
    const tenantId = (await createTenant(opened.database)).id
    const [first, second] = [leadCommand(tenantId, '1'), leadCommand(tenantId, '1')]
    await opened.enqueue(first)
    const leased = await claimSome(queue)
    const settling = await inTenants(opened.pool, [tenantId], async (client) => {
      await insertCommands(client, [{ command: second }])
      const settled = queue.settle(all(leased, succeeded))
      await blockedOrDone(settled)
      return { settled }
    })
    expect(await settling.settled).to.deep.equal(new Set())
    expect(await opened.stateOf(second)).to.equal('ready')
  })

  it('makes a command the head when it is queued while the last of its lane ends', async () => {
    await opened.reset()
    const queue = opened.database.stores.commands
    const tenantId = (await createTenant(opened.database)).id
    const [first, second, third] = [
      leadCommand(tenantId, '1'),
      leadCommand(tenantId, '1'),
      leadCommand(tenantId, '1'),
    ]
    await opened.enqueue(first)
    const leased = await claimSome(queue)
    const queueing = await inTenants(opened.pool, [tenantId], async (client) => {
      await settleAttempts(client, all(leased, succeeded), systemClock)
      const queued = opened.enqueue(second, third)
      await blockedOrDone(queued)
      return { queued }
    })
    await queueing.queued
    expect([await opened.stateOf(second), await opened.stateOf(third)]).to.deep.equal(['ready', 'waiting'])
  })

  it('makes one head when two queue on an empty lane at the same time', async () => {
    await opened.reset()
    const tenantId = (await createTenant(opened.database)).id
    const [first, second] = [leadCommand(tenantId, '1'), leadCommand(tenantId, '1')]
    const queueing = await inTenants(opened.pool, [tenantId], async (client) => {
      await insertCommands(client, [{ command: first }])
      const queued = opened.enqueue(second)
      await blockedOrDone(queued)
      return { queued }
    })
    await queueing.queued
    expect([await opened.stateOf(first), await opened.stateOf(second)]).to.deep.equal(['ready', 'waiting'])
  })
})
