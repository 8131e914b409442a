import { expect } from 'chai'
import { querySuperuser } from '../../../support/database.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'
import { ScoredLeads } from '../../../support/scores/scored-leads.ts'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { testActor } from '../../../support/stores/tenants.ts'

const config = salesConfig(`kind: LeadScore
name: intent
writes: lead.score
factors: [ { id: replied, on: message.received, points: 80, decay: { half_life: 1d } } ]
bands: [ { name: hot, from: 60, leave_below: 50 }, { name: cold, from: 0 } ]
---
`)
const selection = { workspace: null, kind: null, refs: null, sample: null, max: 10, after: null }

describe('what follows a rebuilt entity', () => {
  let entities: ScoredLeads
  beforeEach(async () => {
    entities = await ScoredLeads.open(config)
  })
  afterEach(async () => entities.close())

  const rebuild = async () => {
    const { database, tenantId } = entities
    const job = await database.stores.stateJobs.start(
      'entity.rebuild',
      tenantId,
      selection,
      noPace,
      testActor,
      'a test',
    )
    expect((await workOff(database, testRunner(database), job)).counts).to.include({ done: 1, failed: 0 })
  }

  it('is the row of a task: who has it, until when, and when it escalates', async () => {
    const due = '2099-01-01T00:00:00.000Z'
    await entities.happen('task.created', '7', { title: 'Call', to: 'lena', due, for: 'lead/1' }, 'task')
    const rows = async () => querySuperuser(entities.test, 'select * from task')
    const before = await rows()
    expect(before).to.have.length(1)
    await querySuperuser(
      entities.test,
      `update entity set fields = fields || '{"to": "eve", "status": "done", "due": "2030-01-01T00:00:00Z", "for": "lead/9"}'
       where kind = 'task'`,
    )
    await querySuperuser(
      entities.test,
      `update task set assignee = 'eve', status = 'done', due_at = '2030-01-01', sort_at = '2030-01-01', about = 'lead/9', next_at = null`,
    )
    await rebuild()
    expect(await rows()).to.deep.equal(before)
  })

  it('is the timer of a task that had another time, but none that has fired', async () => {
    await entities.happen(
      'task.created',
      '7',
      { title: 'Call', to: 'lena', due: '2020-01-01T00:00:00Z' },
      'task',
    )
    await querySuperuser(entities.test, `update entity set fields = fields || '{"to": "eve"}'`)
    await querySuperuser(entities.test, `update task set assignee = 'eve', next_at = null`)
    await rebuild()
    const rows = await querySuperuser(entities.test, 'select assignee, next_at from task')
    expect(rows).to.deep.equal([{ assignee: 'lena', next_at: null }])
  })

  it('are the timers of its scores, those of scores included that only the wrong row had', async () => {
    await entities.happen('message.received', '1', { text: 'hi', direction: 'inbound' })
    const timers = async () =>
      querySuperuser(entities.test, 'select model, fire_at from score_timer order by model')
    const before = await timers()
    expect(before).to.have.length(1)
    await querySuperuser(
      entities.test,
      `update entity set scores = jsonb_build_object('ghost', scores->'intent') || scores`,
    )
    await querySuperuser(
      entities.test,
      `insert into score_timer (tenant_id, entity_key, model, shard, fire_at)
       select tenant_id, entity_key, 'ghost', shard, fire_at from score_timer`,
    )
    await rebuild()
    expect(await timers()).to.deep.equal(before)
  })
})
