import { expect } from 'chai'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { Clock } from '../../../../src/kernel/clock.ts'
import { openTestDatabase } from '../../../support/database.ts'
import { decideSeen } from '../../../support/stores/decisions.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { claimSome, leadCommand } from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('a daemon whose clock is an hour ahead of the database, and is set right while it works', () => {
  it('has what it decides now carried out now', async () => {
    const { database, close } = await openTestDatabase()
    const { id: tenantId } = await createTenant(database)
    const { intake, outbox, shardLeases, commands } = database.stores
    await intake.acceptAll([request(tenantId, incoming({ tenantId, externalId: '1' }))])
    const events = await outbox.entityRange(tenantId, 'default/lead/42', 1, 2)
    const leases = await shardLeases.heartbeat({ daemonId: 'a', host: 'h', version: '1', leaseMs: 60_000 })

    // By a clock that is an hour ahead; when the decision is written, it shows the right time.
    const ahead: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + 3_600_000) }
    const decidedBy: Clock = { ...systemClock, now: () => decidedAt }
    const decidedAt = ahead.now()
    const command = leadCommand(tenantId, '42', { dueAt: decidedAt.toISOString() })
    await database.stores.decisions.apply(
      events,
      leases,
      decideSeen(() => ({ commands: [command] }), decidedBy),
    )
    expect(await claimSome(commands)).to.have.length(1)
    await close()
  })
})
