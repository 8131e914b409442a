import { expect } from 'chai'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { runDoctor } from '../../src/app/doctor/run-doctor.ts'
import type { CheckResult } from '../../src/app/doctor/finding.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { loopLateMs } from '../../src/platform/alerts/loop-periods.ts'
import { watchThresholds } from '../../src/platform/alerts/watch-thresholds.ts'
import { checkAlertRules, metricNames } from '../support/alerts/alert-rules.ts'
import { eventually } from '../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const page = { limit: 50, cursor: null }
/** Two rounds of the watch and the delivery. */
const watchMs = 40_000

const routes = (vendorUrl: string): string => `
---
apiVersion: neuronx/v1
kind: RuleSet
name: new-leads
rules:
  - { id: tell, on: lead.created, then: [ { call: sink.once, with: { lead: "{{ lead.id }}" } } ] }
---
apiVersion: neuronx/v1
kind: Integration
name: pager
connector: http
connection: { baseUrl: "${vendorUrl}" }
auth: { kind: none }
operations:
  page: { method: POST, path: /pages, effect: send, body: { text: "{{ input.text }}" } }
---
apiVersion: neuronx/v1
kind: AlertRoute
name: through-the-sick
send: { integration: sink, operation: once, input: { lead: "{{ alert.id }}" } }
---
apiVersion: neuronx/v1
kind: AlertRoute
name: on-call
match: { codes: [NX-ALERT-DEAD-LETTERS] }
send: { integration: pager, operation: page, input: { text: "{{ alert.occurrence }} {{ alert.subject }}" } }
resolved: true
`

describe('alerts, end to end', function () {
  this.timeout(180_000)
  let system: RunningSystem
  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + routes(system.vendor.url))
  })
  after(async () => system[Symbol.asyncDispose]())

  const pages = () => system.vendor.calls.filter(({ path }) => path === '/pages').map(({ body }) => body)
  const status = (checks: readonly CheckResult[], check: string) =>
    checks.find((result) => result.check === check)?.status

  it('tells what is missing while nothing runs', async () => {
    const checks = await runDoctor(system.settings, { deadlineMs: 10_000 })
    expect(status(checks, 'database.reachable')).to.equal('ok')
    expect(status(checks, 'daemons.live')).to.equal('fail')
    expect(status(checks, 'shards')).to.equal('fail')
    expect(status(checks, 'bus.reachable')).to.equal('ok')
    expect(status(checks, 'bus.streams')).to.equal('fail')
    for (const { status: how, fix, check } of checks) if (how === 'fail') expect(fix, check).to.be.a('string')
  })

  it('raises an alert of a dead letter, sends it once through another integration, and tells when it is over', async () => {
    const { operator, tenant, vendor } = system
    const token = await system.token('ingest')
    const daemon = await system.daemon()
    vendor.failNext({ kind: 'status', status: 400 })
    expect((await postEvents(daemon.url, token, leadCreated('1'))).status).to.equal(202)
    await eventually(() => pages().length > 0, watchMs)
    const { items } = await operator.alerts.list(tenant.id, { code: 'NX-ALERT-DEAD-LETTERS' }, page)
    const [alert] = items
    expect(items).to.have.length(1)
    expect(pages()).to.deep.equal([{ text: `raised ${alert!.subject}` }])

    const [letter] = (await operator.messages.deadLetters(tenant.id, { status: 'open' }, page)).items
    const [replayed] = await operator.deadLetters.replay(
      tenant.id,
      [letter!.id],
      { includeInDoubt: false },
      operator.actor,
      null,
    )
    expect(replayed?.state).to.equal('replayed')
    await eventually(() => pages().length > 1, watchMs)
    expect(pages()[1]).to.deep.equal({ text: `resolved ${alert!.subject}` })
    expect((await operator.alerts.alert(tenant.id, alert!.id))?.status).to.equal('resolved')
    const sent = vendor.calls.filter(({ path }) => path === '/once')
    expect(sent.map(({ body }) => body)).to.deep.equal([{ lead: '1' }, { lead: '1' }])

    const healthy = await runDoctor(system.settings, { deadlineMs: 10_000 })
    const sound = ['daemons.live', 'shards', 'daemons.loops', 'bus.streams', 'bus.consumers', 'dead_letters']
    for (const check of sound) expect(status(healthy, check), check).to.equal('ok')

    const scraped = metricNames(await (await fetch(`${daemon.opsUrl}/metrics`)).text())
    const { metrics, problems } = await checkAlertRules()
    expect(problems).to.deep.equal([])
    expect(metrics.filter((name) => !scraped.has(name))).to.deep.equal([])
    expect(metrics.length).to.be.above(10)
  })

  it('counts nothing as stopped for which there is nothing to do: each loop that it looks at has a round at once', async () => {
    await system.daemon()
    const { databaseUrl } = system.settings
    await using database = await openDatabase(databaseUrl ?? '', { logger: silentLogger, clock: systemClock })
    const waiting = async (): Promise<readonly string[]> => {
      const { daemons } = await database.stores.installation.facts(watchThresholds)
      expect(daemons).not.to.have.length(0)
      return daemons.flatMap(({ loopAgesMs }) =>
        Object.entries(loopAgesMs).flatMap(([loop, ageMs]) =>
          ageMs === null && loopLateMs(loop) !== null ? [loop] : [],
        ),
      )
    }
    await eventually(async () => expect(await waiting()).to.deep.equal([]), 60_000)
  })

  it('says of each thing that it could not be looked at when everything is dead', async () => {
    const dead = {
      ...system.settings,
      databaseUrl: 'postgres://x:y@127.0.0.1:1/z',
      natsUrl: 'nats://127.0.0.1:1',
    }
    const checks = await runDoctor(dead, { deadlineMs: 2_000 })
    expect(status(checks, 'database.reachable')).to.equal('fail')
    expect(status(checks, 'bus.reachable')).to.equal('fail')
    expect(checks.find(({ check }) => check === 'database.reachable')?.found).to.contain('NX-DB-')
  })
})
