import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { alertCommand } from '../../../../src/app/alerts/alert-command.ts'
import type { Alert } from '../../../../src/platform/alerts/alert.ts'
import { conditionOf } from '../../../../src/platform/alerts/observations.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('notices of alerts on Postgres', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let tenant: string
  beforeEach(async () => {
    opened = await openTestDatabase()
    tenant = (await createTenant(opened.database)).id
  })
  afterEach(async () => opened.close())

  const notices = () => opened.database.stores.alertNotices
  const raise = async (tenantId: string | null): Promise<Alert> => {
    const condition = conditionOf('NX-ALERT-DISK', {
      tenantId,
      subject: 's',
      detail: 'd',
      fix: 'f',
      facts: {},
    })
    return (await opened.database.stores.alerts.report([], [condition]))[0] as Alert
  }
  const send = async (alert: Alert, occurrence = 'raised') => {
    const notice = { route: 'page', occurrence }
    const operation = { integration: 'pager', operation: 'page', repeatable: 'yes' } as const
    const command = alertCommand({ tenantId: tenant, alert, notice, operation, input: {}, now: new Date(0) })
    return await notices().send(alert, notice, command)
  }
  const commands = () => querySuperuser(opened.test, 'select cause, tenant_id from command order by id')

  it('queues a command once, whoever sends it, at the same time too', async () => {
    const alert = await raise(tenant)
    const sent = await Promise.all([send(alert), send(alert), send(alert)])
    expect(sent.filter(Boolean)).to.have.length(1)
    expect(await commands()).to.deep.equal([{ cause: 'AlertRoute/page', tenant_id: tenant }])
    expect(await send(alert, 'resolved')).to.equal(true)
    expect(await commands()).to.have.length(2)
  })

  it('sends an alert of the installation through a tenant, and remembers it', async () => {
    const alert = await raise(null)
    expect([await send(alert), await send(alert)]).to.deep.equal([true, false])
    const [found] = await notices().noticeable(60_000, 10)
    expect(found?.alert).to.include({ id: alert.id, tenantId: null })
    expect(found?.notices.map(({ route, occurrence, sent }) => ({ route, occurrence, sent }))).to.deep.equal([
      { route: 'page', occurrence: 'raised', sent: true },
    ])
    expect(Date.parse(found!.notices[0]!.at)).to.be.a('number').and.not.NaN
  })

  it('remembers what was withheld, and why', async () => {
    for (const alert of [await raise(tenant), await raise(null)]) {
      await notices().withhold(alert, { route: 'page', occurrence: 'raised' }, 'its own integration')
      await notices().withhold(alert, { route: 'page', occurrence: 'raised' }, 'again')
    }
    const rows = await querySuperuser(opened.test, 'select note, command_id from alert_notice')
    expect(rows).to.deep.equal([
      { note: 'its own integration', command_id: null },
      { note: 'its own integration', command_id: null },
    ])
    expect(await commands()).to.deep.equal([])
  })

  it('shows what was resolved within the time that is asked for', async () => {
    await raise(tenant)
    await opened.database.stores.alerts.report(['NX-ALERT-DISK'], [])
    expect(await notices().noticeable(60_000, 10)).to.have.length(1)
    await querySuperuser(opened.test, `update alert set resolved_at = now() - interval '2 minutes'`)
    expect(await notices().noticeable(60_000, 10)).to.have.length(0)
  })
})
