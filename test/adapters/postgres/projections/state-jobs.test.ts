import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { StateSelection } from '../../../../src/sales-core/state/state-jobs.ts'
import type { Job } from '../../../../src/platform/jobs/job.ts'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { ScoredLeads } from '../../../support/scores/scored-leads.ts'
import { oldModel } from '../../../support/scores/score-models.ts'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { testActor } from '../../../support/stores/tenants.ts'
import { allShards } from '../../../support/stores/owned-database.ts'
import { makePartition, settleCursors } from '../log/back-dated-log.ts'

const workerFile = fileURLToPath(new URL('../../../support/stores/job-worker.ts', import.meta.url))
const inbound = { text: 'hi', direction: 'inbound' }
const all: StateSelection = {
  workspace: null,
  kind: null,
  refs: null,
  sample: null,
  max: 100_000,
  after: null,
}

describe('entities and their histories', () => {
  let leads: ScoredLeads
  beforeEach(async () => {
    leads = await ScoredLeads.open(oldModel)
  })
  afterEach(async () => leads.close())

  async function someLeads(count: number): Promise<void> {
    for (let id = 1; id <= count; id += 1) {
      await leads.happen('lead.created', String(id), { name: 'Ada', budget: 5_000 })
      await leads.happen('message.received', String(id), inbound)
    }
  }

  const run = async (kind: 'entity.verify' | 'entity.rebuild', selection = all): Promise<Job> => {
    const { stateJobs } = leads.database.stores
    const job = await stateJobs.start(kind, leads.tenantId, selection, noPace, testActor, 'a test')
    return workOff(leads.database, testRunner(leads.database), job)
  }

  const spoil = async (where: string): Promise<void> => {
    await querySuperuser(
      leads.test,
      `update entity set fields = fields || '{"name": "Eve"}', scores = '{}', version = version + 3 where ${where}`,
    )
  }

  const notes = async (job: Job) =>
    (await leads.database.stores.jobs.items(leads.tenantId, job.id, { limit: 50, cursor: null })).items

  it('agree after everything that happened, and a wrong row is named without its values', async () => {
    await someLeads(3)
    expect((await run('entity.verify')).counts).to.deep.equal({ total: 3, done: 3, skipped: 0, failed: 0 })
    await spoil(`id = '2'`)
    const job = await run('entity.verify')
    expect(job).to.include({ status: 'partly_failed' })
    const [failed] = (await notes(job)).filter(({ status }) => status === 'failed')
    expect(failed?.target).to.equal('default/lead/2')
    expect(failed?.note).to.equal(
      'It is not what its history says: version (5, its history says 2), fields.name, scores.intent',
    )
  })

  it('are looked at by sample, kind and name', async () => {
    await someLeads(4)
    expect((await run('entity.verify', { ...all, sample: 2 })).counts.total).to.equal(2)
    const refs = [{ kind: 'lead', id: '3' }]
    expect((await run('entity.verify', { ...all, workspace: 'default', refs })).counts.total).to.equal(1)
    const none = await run('entity.verify', { ...all, kind: 'deal' }).catch((error: unknown) => error)
    expect(none).to.include({ code: 'NX-ENTITY-NOT-FOUND' })
  })

  it('are taken in the order of their keys, so many a job: the next one goes on behind the last', async () => {
    await someLeads(5)
    const { stateJobs } = leads.database.stores
    const lead = (id: string) => ({ kind: 'lead', id })
    const two = { ...all, workspace: 'default', max: 2 }
    expect(await stateJobs.plan(leads.tenantId, two)).to.deep.equal({ entities: 2, matching: 5 })
    const first = await run('entity.rebuild', two)
    expect((await notes(first)).map(({ target }) => target)).to.deep.equal([
      'default/lead/1',
      'default/lead/2',
    ])
    expect(first.options['selection']).to.deep.include({ max: 2, after: null, last: lead('2') })
    const rest = { ...two, max: 10, after: lead('2') }
    expect(await stateJobs.plan(leads.tenantId, rest)).to.deep.equal({ entities: 3, matching: 3 })
    expect((await notes(await run('entity.rebuild', rest))).map(({ target }) => target)).to.deep.equal(
      ['3', '4', '5'].map((id) => `default/lead/${id}`),
    )
    const sample = { ...two, sample: 4 }
    expect(await stateJobs.plan(leads.tenantId, sample)).to.deep.equal({ entities: 2, matching: 5 })
    expect((await run('entity.verify', sample)).counts.total).to.equal(2)
  })

  it('are rebuilt where they differ, timers included; what was there is kept beside', async () => {
    await someLeads(3)
    await querySuperuser(leads.test, 'delete from score_timer')
    await spoil(`id <> '1'`)
    const job = await run('entity.rebuild')
    expect(job.counts).to.deep.equal({ total: 3, done: 2, skipped: 1, failed: 0 })
    expect((await run('entity.verify')).counts).to.include({ done: 3 })
    expect((await leads.entity({ kind: 'lead', id: '2' }))?.fields).to.include({ name: 'Ada', score: 30 })
    const kept = await querySuperuser<{ name: string }>(
      leads.test,
      `select replaced->'fields'->>'name' as name from entity_rebuild where swapped_at is not null`,
    )
    expect(kept.map(({ name }) => name)).to.deep.equal(['Eve', 'Eve'])
    expect((await run('entity.rebuild')).counts).to.include({ done: 0, skipped: 3 })
  })

  it('take events while they are rebuilt, and lose none', async () => {
    await someLeads(6)
    await querySuperuser(leads.test, `update entity set fields = fields || '{"name": "Eve"}', scores = '{}'`)
    const rebuilt = run('entity.rebuild')
    for (let round = 0; round < 3; round += 1)
      for (let id = 1; id <= 6; id += 1) await leads.happen('message.received', String(id), inbound)
    await rebuilt
    // One that moved on with a wrong row in between is put right by the next rebuild.
    await run('entity.rebuild')
    expect((await run('entity.verify')).counts).to.deep.equal({ total: 6, done: 6, skipped: 0, failed: 0 })
    for (let id = 1; id <= 6; id += 1)
      expect(await leads.events({ kind: 'lead', id: String(id) })).to.have.length.at.least(5)
  })

  it('are left alone when an event was decided on a row of another version: that history has a step too many', async () => {
    await someLeads(1)
    await spoil('true')
    await leads.happen('message.received', '1', inbound)
    expect((await run('entity.verify')).counts).to.deep.equal({ total: 1, done: 0, skipped: 1, failed: 0 })
    expect((await run('entity.rebuild')).counts).to.include({ done: 0, skipped: 1 })
  })

  it('are gone on with by another process when the one that rebuilds is killed', async () => {
    await someLeads(8)
    await spoil('true')
    const { stateJobs } = leads.database.stores
    const job = await stateJobs.start('entity.rebuild', leads.tenantId, all, noPace, testActor, 'a test')
    const worker = spawn(process.execPath, [workerFile, leads.test.url, '4'], { stdio: 'ignore' })
    try {
      await once(worker, 'exit')
      expect(worker.signalCode).to.equal('SIGKILL')
      const runner = testRunner(leads.database, { leaseMs: 400 })
      await eventually(async () => {
        const now = await workOff(leads.database, runner, job)
        if (now.endedAt === null) throw new Error(`It is ${now.status} still`)
      })
      expect((await run('entity.verify')).counts).to.include({ done: 8 })
    } finally {
      if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL')
    }
  })

  describe('once old days are dropped', () => {
    const dayMs = 86_400_000
    const retention = async () => leads.database.stores.retention.expired(30 * dayMs, 10)

    /** All that happened so far, as if on that day; its log has been dropped. */
    async function age(day: string): Promise<string> {
      const name = await makePartition(leads.test, day, 'decision')
      await querySuperuser(
        leads.test,
        `update decision set decided_at = $1 where decided_at > now() - interval '1 d'`,
        [`${day}T12:00:00Z`],
      )
      await settleCursors(leads.test)
      return name
    }

    it('begin from what those days made of them', async () => {
      await someLeads(3)
      const day = await age('2025-01-04')
      await leads.happen('message.received', '1', inbound)
      const { retention: log } = leads.database.stores
      expect(await log.detach(day), 'before its entities have their bases').to.equal(false)
      expect((await retention()).map(({ name, heldBy }) => ({ name, heldBy }))).to.deep.equal([
        { name: day, heldBy: null },
      ])
      expect(await log.detach(day)).to.equal(true)
      expect(await log.dropDetached()).to.deep.equal([day])
      expect((await run('entity.verify')).counts).to.deep.equal({ total: 3, done: 3, skipped: 0, failed: 0 })
      await spoil('true')
      expect((await run('entity.verify')).counts).to.include({ failed: 3 })
      expect((await run('entity.rebuild')).counts).to.include({ done: 3 })
      expect((await run('entity.verify')).counts).to.include({ done: 3 })
      expect(await leads.database.stores.timers.nextDueMs(allShards)).to.not.equal(null)
    })

    it('go on from base to base', async () => {
      await someLeads(1)
      await age('2025-01-04')
      await retention()
      await leads.happen('message.received', '1', inbound)
      await age('2025-01-06')
      await retention()
      const bases = await querySuperuser(leads.test, 'select version::integer, made_from from entity_base')
      expect(bases).to.deep.equal([{ version: 3, made_from: 'fold' }])
    })

    it('say when their decisions were dropped without a base, and take their row as one from then on', async () => {
      await someLeads(1)
      await querySuperuser(leads.test, 'delete from decision where entity_seq = 1')
      expect((await run('entity.verify')).counts).to.deep.equal({ total: 1, done: 0, skipped: 1, failed: 0 })
      await age('2025-01-04')
      await retention()
      const bases = await querySuperuser(leads.test, 'select version::integer, made_from from entity_base')
      expect(bases).to.deep.equal([{ version: 2, made_from: 'row' }])
      await leads.happen('message.received', '1', inbound)
      expect((await run('entity.verify')).counts).to.include({ done: 1 })
    })
  })
})
