import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import type { CrashPointName } from '../../../../src/kernel/crash-points.ts'
import { openTestDatabase } from '../../../support/database.ts'
import { decideSeen } from '../../../support/stores/decisions.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('crash points of the stores', () => {
  /** Reaching this one ends the work there, as a death would. */
  let deadly: CrashPointName | null = null
  let opened: { database: Database; close(): Promise<void> }
  before(async () => {
    const crashPoints = {
      reach: (point: CrashPointName) => {
        if (point === deadly) throw new Error(`died at ${point}`)
      },
    }
    opened = await openTestDatabase({ crashPoints })
  })
  afterEach(() => (deadly = null))
  after(async () => opened.close())

  const logged = async (tenantId: string) =>
    await opened.database.stores.outbox.entityRange(tenantId, 'default/lead/42', 1, 10)

  it('leave nothing of a request before its commit, and all of it after', async () => {
    const { intake } = opened.database.stores
    const tenantId = (await createTenant(opened.database)).id
    const send = async () =>
      await intake
        .acceptAll([request(tenantId, incoming({ tenantId }))])
        .catch((error: Error) => error.message)
    deadly = 'intake.before_commit'
    await send()
    expect(await logged(tenantId)).to.have.length(0)
    deadly = 'intake.after_commit'
    await send()
    expect(await logged(tenantId)).to.have.length(1)
  })

  it('leave nothing of a batch of decisions that dies in the middle', async () => {
    const { intake, decisions, entities, shardLeases } = opened.database.stores
    const leases = await shardLeases.heartbeat({ daemonId: 'a', host: 'h', version: '1', leaseMs: 600_000 })
    const tenantId = (await createTenant(opened.database)).id
    await intake.acceptAll([request(tenantId, incoming({ tenantId }))])
    const lead = async () => await entities.byId(tenantId, 'default', { kind: 'lead', id: '42' })
    deadly = 'consumer.mid_transaction'
    const failure = await decisions
      .apply(await logged(tenantId), leases, decideSeen())
      .catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(Error)
    expect(await lead()).to.equal(null)
    deadly = null
    expect(await decisions.apply(await logged(tenantId), leases, decideSeen())).to.include({ applied: 1 })
    expect(await lead()).to.deep.include({ appliedSeq: 1 })
  })
})
