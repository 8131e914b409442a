import { expect } from 'chai'
import { newId } from '../../../../src/kernel/ids.ts'
import { querySuperuser } from '../../../support/database.ts'
import {
  allReporting,
  claimSome,
  leadCommand,
  reported,
  retryIn,
  succeeded,
} from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { run, inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import * as sql from '../../../../src/adapters/postgres/command-control/integration-control-statements.ts'
import { switchedOffReason } from '../../../../src/messaging/commands/integration-control.ts'
import { shutGate, reopenGate } from '../../../../src/adapters/postgres/credentials/credential-statements.ts'

describe('PostgresIntegrationControl', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())
  beforeEach(async () => opened.reset())

  async function setup(commands = 3) {
    const { stores } = opened.database
    const tenantId = (await createTenant(opened.database)).id
    const made = Array.from({ length: commands }, (_, index) => leadCommand(tenantId, `${index}`))
    await opened.enqueue(...made)
    const name = leadCommand(tenantId, 'any').integration
    return { tenantId, name, made, queue: stores.commands, control: stores.integrationControl, stores }
  }

  it('stops all claims of one integration and of nothing else, until it is switched on', async () => {
    const { tenantId, name, queue, control } = await setup()
    await opened.enqueue(leadCommand(tenantId, 'x', { integration: 'other' }))
    expect(await control.switchOff(tenantId, name, 'local:ada', 'arrives twice')).to.equal(true)
    const claimed = await claimSome(queue, 10)
    expect(claimed.map(({ command }) => command.integration)).to.deep.equal(['other'])
    expect(await control.switchOn(tenantId, name, 'local:ada', null)).to.equal(true)
    const [probe, ...others] = await claimSome(queue, 10)
    expect(probe).to.include({ probe: true })
    expect(others).to.have.length(0)
    await queue.settle(allReporting([probe!], succeeded, reported()))
    expect(await claimSome(queue, 10)).to.have.length.greaterThan(0)
  })

  it('is not switched on by calls that end, by a probe under way, nor by new secrets or logins', async () => {
    const { tenantId, name, queue, control } = await setup(4)
    const [underWay, probing] = await claimSome(queue, 2)
    await querySuperuser(opened.test, `update dispatch_gate set breaker = 'half_open'`, [])
    await control.switchOff(tenantId, name, 'local:ada', 'incident')
    await queue.settle(allReporting([{ ...probing!, probe: true }], succeeded, reported()))
    await queue.settle(
      allReporting([underWay!], retryIn(0), reported({ pauseMs: 1_000, reason: 'NX-CALL-RATE-LIMITED' })),
    )
    expect(await claimSome(queue, 10)).to.have.length(0)
    await inTenants(opened.pool, [tenantId], async (client) => {
      await run(client, shutGate, [tenantId, name, 'NX-AUTH-REFUSED'])
      await run(client, reopenGate, [tenantId, name])
    })
    expect(await claimSome(queue, 10)).to.have.length(0)
    expect(await control.switchedOff(tenantId)).to.have.length(1)
  })

  it('tells who did it, when and why, and to its own tenant alone', async () => {
    const { tenantId, control } = await setup(0)
    const other = (await createTenant(opened.database)).id
    await control.switchOff(tenantId, 'never-called', 'local:ada', 'first')
    await control.switchOn(tenantId, 'never-called', 'local:ada', null)
    await control.switchOff(tenantId, 'never-called', 'local:bob', 'second')
    const [off] = await control.switchedOff(tenantId)
    expect(off).to.include({ integration: 'never-called', by: 'local:bob', reason: 'second' })
    expect(Date.parse(off!.at)).to.be.closeTo(Date.now(), 60_000)
    expect(await control.switchedOff(other)).to.deep.equal([])
    expect(await control.switchOn(other, 'never-called', 'local:eve', null)).to.equal(false)
    expect(await control.switchedOff(tenantId)).to.have.length(1)
  })

  it('no statement of it crosses tenants, whatever tenant it is asked for', async () => {
    const { tenantId, name, queue, control } = await setup(1)
    await claimSome(queue, 1)
    await control.switchOff(tenantId, name, 'local:ada', 'mine')
    const other = (await createTenant(opened.database)).id
    const asOther = async (statement: { name: string; text: string }, ...more: readonly string[]) =>
      await inTenants(
        opened.pool,
        [other],
        async (client) => await run(client, statement, [tenantId, ...more]),
      )
    const off = switchedOffReason
    expect(await asOther(sql.switchedOff, off, 'integration.disable', 'integration/')).to.deep.equal([])
    expect(await asOther(sql.lastCalls)).to.deep.equal([])
    expect(await asOther(sql.switchOn, name, off)).to.deep.equal([])
    const refused = await asOther(sql.switchOff, 'another', off).catch((error: unknown) => error)
    expect(String((refused as Error).cause)).to.match(/row-level security/)
    expect(await control.switchedOff(tenantId)).to.have.length(1)
  })

  it('writes an audit row for a change, and none for what stood so already', async () => {
    const { tenantId, control } = await setup(0)
    expect(await control.switchOn(tenantId, 'it', 'local:ada', null)).to.equal(false)
    expect(await control.switchOff(tenantId, 'it', 'local:ada', 'one')).to.equal(true)
    expect(await control.switchOff(tenantId, 'it', 'local:ada', 'two')).to.equal(false)
    const rows = await querySuperuser(
      opened.test,
      `select action, reason, target from audit_log where tenant_id = $1 and target like 'integration/%'`,
      [tenantId],
    )
    expect(rows).to.deep.equal([{ action: 'integration.disable', reason: 'one', target: 'integration/it' }])
  })

  it('knows when an integration was last called', async () => {
    const { tenantId, name, queue, control } = await setup()
    expect(await control.lastCalls(tenantId)).to.deep.equal([])
    await claimSome(queue, 1)
    const [last] = await control.lastCalls(tenantId)
    expect(last).to.include({ integration: name })
    expect(Date.parse(last!.at)).to.be.closeTo(Date.now(), 60_000)
  })

  it('queues what a person asks for once, with an audit row', async () => {
    const { tenantId, control, queue } = await setup(0)
    const command = leadCommand(tenantId, 'ask', { id: newId() })
    await control.ask(command, 'local:ada', 'a test')
    await control.ask(command, 'local:ada', 'a test')
    expect((await claimSome(queue, 10)).map(({ command: { id } }) => id)).to.deep.equal([command.id])
    const rows = await querySuperuser(opened.test, `select actor from audit_log where target = $1`, [
      `command/${command.id}`,
    ])
    expect(rows).to.deep.equal([{ actor: 'local:ada' }])
  })

  it('lets one at a time work on an integration, also after an error, and others on theirs', async () => {
    const { tenantId, control } = await setup(0)
    const other = (await createTenant(opened.database)).id
    const inner = await control.alone(tenantId, 'mail', async () => ({
      same: await control.alone(tenantId, 'mail', async () => 1),
      integration: await control.alone(tenantId, 'sms', async () => 2),
      tenant: await control.alone(other, 'mail', async () => 3),
    }))
    expect(inner?.result).to.deep.equal({ same: null, integration: { result: 2 }, tenant: { result: 3 } })
    const failed = control.alone(tenantId, 'mail', async () => {
      throw new Error('no')
    })
    expect(await failed.catch((error: Error) => error.message)).to.equal('no')
    expect(await control.alone(tenantId, 'mail', async () => 4)).to.deep.equal({ result: 4 })
  })

  it('is let go when its connection breaks, as when its process is killed', async () => {
    const { tenantId, control } = await setup(0)
    const kill = `select pg_terminate_backend(l.pid, 10000) as ended from pg_locks l where l.locktype = 'advisory' and l.granted
      and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('neuronx.integration.' || $1 || '/mail', 0)`
    expect(
      await control.alone(tenantId, 'mail', async () => {
        const killed = await querySuperuser(opened.test, kill, [tenantId])
        expect(killed).to.deep.equal([{ ended: true }])
        return 1
      }),
    ).to.deep.equal({ result: 1 })
    expect(await control.alone(tenantId, 'mail', async () => 2)).to.deep.equal({ result: 2 })
  })

  it('knows how the last registration of webhooks went, of this tenant alone', async () => {
    const { tenantId, control } = await setup(0)
    const other = (await createTenant(opened.database)).id
    const note = { reason: null, before: {}, action: 'integration.webhook_register' } as const
    await control.noteWebhooks(tenantId, 'mail', 'ada', { ...note, after: { end: 'asked', secret: 'hook' } })
    await control.noteWebhooks(tenantId, 'mail', 'ada', {
      ...note,
      action: 'integration.webhook_remove',
      after: { end: 'done' },
    })
    await control.noteWebhooks(other, 'mail', 'bo', { ...note, after: { end: 'done', secret: null } })
    expect(await control.lastRegistration(tenantId, 'mail')).to.include({ end: 'asked', secret: 'hook' })
    expect(await control.lastRegistration(tenantId, 'sms')).to.equal(null)
  })
})
