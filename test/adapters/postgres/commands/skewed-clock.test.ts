import { expect } from 'chai'
import { openDatabase } from '../../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { Clock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { openTestDatabase } from '../../../support/database.ts'
import { decideSeen } from '../../../support/stores/decisions.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { claimSome, leadCommand } from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('a daemon whose clock is an hour ahead of the database', () => {
  it('has what it decides now carried out now', async () => {
    const { database, test, close } = await openTestDatabase()
    const { id: tenantId } = await createTenant(database)
    const { intake, outbox, shardLeases, commands } = database.stores
    await intake.acceptAll([request(tenantId, incoming({ tenantId, externalId: '1' }))])
    const events = await outbox.entityRange(tenantId, 'default/lead/42', 1, 2)
    const leases = await shardLeases.heartbeat({ daemonId: 'a', host: 'h', version: '1', leaseMs: 60_000 })

    const ahead: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + 3_600_000) }
    {
      await using skewed = await openDatabase(test.url, { logger: silentLogger, clock: ahead })
      const command = leadCommand(tenantId, '42', { dueAt: ahead.now().toISOString() })
      await skewed.stores.decisions.apply(
        events,
        leases,
        decideSeen(() => ({ commands: [command] })),
      )
    }
    expect(await claimSome(commands)).to.have.length(1)
    await close()
  })
})
