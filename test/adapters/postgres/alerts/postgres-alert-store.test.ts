import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { allAlertCodes } from '../../../../src/platform/alerts/alert-codes.ts'
import type { AlertCondition } from '../../../../src/platform/alerts/alert.ts'
import { conditionOf } from '../../../../src/platform/alerts/observations.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'

describe('alerts on Postgres', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())
  beforeEach(async () => {
    await querySuperuser(opened.test, 'delete from alert')
  })

  const page = { limit: 50, cursor: null }
  const store = () => opened.database.stores.alerts
  const breaker = (tenantId: string | null, subject = 'integration/ghl', detail = 'down'): AlertCondition =>
    conditionOf('NX-ALERT-BREAKER-OPEN', { tenantId, subject, detail, fix: 'wait', facts: {} })

  it('makes one alert of a condition that is found again and again, and counts it', async () => {
    const { id: tenant } = await createTenant(opened.database)
    expect(await store().report(allAlertCodes, [breaker(tenant)])).to.have.length(1)
    expect(await store().report(allAlertCodes, [breaker(tenant, undefined, 'still down')])).to.deep.equal([])
    const { items } = await store().list(tenant, {}, page)
    expect(items.map(({ seen, detail, status }) => ({ seen, detail, status }))).to.deep.equal([
      { seen: 2, detail: 'still down', status: 'open' },
    ])
  })

  it('holds a condition apart by tenant, code and subject, the installation included', async () => {
    const { id: a } = await createTenant(opened.database)
    const { id: b } = await createTenant(opened.database)
    const all = [breaker(a), breaker(b), breaker(null), breaker(a, 'integration/sink')]
    expect(await store().report(allAlertCodes, [...all, breaker(null)])).to.have.length(4)
    expect(await store().report(allAlertCodes, all)).to.have.length(0)
    expect((await store().list(null, {}, page)).items).to.have.length(1)
    expect((await store().list(a, {}, page)).items).to.have.length(2)
    expect(await store().counts()).to.deep.equal([
      { code: 'NX-ALERT-BREAKER-OPEN', severity: 'warning', count: 4 },
    ])
  })

  it('resolves what is no longer found, among the codes that were looked at only', async () => {
    const { id: tenant } = await createTenant(opened.database)
    await store().report(allAlertCodes, [breaker(tenant)])
    await store().report(['NX-ALERT-DISK'], [])
    expect((await store().list(tenant, { status: 'open' }, page)).items).to.have.length(1)
    await store().report(['NX-ALERT-BREAKER-OPEN'], [])
    const [resolved] = (await store().list(tenant, {}, page)).items
    expect(resolved?.status).to.equal('resolved')
    expect(resolved?.resolvedAt).to.be.a('string')
  })

  it('makes a new alert when a condition comes back after it was resolved', async () => {
    const { id: tenant } = await createTenant(opened.database)
    const [first] = await store().report(allAlertCodes, [breaker(tenant)])
    await store().report(allAlertCodes, [])
    const [second] = await store().report(allAlertCodes, [breaker(tenant)])
    expect(second?.id).to.be.a('string').and.not.equal(first?.id)
  })

  it('keeps an acknowledged alert one and the same, and writes down who acknowledged it once', async () => {
    const { id: tenant } = await createTenant(opened.database)
    const [alert] = await store().report(allAlertCodes, [breaker(tenant)])
    const acknowledged = await store().acknowledge(tenant, alert!.id, testActor, 'vendor told')
    await store().acknowledge(tenant, alert!.id, testActor, 'again')
    expect(acknowledged).to.include({ status: 'acknowledged', acknowledgedBy: 'local:test' })
    expect(await store().report(allAlertCodes, [breaker(tenant)])).to.deep.equal([])
    expect((await store().alert(tenant, alert!.id))?.status).to.equal('acknowledged')
    const audit = await querySuperuser<{ reason: string }>(
      opened.test,
      `select reason from audit_log where action = 'alert.acknowledge' and tenant_id = $1`,
      [tenant],
    )
    expect(audit).to.deep.equal([{ reason: 'vendor told' }])
  })

  it('acknowledges an alert of the installation', async () => {
    const [alert] = await store().report(allAlertCodes, [breaker(null)])
    const after = await store().acknowledge(null, alert!.id, testActor, null)
    expect(after.status).to.equal('acknowledged')
  })

  it('shows a tenant nothing of another or of the installation', async () => {
    const { id: a } = await createTenant(opened.database)
    const { id: b } = await createTenant(opened.database)
    const [ofB, own] = [await store().report([], [breaker(b)]), await store().report([], [breaker(null)])]
    expect((await store().list(a, {}, page)).items).to.deep.equal([])
    expect(await store().alert(a, ofB[0]!.id)).to.equal(null)
    const refused = await store()
      .acknowledge(a, own[0]!.id, testActor, null)
      .catch((error: unknown) => error)
    expect(refused).to.include({ code: 'NX-ALERT-NOT-FOUND' })
  })

  it('pages and filters', async () => {
    const { id: tenant } = await createTenant(opened.database)
    await store().report([], [breaker(tenant, 's/1'), breaker(tenant, 's/2'), breaker(tenant, 's/3')])
    const first = await store().list(tenant, {}, { limit: 2, cursor: null })
    const rest = await store().list(tenant, {}, { limit: 2, cursor: first.cursor })
    const subjects = [...first.items, ...rest.items].map(({ subject }) => subject)
    expect(subjects.toSorted()).to.deep.equal(['s/1', 's/2', 's/3'])
    expect(rest.cursor).to.equal(null)
    expect((await store().list(tenant, { severity: 'critical' }, page)).items).to.deep.equal([])
    expect((await store().list(tenant, { code: 'NX-ALERT-BREAKER-OPEN' }, page)).items).to.have.length(3)
  })

  it('forgets what was resolved long ago, and nothing else', async () => {
    const { id: tenant } = await createTenant(opened.database)
    await store().report(allAlertCodes, [breaker(tenant, 's/old')])
    await store().report(allAlertCodes, [breaker(tenant, 's/open')])
    await querySuperuser(
      opened.test,
      `update alert set resolved_at = now() - interval '91 days' where status = 'resolved'`,
    )
    expect(await store().forgetOld()).to.equal(1)
    expect((await store().list(tenant, {}, page)).items.map(({ subject }) => subject)).to.deep.equal([
      's/open',
    ])
  })
})
