import { expect } from 'chai'
import pg from 'pg'
import { settleAttempts } from '../../../../src/adapters/postgres/commands/settle-attempts.ts'
import { inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import type { Command } from '../../../../src/messaging/commands/command.ts'
import type { SettledAttempt, Settlement } from '../../../../src/messaging/commands/command-queue.ts'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { claimSome, leadCommand, succeeded, vendorError } from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

describe('settlements that meet', () => {
  let opened: TestQueue
  let tenantId: string
  before(async () => {
    opened = await openTestQueue()
  })
  beforeEach(async () => {
    await opened.reset()
    tenantId = (await createTenant(opened.database)).id
  })
  after(async () => opened.close())

  const command = (lead: string, integration: string): Command =>
    leadCommand(tenantId, lead, { integration, routeResult: true })

  /** Queues and claims them; each has an open replay, so that settling it begins with its letter. */
  async function claimReplayed(...commands: readonly Command[]) {
    await opened.enqueue(...commands)
    await querySuperuser(opened.test, 'update command_lane set run_lease = run_lease + 5')
    await querySuperuser(
      opened.test,
      `insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, command_id, payload, fingerprint, status)
       select gen_random_uuid(), $1, 'default', 'command', 'permanent', 'NX-X', 'x', id, '{}', 'f', 'replaying'
       from unnest($2::uuid[]) id`,
      [tenantId, commands.map(({ id }) => id)],
    )
    const leased = new Map(
      (await claimSome(opened.database.stores.commands)).map((one) => [one.command.id, one]),
    )
    return (one: Command, settlement: Settlement): SettledAttempt => ({
      leased: leased.get(one.id)!,
      settlement,
      notice: {
        outcome: settlement.state === 'succeeded' ? 'sent' : 'suppressed',
        channel: null,
        routed: true,
      },
    })
  }

  /** Once, as one transaction: what the server breaks off because it waits in a circle is not tried again. */
  const settleOnce = async (...attempts: readonly SettledAttempt[]): Promise<string> => {
    try {
      await inTenants(opened.pool, [tenantId], async (client) =>
        settleAttempts(client, attempts, systemClock),
      )
      return 'settled'
    } catch (error) {
      return String((error as Error).cause)
    }
  }

  const waiting = async (count: number) =>
    eventually(async () => {
      const rows = await querySuperuser(
        opened.test,
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length >= count
    })

  /** Somebody who has letters in use for as long as `work` lasts. */
  async function whileHeld<T>(sql: string, work: () => Promise<T>): Promise<T> {
    const holder = new pg.Client({ connectionString: opened.test.superuserUrl })
    await holder.connect()
    try {
      await holder.query(`set search_path = neuronx; begin; ${sql}`)
      return await work()
    } finally {
      await holder.end()
    }
  }

  const suppressed = (instead: Command | null): Settlement => ({
    state: 'suppressed',
    error: vendorError,
    instead,
    durationMs: 0,
  })

  it('do not wait for each other in a circle when both end commands of the same two entities in several ways', async () => {
    const [a1, a2, b1, b2] = [command('1', 'a'), command('2', 'a'), command('1', 'b'), command('2', 'b')]
    const end = await claimReplayed(a1, a2, b1, b2)
    const settled = await whileHeld('lock table dead_letter in exclusive mode', async () => {
      const both = [
        settleOnce(end(a2, succeeded), end(a1, suppressed(null))),
        settleOnce(end(b1, succeeded), end(b2, suppressed(null))),
      ]
      await waiting(2)
      return { both }
    })
    expect(await Promise.all(settled.both)).to.deep.equal(['settled', 'settled'])
    const heads = await querySuperuser(
      opened.test,
      'select seq::integer from entity_head where tenant_id = $1',
      [tenantId],
    )
    expect(heads, 'a result and a notice of each command').to.deep.equal([{ seq: 4 }, { seq: 4 }])
  })

  it('do not wait in a circle when one queues instead what the lane of the other is to carry', async () => {
    const [whatsapp, sms] = [command('1', 'whatsapp'), command('1', 'sms')]
    const end = await claimReplayed(whatsapp, sms)
    const instead = { ...sms, id: newId(), idempotencyKey: 'instead', parentId: whatsapp.id }
    const letter = `select from dead_letter where command_id = '${sms.id}' for update`
    const settled = await whileHeld(letter, async () => {
      const first = settleOnce(end(sms, succeeded))
      await waiting(1)
      const both = [first, settleOnce(end(whatsapp, suppressed(instead)))]
      await waiting(2)
      return { both }
    })
    expect(await Promise.all(settled.both)).to.deep.equal(['settled', 'settled'])
    expect(await opened.stateOf(instead)).to.equal('ready')
  })
})
