import { expect } from 'chai'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { conditionOf } from '../../src/platform/alerts/observations.ts'
import type { CheckResult } from '../../src/app/doctor/finding.ts'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTenant } from '../support/stores/tenants.ts'

interface Answer {
  readonly ok: boolean
  readonly data: { readonly items: readonly { readonly id: string; readonly code: string }[] }
  readonly error?: { readonly code: string }
}

describe('alert and doctor commands', function () {
  this.timeout(180_000)
  let test: TestDatabase
  let database: Database
  let tenant: string

  before(async () => {
    buildCli()
    test = await createTestDatabase()
    database = await openDatabase(test.url, { logger: silentLogger, clock: systemClock })
    const { id, slug } = await createTenant(database)
    tenant = slug
    const condition = (tenantId: string | null) =>
      conditionOf('NX-ALERT-DISK', {
        tenantId,
        subject: 's',
        detail: 'nearly full',
        fix: 'make room',
        facts: {},
      })
    await database.stores.alerts.report([], [condition(id), condition(null)])
  })
  after(async () => {
    await database[Symbol.asyncDispose]()
    await test.drop()
  })

  const cli = (args: readonly string[]) =>
    runBuiltCli(args, { env: { NEURONX_DATABASE_URL: test.url, NEURONX_NATS_URL: 'nats://127.0.0.1:1' } })
  const json = async (args: readonly string[]) => {
    const { code, stdout } = await cli([...args, '--json'])
    return { code, ...(JSON.parse(stdout) as Answer) }
  }

  it('list, show and acknowledge the alerts of a tenant', async () => {
    const listed = await json(['alert', 'list', '--tenant', tenant, '--severity', 'critical'])
    expect(listed.data.items.map(({ code }) => code)).to.deep.equal(['NX-ALERT-DISK'])
    const { id } = listed.data.items[0]!
    expect((await cli(['alert', 'show', id, '--tenant', tenant])).stdout).to.match(/FIX\s+make room/)
    const acknowledged = await cli(['alert', 'ack', id, '--tenant', tenant, '--reason', 'at it'])
    expect(acknowledged.stdout).to.match(/is acknowledged by local:/)
    expect((await json(['alert', 'list', '--tenant', tenant])).data.items).to.deep.equal([])
    const all = await json(['alert', 'list', '--tenant', tenant, '--status', 'all'])
    expect(all.data.items).to.have.length(1)
  })

  it('list the alerts of the installation, which no tenant shows', async () => {
    const [own] = (await json(['alert', 'list', '--installation'])).data.items
    expect(own?.code).to.equal('NX-ALERT-DISK')
    const shown = await json(['alert', 'show', own!.id, '--tenant', tenant])
    expect([shown.code, shown.error?.code]).to.deep.equal([66, 'NX-ALERT-NOT-FOUND'])
    expect((await cli(['alert', 'ack', own!.id, '--installation'])).code).to.equal(0)
  })

  it('doctor ends with 2 when something is wrong, each with a fix, and with 69 without a database', async () => {
    const found = await cli(['doctor', '--json', '--timeout', '3'])
    expect(found.code).to.equal(2)
    const { checks } = (JSON.parse(found.stdout) as { data: { checks: readonly CheckResult[] } }).data
    const wrong = checks.filter(({ status }) => status === 'fail').map(({ check }) => check)
    expect(wrong).to.include.members(['daemons.live', 'shards', 'bus.reachable'])
    expect((await cli(['doctor', '--timeout', '3'])).stdout).to.match(/fail\s+daemons\.live/)
    const dead = await runBuiltCli(['doctor', '--timeout', '2'], {
      env: { NEURONX_DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z' },
    })
    expect(dead.code).to.equal(69)
    expect(dead.stdout).to.match(/fail\s+settings\s+Not set: NEURONX_NATS_URL/)
  })
})
