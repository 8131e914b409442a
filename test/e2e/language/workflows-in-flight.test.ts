import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { ListedWorkflow } from '../../../src/app/workflows/list-workflows.ts'
import type { PlanReport } from '../../../src/control-plane/plan/plan-report.ts'
import type { Page } from '../../../src/messaging/reading/event-reader.ts'
import type { InstanceView } from '../../../src/sales-core/reading/workflow-reader.ts'
import { buildCli, runBuiltCli } from '../../support/cli/built-cli.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'

const leads = 6

/** Waits for a call for so long, then tells the vendor. */
const nurture = (upTo: string, more = '', step = 'reply') => `
---
apiVersion: neuronx/v1
kind: Workflow
name: nurture
for: lead
start: { on: lead.created }
${more}
steps:
  - { id: ${step}, wait_for: { event: lead.called, where: event.outcome == "yes" }, up_to: ${upTo}, then: tell, else: end }
  - { id: tell, call: sink.hit, with: { lead: "{{ lead.id }}", score: "{{ lead.score }}" } }
`

describe('workflows in flight, end to end', function () {
  this.timeout(240_000)
  let system: RunningSystem
  before(async () => {
    buildCli()
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + nurture('20d'))
    const token = await system.token('ingest')
    const daemon = await system.daemon()
    await system.daemon()
    for (let lead = 0; lead < leads; lead += 1)
      expect((await postEvents(daemon.url, token, leadCreated(String(lead), { name: 'L' }))).status).to.equal(
        202,
      )
    await eventually(async () => (await instances()).length === leads, 60_000)
  })
  after(async () => system[Symbol.asyncDispose]())

  async function cli<T>(exit: number, ...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await runBuiltCli([...args, '--json'], {
      env: { NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '' },
    })
    if (code !== exit) throw new Error(`exit ${code}: ${stdout}${stderr}`)
    const parsed = JSON.parse(stdout) as { data: T; error: T }
    return parsed.data ?? parsed.error
  }

  async function instances(status: InstanceView['status'] = 'waiting') {
    const filter = { workflow: 'nurture', status }
    return (
      await system.operator.workflows.list(system.tenant.id, 'default', filter, { limit: 50, cursor: null })
    ).items
  }

  const directory = () => join(system.settings.dataDir, 'config')
  const write = async (yaml: string) =>
    await writeFile(
      join(directory(), 'tenants', 'acme', 'all.yaml'),
      basicDocuments(system.vendor.url) + yaml,
    )
  const hoursLeft = ({ wakeAt }: InstanceView) => (Date.parse(wakeAt ?? '') - Date.now()) / 3_600_000

  it('lists, draws and shows who is where', async () => {
    const { workflows } = await cli<{ workflows: readonly ListedWorkflow[] }>(
      0,
      'workflow',
      'list',
      '-t',
      'acme',
    )
    expect(workflows).to.have.length(1)
    expect(workflows[0]).to.deep.include({
      name: 'nurture',
      waiting: leads,
      onOthers: 0,
      steps: [{ step: 'reply', count: leads }],
    })
    const drawn = await cli<{ text: string }>(
      0,
      'workflow',
      'graph',
      'nurture',
      '-t',
      'acme',
      '--format',
      'svg',
    )
    expect(drawn.text)
      .to.match(/^<svg /)
      .and.include('reply')
      .and.include(`>${leads}<`)
    const { instances: listed } = await cli<{ instances: Page<InstanceView> }>(
      0,
      ...['workflow', 'list', 'nurture', '--step', 'reply', '-t', 'acme'],
    )
    const shown = await cli<{ positions: readonly { step: string }[]; history: readonly { to: string }[] }>(
      0,
      ...['workflow', 'show', listed.items[0]?.id ?? '', '-t', 'acme'],
    )
    expect(shown.positions.map(({ step }) => step)).to.deep.equal(['reply'])
    expect(shown.history.map(({ to }) => to)).to.deep.equal(['reply'])
  })

  it('plans who follows, who is reckoned anew, who stays, and whose life would have been another one', async () => {
    const [pinned, wording] = ['on_change: { text: pin, timing: pin }', '{{ lead.score }}']
    const reworded = nurture('20d').replace(wording, '{{ lead.name }}')
    const greeting =
      '\nsteps:\n  - { id: greet, call: sink.hit, with: { lead: "{{ lead.id }}", score: "0" } }'
    const greeted = (more: string) => nurture('20d', more).replace('\nsteps:', greeting)
    const cases: ReadonlyArray<readonly [string, string, number, readonly string[]]> = [
      [reworded, 'follows', 3, ['reply']],
      [nurture('10d'), 'retimed', 3, ['reply']],
      [nurture('20d', pinned).replace(wording, '{{ lead.name }}'), 'pinned', 3, ['reply']],
      [greeted(''), 'follows', 0, ['reply']],
      [greeted('on_change: { structure: migrate }'), 'migrates', 0, ['reply']],
    ]
    for (const [yaml, becomes, sameEffects, at] of cases) {
      await write(yaml)
      const { inFlight } = await cli<PlanReport>(2, 'config', 'plan', directory())
      const [place, ...others] = inFlight?.[0]?.places ?? []
      expect(others, becomes).to.deep.equal([])
      expect(place, becomes).to.include({ step: 'reply', count: leads, becomes })
      expect(place?.replayed, becomes).to.deep.equal({ tried: 3, sameEffects, at })
    }
    await write('')
    const removed = await cli<PlanReport>(2, 'config', 'plan', directory())
    expect(removed.inFlight?.[0]).to.include({ workflow: 'nurture', definition: null })
    expect(removed.inFlight?.[0]?.places[0]).to.include({ becomes: 'pinned', replayed: null })
    await write(
      `${nurture('20d')}---\napiVersion: neuronx/v1\nkind: EntityType\nname: thing\nfields: { a: string }\n`,
    )
    expect((await cli<PlanReport>(2, 'config', 'plan', directory())).inFlight).to.deep.equal([])
  })

  it('plans what becomes of them, and applies nothing while somebody would have nowhere to go', async () => {
    const migrating = nurture('10d', 'on_change: { structure: migrate }', 'answer')
    await write(migrating)
    const plan = await cli<PlanReport>(78, 'config', 'plan', directory())
    expect(plan.inFlight).to.have.length(1)
    const [place] = plan.inFlight?.[0]?.places ?? []
    expect(place).to.include({ step: 'reply', count: leads, becomes: 'blocked' })
    expect(place?.note).to.include('on_change.map does not say where to')
    expect(place?.replayed).to.deep.equal({ tried: 3, sameEffects: 3, at: ['answer'] })
    const refused = await cli<{ code: string }>(78, 'config', 'apply', directory(), '--yes')
    expect(refused.code).to.equal('NX-WORKFLOW-UNMAPPED')
    const { stdout } = await runBuiltCli(['config', 'plan', directory()], {
      env: { NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '' },
    })
    expect(stdout).to.match(/In flight\n +acme\/default nurture\n +reply {2}6 on [0-9a-f]{12} {2}blocked: /)
    await write(nurture('10d', 'on_change: { structure: migrate, map: { reply: answer } }', 'answer'))
    const mapped = await cli<PlanReport>(2, 'config', 'plan', directory())
    expect(mapped.inFlight?.[0]?.places[0]).to.include({ becomes: 'migrates' })
  })

  it('reckons their waits anew when the times change, whichever daemon does it, and says so in their history', async () => {
    const before = await instances()
    for (const one of before) expect(hoursLeft(one)).to.be.above(400)
    await system.apply(basicDocuments(system.vendor.url) + nurture('10d'))
    await eventually(async () => (await instances()).every((one) => hoursLeft(one) < 241), 60_000)
    const [first] = await instances()
    expect(first?.definitionDigest).to.equal(before[0]?.definitionDigest)
    const { history } = await cli<{ history: readonly { eventType: string }[] }>(
      0,
      ...['workflow', 'show', first?.id ?? '', '-t', 'acme'],
    )
    expect(history.map(({ eventType }) => eventType)).to.deep.equal(['lead.created', 'workflow.follow'])
  })

  it('moves them to the new structure when it migrates', async () => {
    const yaml = nurture('10d', 'on_change: { structure: migrate, map: { reply: answer } }', 'answer')
    await system.apply(basicDocuments(system.vendor.url) + yaml)
    await eventually(async () => (await instances()).every(({ steps }) => steps.join() === 'answer'), 60_000)
    const { workflows } = await cli<{ workflows: readonly ListedWorkflow[] }>(
      0,
      'workflow',
      'list',
      '-t',
      'acme',
    )
    expect(workflows[0]).to.include({ waiting: leads, onOthers: 0 })
  })

  it('cancels one, and signals the others what they wait for: each does what follows once', async () => {
    const [first] = await instances()
    const reason = ['--reason', 'a test', '-t', 'acme', '--yes']
    await cli(0, 'workflow', 'cancel', first?.id ?? '', ...reason)
    await eventually(async () => (await instances('done')).some(({ id }) => id === first?.id), 30_000)
    const signal = ['workflow', 'signal', '--workflow', 'nurture', '--event', 'lead.called']
    await cli(0, ...signal, '--data', '{"outcome":"no"}', ...reason)
    expect(await instances()).to.have.length(leads - 1)
    await cli(0, ...signal, '--data', '{"outcome":"yes"}', ...reason)
    await eventually(
      () => system.vendor.calls.filter(({ path }) => path === '/hit').length === leads - 1,
      60_000,
    )
    await eventually(async () => (await instances('done')).length === leads, 30_000)
    const nobody = ['workflow', 'cancel', '01990000-0000-7000-8000-000000000000', ...reason]
    expect((await cli<{ code: string }>(66, ...nobody)).code).to.equal('NX-WORKFLOW-INSTANCE-NOT-FOUND')
  })
})
