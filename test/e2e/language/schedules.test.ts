import { expect } from 'chai'
import { runDoctor } from '../../../src/app/doctor/run-doctor.ts'
import type { ScheduleView } from '../../../src/sales-core/schedules/schedule-control.ts'
import type { ScheduleRun } from '../../../src/sales-core/schedules/schedule-run.ts'
import { buildCli, runBuiltCli } from '../../support/cli/built-cli.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'

const leads = 12

/** Leads of Dubai get an event each, and a rule sends them to the vendor. */
const nightly = `
---
apiVersion: neuronx/v1
kind: EventType
name: lead.checked
fields: { score: number? }
---
apiVersion: neuronx/v1
kind: Schedule
name: nightly
cron: 0 3 * * *
tz: Asia/Dubai
for_each: { entity: lead, where: 'lead.country == "AE"' }
emit: { type: lead.checked, data: { score: "{{ lead.score }}" } }
---
apiVersion: neuronx/v1
kind: RuleSet
name: reviews
rules:
  - { id: look, on: lead.checked, then: [ { call: sink.hit, with: { lead: "{{ lead.id }}", score: "{{ event.score }}" } } ] }
`

describe('schedules, end to end', function () {
  this.timeout(180_000)
  let system: RunningSystem
  before(async () => {
    buildCli()
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + nightly)
  })
  after(async () => system[Symbol.asyncDispose]())

  const hits = () =>
    system.vendor.calls.filter(({ path }) => path === '/hit').map(({ body }) => body as { lead: string })
  const schedules = async () => system.operator.schedules.list(system.tenant.id, null)

  /** What a command answered with `--json`. */
  async function cli<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await runBuiltCli([...args, '--tenant', 'acme', '--json'], {
      env: { NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '' },
    })
    if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`)
    return (JSON.parse(stdout) as { data: T }).data
  }

  it('carries a schedule that was applied to the rules, once for each entity, whoever of two daemons does it', async () => {
    const token = await system.token('ingest')
    const daemon = await system.daemon()
    await system.daemon()
    for (let lead = 0; lead < leads; lead += 1) {
      const data = { name: `L${lead}`, country: lead % 2 === 0 ? 'AE' : 'DE' }
      expect((await postEvents(daemon.url, token, leadCreated(String(lead), data))).status).to.equal(202)
    }
    await eventually(async () => {
      const known = await system.operator.entities.list(system.tenant.id, 'default', 'lead', {
        limit: 50,
        cursor: null,
      })
      return known.items.length === leads && (await schedules()).length === 1
    }, 60_000)

    const [listed] = await cli<readonly ScheduleView[]>('schedule', 'list')
    expect(listed).to.include({
      name: 'nightly',
      workspace: 'default',
      times: '0 3 * * * Asia/Dubai',
      lastRun: null,
    })
    const run = await cli<ScheduleRun>('schedule', 'run', 'nightly', '--now', '--reason', 'to see')
    expect(run).to.include({ cause: 'manual', status: 'waiting' })
    await eventually(() => hits().length >= leads / 2, 60_000)
    const shown = await eventually(async () => {
      const found = await cli<ScheduleView & { runs: { items: readonly ScheduleRun[] } }>(
        'schedule',
        'show',
        'nightly',
      )
      return found.runs.items[0]?.status === 'done' ? found : false
    })
    expect(shown)
      .to.be.an('object')
      .with.nested.property('runs.items[0].emitted', leads / 2)
    expect(
      hits()
        .map(({ lead }) => Number(lead))
        .toSorted((a, b) => a - b),
    ).to.deep.equal([0, 2, 4, 6, 8, 10])
    const checks = await runDoctor(system.settings, { deadlineMs: 10_000 })
    expect(checks.find(({ check }) => check === 'schedules')?.status).to.equal('ok')
    const metrics = await (await fetch(`${daemon.opsUrl}/metrics`)).text()
    expect(metrics).to.contain('neuronx_schedules_total')
  })

  it('is paused and resumed from the command line, and goes when its document goes', async () => {
    expect((await cli<ScheduleView>('schedule', 'pause', 'nightly', '--reason', 'calm')).pausedAt).to.be.a(
      'string',
    )
    expect((await cli<ScheduleView>('schedule', 'resume', 'nightly')).pausedAt).to.equal(null)
    await system.apply(basicDocuments(system.vendor.url))
    await eventually(async () => (await schedules()).length === 0, 30_000)
    const { code, stdout } = await runBuiltCli(
      ['schedule', 'pause', 'nightly', '--tenant', 'acme', '--json'],
      {
        env: { NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '' },
      },
    )
    expect(code).to.equal(66)
    expect(stdout).to.contain('NX-SCHEDULE-NOT-FOUND')
  })
})
