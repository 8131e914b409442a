import { expect } from 'chai'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { claimSome, leadCommand } from '../../../support/stores/queue.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

describe('PostgresCommandCancellations', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  it('cancels what the filter found and has not been sent meanwhile', async () => {
    const { stores } = opened.database
    const { id: tenantId } = await createTenant(opened.database)
    const kept = leadCommand(tenantId, '1', { integration: 'other' })
    const [ready, waiting, sent] = [
      leadCommand(tenantId, '1'),
      leadCommand(tenantId, '1'),
      leadCommand(tenantId, '2'),
    ]
    await opened.enqueue(kept, ready, waiting, sent)
    const selection = { integration: 'sink' }
    const job = await stores.commandCancellations.start(tenantId, selection, noPace, testActor, 'wrong text')
    const leased = await claimSome(stores.commands)
    const underWay = leased.filter(({ command }) => command.integration === 'sink').length
    const ended = await workOff(opened.database, testRunner(opened.database), job)
    expect(ended.counts).to.deep.equal({ total: 3, done: 3 - underWay, skipped: underWay, failed: 0 })
    expect(await opened.stateOf(waiting)).to.equal('cancelled')
    expect(await opened.stateOf(ready)).to.equal('leased')
    expect(await claimSome(stores.commands)).to.deep.equal([])
  })

  it('says so when nothing matches', async () => {
    const { id: tenantId } = await createTenant(opened.database)
    const none = opened.database.stores.commandCancellations.start(tenantId, {}, noPace, testActor, 'x')
    expect(await none.catch((error: unknown) => error)).to.include({ code: 'NX-COMMAND-NOT-FOUND' })
  })
})
