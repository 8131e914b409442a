import { expect } from 'chai'
import type { Settlement } from '../../../../src/messaging/commands/command-queue.ts'
import { querySuperuser } from '../../../support/database.ts'
import { allReporting, claimSome, reported, vendorError } from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { capOf, gateOver } from '../commands/sends/gate-setup.ts'
import { carrier, failoverOver, firstCarrier, plansOver, shutGate, textMessage } from './failover-setup.ts'

const notTaken: Settlement = {
  state: 'retry',
  error: vendorError,
  delayMs: 0,
  spendsAttempt: true,
  notExecuted: true,
  durationMs: 1,
}

describe('failover of a message that holds the only slot under a cap', () => {
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
  const slots = async () => {
    const rows = await querySuperuser<{ command_id: string }>(
      opened.test,
      'select command_id from send_slot where tenant_id = $1',
      [tenantId],
    )
    return rows.map((row) => row.command_id)
  }
  /** Claims the one message and lets it pass a gate with a cap of one a day, which gives it the slot. */
  const claimedWithSlot = async () => {
    const message = textMessage(tenantId, 'one')
    await opened.enqueue(message)
    const leased = await claimSome(queue())
    const verdicts = await gateOver(opened, [capOf(1)]).judge(leased)
    expect(verdicts.map(({ state }) => state)).to.deep.equal(['allow'])
    expect(await slots()).to.deep.equal([message.id])
    return { message, leased }
  }
  /** What the gate says of the one that takes its place. */
  const afterTheMove = async () => {
    const plans = plansOver([firstCarrier(), carrier('second')])
    expect(await failoverOver(opened, plans).round()).to.equal(1)
    const leased = await claimSome(queue())
    expect(leased.map(({ command }) => command.integration)).to.deep.equal(['second'])
    const [verdict] = await gateOver(opened, [capOf(1)]).judge(leased)
    return { verdict, id: leased[0]!.command.id }
  }

  it('lets the other out after an attempt that the first did not take', async () => {
    const { leased } = await claimedWithSlot()
    const report = reported({ health: 'credentials', reason: 'NX-CALL-CREDENTIALS' })
    await queue().settle(allReporting(leased, notTaken, report))
    const { verdict, id } = await afterTheMove()
    expect(verdict).to.include({ state: 'allow', holdsSlot: true })
    expect(await slots()).to.deep.equal([id])
  })

  it('lets the other out after an attempt whose daemon died before the call', async () => {
    const { message } = await claimedWithSlot()
    await opened.enqueue(textMessage(tenantId, 'outage', { input: { text: 'nobody', channel: 'sms' } }))
    await shutGate(opened)
    await querySuperuser(
      opened.test,
      `update command_lane set lease_until = now() - interval '1 s' where state = 'leased'`,
    )
    expect(await queue().recoverExpired()).to.equal(1)
    expect(await slots()).to.deep.equal([message.id])
    const { verdict, id } = await afterTheMove()
    expect(verdict).to.include({ state: 'allow', holdsSlot: true })
    expect(await slots()).to.deep.equal([id])
  })
})
