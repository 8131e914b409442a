import { expect } from 'chai'
import type { Job } from '../../../src/platform/jobs/job.ts'
import type { InstanceView } from '../../../src/sales-core/reading/workflow-reader.ts'
import { buildCli } from '../../support/cli/built-cli.ts'
import { eventually } from '../../support/eventually.ts'
import { startDaemonProcess } from '../../support/system/daemon-process.ts'
import type { DaemonProcess } from '../../support/system/daemon-process.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'

const leads = 500
/** Those who get what they wait for in the end. */
const answering = 60
/** What one job moves in a second. */
const perSecond = 200

const nurture = (upTo: string, more = '', step = 'reply') => `
---
apiVersion: neuronx/v1
kind: Workflow
name: nurture
for: lead
start: { on: lead.created }
${more}
steps:
  - { id: ${step}, wait_for: { event: lead.called }, up_to: ${upTo}, then: tell, else: end }
  - { id: tell, call: sink.hit, with: { lead: "{{ lead.id }}", score: "{{ lead.score }}" } }
`

describe('daemons that are killed while instances in flight follow a change', function () {
  this.timeout(240_000)
  let system: RunningSystem
  let token: string
  const running: DaemonProcess[] = []

  before(async () => {
    buildCli()
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + nurture('20d'))
    token = await system.token('ingest')
    const first = await start()
    await start()
    for (let at = 0; at < leads; at += 50) {
      const batch = Array.from({ length: 50 }, (_, index) => leadCreated(String(at + index), { name: 'L' }))
      expect((await postEvents(first.url, token, batch)).status).to.equal(202)
    }
    await eventually(async () => (await everybody()).length === leads, 60_000)
  })
  after(async () => {
    for (const daemon of running) await daemon.kill()
    await system[Symbol.asyncDispose]()
  })

  async function start(): Promise<DaemonProcess> {
    const daemon = await startDaemonProcess(system.settings)
    running.push(daemon)
    return daemon
  }

  async function everybody(status: InstanceView['status'] = 'waiting'): Promise<readonly InstanceView[]> {
    const found: InstanceView[] = []
    const filter = { workflow: 'nurture', status }
    for (let cursor: string | null = null; ;) {
      const page = { limit: 200, cursor }
      const next = await system.operator.workflows.list(system.tenant.id, 'default', filter, page)
      found.push(...next.items)
      cursor = next.cursor
      if (cursor === null) return found
    }
  }

  async function jobs(): Promise<readonly Job[]> {
    const page = { limit: 20, cursor: null }
    return (await system.operator.jobs.list(system.tenant.id, { kind: 'workflow.follow' }, page)).items
  }

  /** The asks in the log: the lead, the job, when it was accepted. */
  async function asks() {
    const found: Array<{ lead: string; job: unknown; at: number }> = []
    for (let cursor: string | null = null; ;) {
      const filter = { type: 'workflow.follow' }
      const page = await system.operator.messages.events(system.tenant.id, filter, { limit: 200, cursor })
      for (const { subject, data, acceptedAt } of page.items)
        found.push({ lead: subject.id, job: data['job'], at: Date.parse(acceptedAt) })
      cursor = page.cursor
      if (cursor === null) return found
    }
  }

  const inHours = (one: InstanceView) =>
    (Date.parse(one.wakeAt ?? '') - Date.parse(one.startedAt)) / 3_600_000

  it('are replaced by others, which go on: each instance is asked once, none is forgotten, at the rate that was set', async () => {
    await system.apply(basicDocuments(system.vendor.url) + nurture('10d'))
    await eventually(async () => ((await jobs())[0]?.counts.done ?? 0) >= leads / 10, 60_000)
    for (const daemon of running.splice(0)) await daemon.kill()
    const [stopped] = await jobs()
    expect(stopped?.status).to.equal('running')
    expect(stopped?.counts.done).to.be.within(leads / 10, leads - 1)
    await start()
    await start()
    const ended = await eventually(async () => {
      const [job] = await jobs()
      expect(job?.endedAt).to.be.a('string')
      return job
    }, 90_000)
    expect(ended?.counts).to.deep.equal({ total: leads, done: leads, skipped: 0, failed: 0 })
    const made = await asks()
    expect(made.map(({ lead }) => Number(lead)).toSorted((a, b) => a - b)).to.deep.equal(
      Array.from({ length: leads }, (_, lead) => lead),
    )
    expect(new Set(made.map(({ job }) => job))).to.deep.equal(new Set([ended?.id]))
    const inASecond = Map.groupBy(made, ({ at }) => Math.floor(at / 1_000))
    // A second of the clock may hold the ends of two of the pace's.
    for (const one of inASecond.values()) expect(one.length).to.be.at.most(2 * perSecond)
    await eventually(async () => {
      for (const one of await everybody()) expect(inHours(one)).to.be.closeTo(240, 0.1)
    }, 60_000)
  })

  it('two at once bring everybody to a new structure, once, and each does once what follows', async () => {
    const yaml = nurture('10d', 'on_change: { structure: migrate, map: { reply: answer } }', 'answer')
    await system.apply(basicDocuments(system.vendor.url) + yaml)
    await eventually(async () => {
      for (const { steps } of await everybody()) expect(steps).to.deep.equal(['answer'])
    }, 90_000)
    expect(await everybody()).to.have.length(leads)
    expect(await asks()).to.have.length(2 * leads)
    const [{ url } = { url: '' }] = running
    const calls = Array.from({ length: answering }, (_, lead) => ({
      ...leadCreated(String(lead), { outcome: 'yes' }, `called-${lead}`),
      type: 'lead.called',
    }))
    expect((await postEvents(url, token, calls)).status).to.equal(202)
    const told = () => system.vendor.effects.map(({ body }) => Number((body as { lead: string }).lead))
    await eventually(() => new Set(told()).size === answering, 60_000)
    expect(told().toSorted((a, b) => a - b)).to.deep.equal(
      Array.from({ length: answering }, (_, lead) => lead),
    )
    await eventually(async () => (await everybody('done')).length === answering, 60_000)
    expect(await everybody()).to.have.length(leads - answering)
  })
})
