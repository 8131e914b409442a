import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import type { LoggedEvent } from '../../../../src/messaging/events/event.ts'
import type { ShardLease } from '../../../../src/messaging/ownership/shard-leases.ts'
import type { WorkflowInstance } from '../../../../src/sales-core/workflows/workflow-instance.ts'
import type { FollowedWorkflow } from '../../../../src/sales-core/workflows/operations/follow-store.ts'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { decideSeen, waitingInstance } from '../../../support/stores/decisions.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { openOwnedDatabase } from '../../../support/stores/owned-database.ts'
import type { OwnedDatabase } from '../../../support/stores/owned-database.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'

const page = { limit: 100, cursor: null }
const future = '2099-01-01T00:00:00.000Z'
const workerFile = fileURLToPath(new URL('../../../support/stores/job-worker.ts', import.meta.url))

describe('workflow instances on Postgres', function () {
  this.timeout(60_000)
  let opened: OwnedDatabase
  let leases: readonly ShardLease[]
  before(async () => {
    opened = await openOwnedDatabase()
    leases = opened.leases
  })
  after(async () => opened.close())

  async function apply(event: LoggedEvent, instances: readonly WorkflowInstance[]): Promise<void> {
    await opened.database.stores.decisions.apply(
      [event],
      leases,
      decideSeen(() => ({ instances })),
    )
  }

  /** A tenant with one lead an instance. `make` says what each is. */
  async function setup(
    count: number,
    make: (event: LoggedEvent, index: number) => Partial<WorkflowInstance> = () => ({}),
  ) {
    const { intake, outbox } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const instances: WorkflowInstance[] = []
    const keys = Array.from({ length: count }, (_, index) => `default/lead/${index}`)
    await intake.acceptAll([
      request(
        tenantId,
        ...keys.map((_, index) =>
          incoming({ tenantId, externalId: `e${index}`, subject: { kind: 'lead', id: String(index) } }),
        ),
      ),
    ])
    for (const [index, key] of keys.entries()) {
      const [event] = await outbox.entityRange(tenantId, key, 1, 2)
      const instance = waitingInstance(event!, future, make(event!, index))
      instances.push(instance)
      await apply(event!, [instance])
    }
    return { tenantId, instances, place: { tenantId, workspace: 'default' } }
  }

  /** The asks in the log, by lead. */
  async function asks(tenantId: string) {
    return await querySuperuser<{ entity_key: string; type: string; origin: string; data: JsonObject }>(
      opened.test,
      `select entity_key, type, origin, data from event_log where tenant_id = $1 and type like 'workflow.%' order by entity_key`,
      [tenantId],
    )
  }

  it('counts by step, each branch of a parallel step, and what an older version wrote as well', async () => {
    const { tenantId, instances } = await setup(3, (_event, index) =>
      index === 0
        ? {
            state: {
              status: 'waiting',
              stepId: 'left',
              wait: { kind: 'timer', until: future },
              others: [
                { stepId: 'right', wait: { kind: 'timer', until: future } },
                { stepId: 'greet', wait: { kind: 'fallback', commandId: newId(), until: future } },
              ],
              rev: 2,
            },
          }
        : {},
    )
    // As an older version moves an instance: the state says where it is, the new columns do not.
    await querySuperuser(
      opened.test,
      `update workflow_instance set seq = seq + 1, state = jsonb_set(state, '{stepId}', '"old-step"') where id = $1`,
      [instances[2]!.id],
    )
    const { workflows } = opened.database.stores
    const { places, totals } = await workflows.counts(tenantId, 'default', null)
    expect(places.map(({ step, count }) => [step, count])).to.deep.equal([
      ['left', 1],
      ['nap', 1],
      ['old-step', 1],
      ['right', 1],
    ])
    expect(await workflows.waiting(tenantId, 'default')).to.deep.equal(
      places.map(({ status: _waiting, ...place }) => place),
    )
    expect(totals).to.deep.equal([{ workflow: 'speed-to-lead', status: 'waiting', count: 3 }])
    const other = await createTenant(opened.database)
    expect(await workflows.counts(other.id, 'default', null)).to.deep.equal({ places: [], totals: [] })
    expect(await workflows.waiting(other.id, 'default')).to.deep.equal([])
  })

  it('lists page by page and by step, and never another tenant’s', async () => {
    const { tenantId, instances } = await setup(5)
    const { workflows } = opened.database.stores
    const filter = { workflow: 'speed-to-lead', status: 'waiting', step: 'nap' } as const
    const first = await workflows.list(tenantId, 'default', filter, { limit: 3, cursor: null })
    const rest = await workflows.list(tenantId, 'default', filter, { limit: 3, cursor: first.cursor })
    expect([...first.items, ...rest.items].map(({ id }) => id).sort()).to.deep.equal(
      instances.map(({ id }) => id).sort(),
    )
    expect(rest.cursor).to.equal(null)
    const none = { ...filter, step: 'other' }
    expect((await workflows.list(tenantId, 'default', none, page)).items).to.deep.equal([])
    const stranger = await createTenant(opened.database)
    expect(await workflows.instance(stranger.id, instances[0]!.id)).to.equal(null)
    const ids = [...instances.map(({ id }) => id), stranger.id, 'nobody']
    const known = await workflows.instances(tenantId, ids)
    expect(known).to.have.deep.members(
      instances.map(({ id }) => ({ id, workflow: 'speed-to-lead', workspace: 'default' })),
    )
    expect(await workflows.instances(stranger.id, ids)).to.deep.equal([])
    expect((await workflows.instance(tenantId, instances[0]!.id))?.instance).to.deep.include({
      id: instances[0]!.id,
      workflow: 'speed-to-lead',
    })
  })

  it('plans, and cancels by a job: one event an instance, in its entity’s order, audited', async () => {
    const { tenantId, place, instances } = await setup(4)
    const { workflowOperations, outbox } = opened.database.stores
    const selection = { workflow: 'speed-to-lead', step: 'nap' }
    const plan = await workflowOperations.plan(place, selection, { kind: 'cancel' }, noPace)
    expect(plan).to.deep.include({ total: 4, skipped: {}, byStep: { nap: 4 } })
    expect(await asks(tenantId)).to.deep.equal([])
    const job = await workflowOperations.start(
      place,
      selection,
      { kind: 'cancel' },
      noPace,
      testActor,
      'a test',
    )
    const ended = await workOff(opened.database, testRunner(opened.database), job)
    expect(ended.counts).to.deep.equal({ total: 4, done: 4, skipped: 0, failed: 0 })
    const made = await asks(tenantId)
    expect(made.map(({ data }) => data['instance'])).to.have.members(instances.map(({ id }) => id))
    expect(made[0]).to.deep.include({ type: 'workflow.cancel', origin: 'timer' })
    expect(made[0]?.data).to.include({ reason: 'a test', job: job.id })
    const [second] = await outbox.entityRange(tenantId, 'default/lead/0', 2, 3)
    expect(second).to.include({ type: 'workflow.cancel', entitySeq: 2, depth: 0 })
    const audit = await querySuperuser<{ n: number }>(
      opened.test,
      `select count(*)::integer as n from audit_log where tenant_id = $1 and action = 'workflow.cancel' and reason = 'a test'`,
      [tenantId],
    )
    expect(audit[0]?.n).to.equal(4)
  })

  it('asks an instance once, though the process is killed in the middle and another one goes on', async () => {
    const { tenantId, place } = await setup(6)
    const selection = { workflow: 'speed-to-lead' }
    const { workflowOperations, jobs } = opened.database.stores
    const job = await workflowOperations.start(
      place,
      selection,
      { kind: 'cancel' },
      noPace,
      testActor,
      'a test',
    )
    // Dies between what its third item did and the commit.
    const worker = spawn(process.execPath, [workerFile, opened.test.url, '3'], { stdio: 'ignore' })
    await once(worker, 'exit')
    expect((await asks(tenantId)).length).to.equal(2)
    const runner = testRunner(opened.database)
    await eventually(async () => {
      await runner.workOn(job.id, new AbortController().signal)
      return (await jobs.job(tenantId, job.id))?.endedAt !== null
    }, 30_000)
    const made = await asks(tenantId)
    expect(made.map(({ entity_key }) => entity_key)).to.deep.equal(
      Array.from({ length: 6 }, (_, lead) => `default/lead/${lead}`),
    )
  })

  it('leaves alone what has ended meanwhile, and hands a failed instance to whoever decides its retry', async () => {
    const failed = { status: 'failed', endedAt: future, stepId: 'nap', error: 'x' } as const
    const { tenantId, place, instances } = await setup(2, (_event, index) =>
      index === 0 ? { state: failed } : {},
    )
    const { workflowOperations, outbox, decisions } = opened.database.stores
    const ids = instances.map(({ id }) => id)
    const cancel = await workflowOperations.start(place, { ids }, { kind: 'cancel' }, noPace, testActor, 'r')
    const ended = await workOff(opened.database, testRunner(opened.database), cancel)
    expect(ended.counts).to.include({ done: 1, skipped: 1 })
    const action = { kind: 'retry', step: null } as const
    const retry = await workflowOperations.start(place, { ids: [ids[0]!] }, action, noPace, testActor, 'r')
    await workOff(opened.database, testRunner(opened.database), retry)
    const [event] = await outbox.entityRange(tenantId, 'default/lead/0', 2, 3)
    const given: WorkflowInstance[] = []
    await decisions.apply([event!], leases, async (loaded) => {
      given.push(...loaded.flatMap((one) => one.instances))
      return await decideSeen()(loaded)
    })
    expect(given.map(({ id, state }) => [id, state.status])).to.deep.equal([[ids[0], 'failed']])
  })

  describe('PostgresFollowStore', () => {
    const target = (definitionDigest: string, change: object = {}) =>
      ({ definitionDigest, timesDigest: 't1', scope: 'others', perSecond: 500, ...change }) as const

    async function known(tenantId: string): Promise<FollowedWorkflow> {
      const all = await opened.database.stores.workflowFollow.known(500, null)
      const found = all.find((one) => one.tenantId === tenantId)
      if (found === undefined) throw new Error('Not known')
      return found
    }

    it('knows a workflow from its first instance on, with the definition that it began with', async () => {
      const { tenantId } = await setup(2)
      expect(await known(tenantId)).to.deep.equal({
        tenantId,
        workspace: 'default',
        workflow: 'speed-to-lead',
        definitionDigest: 'digest',
        timesDigest: '',
        isBusy: false,
      })
    })

    it('begins a change once, however many ask at the same time, and not while its job is under way', async () => {
      const { tenantId } = await setup(3)
      const { workflowFollow, jobs } = opened.database.stores
      const at = await known(tenantId)
      const begun = await Promise.all(
        Array.from({ length: 5 }, async () => workflowFollow.begin(at, target('next'))),
      )
      expect(begun.filter((one) => one !== null)).to.have.length(1)
      const [first] = begun.filter((one) => one !== null)
      expect(first).to.deep.include({ asked: 3, complete: true })
      const now = await known(tenantId)
      expect(now).to.include({ definitionDigest: 'next', timesDigest: 't1', isBusy: true })
      expect(await workflowFollow.begin(now, target('later'))).to.equal(null)
      const job = await jobs.job(tenantId, first?.jobId ?? '')
      await workOff(opened.database, testRunner(opened.database), job!)
      expect((await asks(tenantId)).map(({ type }) => type)).to.deep.equal(
        Array.from({ length: 3 }, () => 'workflow.follow'),
      )
      // Those that were asked stay on their definition; they are not asked for the same again.
      const again = await workflowFollow.begin(await known(tenantId), target('next', { timesDigest: 't2' }))
      expect(again).to.deep.equal({ jobId: null, asked: 0, complete: true })
      const all = target('next', { timesDigest: 't3', scope: 'all' })
      expect(await workflowFollow.begin(await known(tenantId), all)).to.include({ asked: 3 })
    })
  })

  it('forgets instances that ended before the log’s retention, in batches, and none that wait', async () => {
    const done = (at: string) => ({ status: 'done', endedAt: at }) as const
    const { tenantId } = await setup(4, (_event, index) => ({
      startedAt: '2020-01-01T00:00:00.000Z',
      ...(index === 3 ? {} : { state: done(index === 0 ? future : '2020-02-01T00:00:00.000Z') }),
    }))
    const waiting = await opened.database.stores.workflows.waiting(tenantId, 'default')
    expect(waiting.map(({ count }) => count)).to.deep.equal([1])
    const left = async () =>
      (await opened.database.stores.workflows.counts(tenantId, 'default', null)).totals.map(
        ({ status, count }) => [status, count],
      )
    await opened.database.stores.retention.deleteEnded(86_400_000, 1)
    expect(await left()).to.deep.equal([
      ['done', 2],
      ['waiting', 1],
    ])
    await opened.database.stores.retention.deleteEnded(86_400_000, 100)
    expect(await left()).to.deep.equal([
      ['done', 1],
      ['waiting', 1],
    ])
  })
})
