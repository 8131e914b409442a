import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { planRecompute } from '../../../../src/app/scores/plan-recompute.ts'
import type { JobPace } from '../../../../src/platform/jobs/job.ts'
import type { RecomputeSelection } from '../../../../src/sales-core/scoring/score-recomputes.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { ScoredLeads } from '../../../support/scores/scored-leads.ts'
import { newModel, oldModel } from '../../../support/scores/score-models.ts'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { testActor } from '../../../support/stores/tenants.ts'

const workerFile = fileURLToPath(new URL('../../../support/stores/job-worker.ts', import.meta.url))
const inbound = { text: 'hi', direction: 'inbound' }
const configs = { configFor: async () => ({ config: newModel, unknownEvents: 'accept' as const }) }

describe('recomputing scores', () => {
  let opened: Awaited<ReturnType<typeof openTestDatabase>>
  let leads: ScoredLeads
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())
  beforeEach(async () => {
    leads = await ScoredLeads.open(oldModel, opened)
  })

  const selection = (change: Partial<RecomputeSelection> = {}): RecomputeSelection => ({
    model: 'intent',
    entityKind: 'lead',
    workspaces: [{ workspace: 'default', digest: newModel.scoresFor('lead')[0]?.digest ?? '' }],
    all: false,
    max: 1_000,
    ...change,
  })

  const start = async (emits = false, pace: Partial<JobPace> = {}) =>
    leads.database.stores.scoreRecomputes.start(
      leads.tenantId,
      selection(),
      emits,
      { ...noPace, ...pace },
      testActor,
      'a test',
    )

  /** Leads 1 to `count`; the odd ones have a budget, all answered twice, once outbound. */
  async function someLeads(count: number): Promise<void> {
    for (let id = 1; id <= count; id += 1) {
      await leads.happen('lead.created', String(id), { budget: id % 2 === 1 ? 5_000 : 0 })
      await leads.happen('message.received', String(id), inbound)
      await leads.happen('message.received', String(id), { text: 'out', direction: 'outbound' })
    }
    leads.config = newModel
  }

  const scoreOf = async (id: string) => (await leads.entity({ kind: 'lead', id }))?.scores['intent']

  it('collects the points of the past anew, as an event of each lead', async () => {
    await someLeads(2)
    expect(await scoreOf('1')).to.include({ points: 30, band: 'cold' })
    const job = await start()
    const ended = await workOff(leads.database, testRunner(leads.database, { configs }), job)
    expect(ended.counts).to.deep.equal({ total: 2, done: 2, skipped: 0, failed: 0 })
    for (const id of ['1', '2']) await leads.catchUp({ kind: 'lead', id })
    const digest = newModel.scoresFor('lead')[0]?.digest
    expect(await scoreOf('1')).to.include({ points: 55, band: 'hot', model: digest })
    expect(await scoreOf('2')).to.include({ points: 45, band: 'cold', model: digest })
    const types = (await leads.events({ kind: 'lead', id: '1' })).map(({ type }) => type)
    expect(types.slice(3)).to.deep.equal(['score.recomputed'])
  })

  it('lets bands tell when it is asked to', async () => {
    await someLeads(1)
    await workOff(leads.database, testRunner(leads.database, { configs }), await start(true))
    await leads.catchUp({ kind: 'lead', id: '1' })
    const types = (await leads.events({ kind: 'lead', id: '1' })).map(({ type }) => type)
    expect(types.slice(3)).to.deep.equal(['score.recomputed', 'lead.became_hot'])
  })

  it('counts what is logged but not applied yet, and what comes after, once each', async () => {
    await someLeads(1)
    await leads.log('message.received', '1', inbound)
    await workOff(leads.database, testRunner(leads.database, { configs }), await start())
    await leads.log('message.received', '1', inbound)
    await leads.catchUp({ kind: 'lead', id: '1' })
    expect(await scoreOf('1')).to.include({ points: 100 })
    const collected = (await scoreOf('1'))?.collected['replied'] as { points: number; times: number }
    expect(collected.times).to.equal(3)
    expect(collected.points).to.be.closeTo(135, 0.01)
  })

  it('keeps what was collected where the log no longer has all of a lead', async () => {
    await someLeads(1)
    await querySuperuser(leads.test, `delete from event_log where entity_seq = 1 and tenant_id = $1`, [
      leads.tenantId,
    ])
    await workOff(leads.database, testRunner(leads.database, { configs }), await start())
    await querySuperuser(leads.test, `update entity set applied_seq = 3 where tenant_id = $1`, [
      leads.tenantId,
    ])
    const [, , recomputed] = await leads.events({ kind: 'lead', id: '1' })
    expect(recomputed?.data['collected']).to.equal(null)
  })

  it('leaves alone who was scored by the model meanwhile', async () => {
    await someLeads(2)
    const job = await start()
    await leads.happen('message.received', '2', { text: 'out', direction: 'outbound' })
    const ended = await workOff(leads.database, testRunner(leads.database, { configs }), job)
    expect(ended.counts).to.include({ done: 1, skipped: 1 })
    const { scoreRecomputes } = leads.database.stores
    await leads.catchUp({ kind: 'lead', id: '1' })
    expect(await scoreRecomputes.count(leads.tenantId, selection())).to.equal(0)
    expect(await scoreRecomputes.count(leads.tenantId, selection({ all: true }))).to.equal(2)
    const refused = await start().catch((error: unknown) => error)
    expect(refused).to.include({ code: 'NX-SCORE-NOTHING' })
  })

  it('foresees exactly what it does, and who changes band', async () => {
    await someLeads(4)
    await leads.happen('message.received', '1', inbound)
    await querySuperuser(
      leads.test,
      `delete from event_log where entity_key like '%/4' and entity_seq = 1 and tenant_id = $1`,
      [leads.tenantId],
    )
    const [score] = newModel.scoresFor('lead')
    if (score === undefined) throw new Error('The model has no score')
    const { scoreRecomputes } = leads.database.stores
    const active = { config: newModel, score }
    const now = systemClock.now()
    const plan = await planRecompute(scoreRecomputes, leads.tenantId, selection(), active, {
      now,
      perSecond: 2,
    })
    // Lead 1 has been scored by the new model meanwhile: 20 of old points, 45 of new ones, 10.
    expect(plan).to.deep.equal({
      model: 'intent',
      total: 3,
      looked: 3,
      otherPoints: 2,
      pastUnknown: 1,
      moves: { 'cold -> hot': 1 },
      sample: [{ entity: 'lead/3', from: 'cold', to: 'hot', pointsFrom: 30, pointsTo: 55 }],
      estimatedMs: 1_500,
    })
    await workOff(leads.database, testRunner(leads.database, { configs }), await start())
    await leads.catchUp({ kind: 'lead', id: '3' })
    expect(await scoreOf('3')).to.include({ points: 55, band: 'hot' })
  })

  it('is gone on with where it stood when its process is killed, each lead once', async () => {
    await someLeads(12)
    const job = await start(false, { perSecond: 200 })
    const worker = spawn(process.execPath, [workerFile, leads.test.url, '5', 'scores'], { stdio: 'ignore' })
    try {
      await once(worker, 'exit')
      expect(worker.signalCode).to.equal('SIGKILL')
      const runner = testRunner(leads.database, { leaseMs: 400, configs })
      const ended = await eventually(async () => {
        const now = await workOff(leads.database, runner, job)
        if (now.endedAt === null) throw new Error(`It is ${now.status} still`)
        return now
      })
      expect(ended.counts).to.deep.equal({ total: 12, done: 12, skipped: 0, failed: 0 })
      const [row] = await querySuperuser<{ n: number; leads: number }>(
        leads.test,
        `select count(*)::integer as n, count(distinct entity_key)::integer as leads from event_log where type = 'score.recomputed' and tenant_id = $1`,
        [leads.tenantId],
      )
      expect(row).to.deep.equal({ n: 12, leads: 12 })
    } finally {
      if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL')
    }
  })
})
