import { expect } from 'chai'
import { ClearedCommand } from '../../../../../src/messaging/commands/cleared-command.ts'
import { querySuperuser } from '../../../../support/database.ts'
import { claimSome } from '../../../../support/stores/queue.ts'
import { createTenant } from '../../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../../support/stores/test-queue.ts'
import { capOf, gateOver, message } from './gate-setup.ts'

describe('the quota of commands a day on Postgres', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())
  beforeEach(async () => opened.reset())
  const newTenant = async (): Promise<string> => (await createTenant(opened.database)).id
  const quotas = () => opened.database.stores.commandQuotas
  const used = async (tenantId: string): Promise<number> => {
    const [row] = await querySuperuser<{ used: string }>(
      opened.test,
      'select used from command_day where tenant_id = $1',
      [tenantId],
    )
    return Number(row?.used ?? 0)
  }
  const query = async (text: string) => await querySuperuser(opened.test, text)

  it('is shared by daemons that ask at the same time, and never given out twice', async () => {
    const [one, other] = [await newTenant(), await newTenant()]
    const asks = Array.from({ length: 20 }, async (_, index) => {
      const both = [
        { tenantId: one, wanted: 3, max: 25 },
        { tenantId: other, wanted: 1, max: 100 },
      ]
      return quotas().take(index % 2 === 0 ? both : both.toReversed())
    })
    const grants = (await Promise.all(asks)).flatMap((two, index) =>
      index % 2 === 0 ? two : two.toReversed(),
    )
    const sum = (part: number) =>
      grants.filter((_, index) => index % 2 === part).reduce((total, { granted }) => total + granted, 0)
    expect([sum(0), sum(1)]).to.deep.equal([25, 20])
    expect([await used(one), await used(other)]).to.deep.equal([25, 20])
    for (const { resetsInMs } of grants) expect(resetsInMs).to.be.within(1, 86_400_000)
  })

  it('begins anew with the day, and forgets days after a week', async () => {
    const tenantId = await newTenant()
    const ask = [{ tenantId, wanted: 2, max: 2 }]
    expect((await quotas().take(ask))[0]?.granted).to.equal(2)
    expect((await quotas().take(ask))[0]?.granted).to.equal(0)
    await query('update command_day set day = day - 1')
    expect((await quotas().take(ask))[0]?.granted).to.equal(2)
    await query('update command_day set day = day - 8')
    expect(await opened.database.forgetCommandDays()).to.be.at.least(2)
    expect(await used(tenantId)).to.equal(0)
  })

  it('holds what is over until tomorrow in its lane, gives its slots back, and counts it then', async () => {
    const tenantId = await newTenant()
    await opened.enqueue(...[1, 2, 3].map((lead) => message(tenantId, `l${lead}`)))
    const gate = gateOver(opened, [capOf(5)], { commandsPerDay: 2 })
    const queue = opened.database.stores.commands
    const passages = await ClearedCommand.passGate(gate, await claimSome(queue, 10))
    const stopped = passages.flatMap((one) => (one.state === 'stopped' ? one.end : []))
    expect([passages.length, stopped.length]).to.deep.equal([3, 1])
    await queue.settle(stopped)
    const id = stopped[0]?.leased.command.id
    const [lane] = await querySuperuser<{ state: string; attempt: number; tomorrow: boolean }>(
      opened.test,
      `select state, attempt, ((next_attempt_at + interval '1 s') at time zone 'UTC')::date > (now() at time zone 'UTC')::date as tomorrow
       from command_lane where command_id = $1`,
      [id],
    )
    expect(lane).to.deep.equal({ state: 'ready', attempt: 0, tomorrow: true })
    expect(await query(`select from send_slot where command_id = '${id}'`)).to.have.length(0)
    expect(await used(tenantId)).to.equal(2)
    await query(`update command_day set day = day - 1`)
    await query(`update command_lane set next_attempt_at = now() where command_id = '${id}'`)
    const again = await ClearedCommand.passGate(gate, await claimSome(queue, 10))
    expect(again.map(({ state }) => state)).to.deep.equal(['cleared'])
  })
})
