import { expect } from 'chai'
import { openDatabase } from '../../../../src/adapters/postgres/database.ts'
import { entities } from '../../../../src/adapters/postgres/schedules/schedule-statements.ts'
import { digestOf } from '../../../../src/kernel/digest.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { CrashPoints } from '../../../../src/kernel/crash-points.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { openScheduleHarness } from '../../../support/stores/schedule-harness.ts'
import type { ScheduleHarness } from '../../../support/stores/schedule-harness.ts'
import {
  eventsOf,
  makeDue,
  schedulesConfig,
  turnOf,
  turnUntilDone,
} from '../../../support/stores/schedules.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('PostgresScheduleStore', () => {
  let opened: ScheduleHarness
  before(async () => {
    opened = await openScheduleHarness()
  })
  after(async () => opened.close())

  it('promises a new schedule its next time and runs nothing before it', async () => {
    const { tenantId } = await opened.setup(20)
    const [morning, review] = await opened.database.stores.scheduleControl.list(tenantId, null)
    expect(morning).to.include({ name: 'morning', times: '0 7 * * * Asia/Dubai', lastRun: null })
    expect(morning?.nextAt).to.match(/T03:00:00/)
    expect(Date.parse(review?.nextAt ?? ''))
      .to.be.above(Date.now())
      .and.below(Date.now() + 3_600_001)
    expect(await eventsOf(opened.test, tenantId, 'lead.checked')).to.deep.equal([])
  })

  it('gives each entity that fits one event of a run, page by page, and the tenant one', async () => {
    const { tenantId } = await opened.setup(57)
    await makeDue(opened.test, tenantId, 'review')
    await makeDue(opened.test, tenantId, 'morning')
    await turnUntilDone(opened.database, opened.config, tenantId, 7)
    const checked = await eventsOf(opened.test, tenantId, 'lead.checked')
    expect(checked.map(({ entity_key }) => entity_key).toSorted()).to.deep.equal(
      Array.from({ length: 47 }, (_, index) => `default/lead/${index + 10}`).toSorted(),
    )
    expect(checked.find(({ entity_key }) => entity_key === 'default/lead/12')?.data).to.deep.equal({
      score: 12,
    })
    expect(
      (await eventsOf(opened.test, tenantId, 'day.begun')).map(({ entity_key }) => entity_key),
    ).to.deep.equal(['default/schedule/morning'])
    const [run] = await opened.runsOf(tenantId)
    expect(run).to.include({
      status: 'done',
      looked: 57,
      emitted: 47,
      failed: 0,
      target: 'lead lead.checked',
    })
  })

  it('fetches nothing that the entities of other kinds hold', async () => {
    const { tenantId } = await opened.setup(1)
    await querySuperuser(
      opened.test,
      `update entity set scores = '{"intent": {}}', marks = '{"waits": {}}' where tenant_id = $1`,
      [tenantId],
    )
    const seenAs = async (kind: string) =>
      querySuperuser(opened.test, entities.text, [tenantId, '', 10, 'default', kind])
    expect((await seenAs('lead'))[0]).to.deep.include({ scores: { intent: {} }, marks: { waits: {} } })
    expect((await seenAs('deal'))[0]).to.include({ kind: 'lead', fields: null, scores: null, marks: null })
  })

  it('fires each run once however many daemons race for it', async () => {
    const { tenantId } = await opened.setup(200)
    const others = await Promise.all(
      [1, 2, 3].map(async () => openDatabase(opened.test.url, { logger: silentLogger, clock: systemClock })),
    )
    try {
      await makeDue(opened.test, tenantId, 'review', '190 minutes')
      await Promise.all(
        [opened.database, ...others].map(async (database) =>
          turnUntilDone(database, opened.config, tenantId, 13),
        ),
      )
      await turnUntilDone(opened.database, opened.config, tenantId)
      const checked = await eventsOf(opened.test, tenantId, 'lead.checked')
      const runs = await opened.runsOf(tenantId)
      expect(runs.map(({ status, emitted }) => `${status} ${emitted}`)).to.deep.equal(
        runs.map(() => 'done 190'),
      )
      expect(runs.length).to.be.within(4, 5)
      expect(checked).to.have.length(190 * runs.length)
      expect(new Set(checked.map(({ event_id }) => event_id)).size).to.equal(checked.length)
    } finally {
      for (const database of others) await database[Symbol.asyncDispose]()
    }
  })

  it('goes on where a daemon died between a page and its commit, and nobody gets an event twice', async () => {
    const { tenantId } = await opened.setup(60)
    let left = 3
    const crashPoints: CrashPoints = {
      reach: (point) => {
        if (point !== 'schedule.mid_turn') return
        left -= 1
        if (left % 2 === 0) throw new Error('The daemon dies here')
      },
    }
    const dying = await openDatabase(opened.test.url, {
      logger: silentLogger,
      clock: systemClock,
      crashPoints,
    })
    try {
      await makeDue(opened.test, tenantId, 'review')
      let deaths = 0
      for (let turn = 0; turn < 4; turn += 1) {
        const [due] = await opened.dueOf(tenantId)
        await dying.stores.schedules
          .turn(due!, turnOf(opened.config, 'review', 10))
          .catch(() => (deaths += 1))
      }
      expect(deaths).to.equal(2)
      const [half] = await opened.runsOf(tenantId)
      expect(half).to.include({ status: 'running', looked: 20 })
      await turnUntilDone(opened.database, opened.config, tenantId, 10)
      const checked = await eventsOf(opened.test, tenantId, 'lead.checked')
      expect(checked).to.have.length(50)
      expect(new Set(checked.map(({ entity_key }) => entity_key)).size).to.equal(50)
    } finally {
      await dying[Symbol.asyncDispose]()
    }
  })

  it('counts and names an entity that makes no fitting event, and gives the others theirs', async () => {
    const open = schedulesConfig((yaml) => yaml.replace(", where: 'lead.score >= 10'", ''))
    const { tenantId } = await opened.setup(5, open)
    await querySuperuser(
      opened.test,
      `update entity set fields = '{"score": {"no": "number"}}' where tenant_id = $1 and id = '3'`,
      [tenantId],
    )
    await makeDue(opened.test, tenantId, 'review')
    await turnUntilDone(opened.database, open, tenantId)
    const [run] = await opened.runsOf(tenantId)
    expect(run).to.include({ status: 'partly_failed', looked: 5, emitted: 4, failed: 1 })
    expect(run?.firstError).to.match(/^lead\/3: NX-/)
  })

  it('makes a run once for its time, also when a clock goes back over it', async () => {
    const { tenantId } = await opened.setup(12)
    await makeDue(opened.test, tenantId, 'review')
    await turnUntilDone(opened.database, opened.config, tenantId)
    const [run] = await opened.runsOf(tenantId)
    await querySuperuser(
      opened.test,
      `update schedule set next_at = $2, wake_at = $2 where tenant_id = $1 and name = 'review'`,
      [tenantId, run?.dueAt],
    )
    await turnUntilDone(opened.database, opened.config, tenantId)
    expect(await opened.runsOf(tenantId)).to.have.length(1)
    expect(await eventsOf(opened.test, tenantId, 'lead.checked')).to.have.length(2)
  })

  it('forgets runs that ended long ago, and no others', async () => {
    const { tenantId } = await opened.setup(12)
    const { schedules } = opened.database.stores
    await makeDue(opened.test, tenantId, 'review', '2 hours')
    await turnUntilDone(opened.database, opened.config, tenantId)
    const runs = await opened.runsOf(tenantId)
    await querySuperuser(
      opened.test,
      `update schedule_run set ended_at = now() - interval '91 days' where id = $1`,
      [runs[0]?.id],
    )
    expect(await schedules.forgetRuns(90 * 86_400_000, 100)).to.equal(1)
    expect(await opened.runsOf(tenantId)).to.deep.equal(runs.slice(1))
  })

  it('finds where schedules are: the fleet’s in every workspace, a tenant’s in its own', async () => {
    const { tenantId } = await opened.setup()
    const { schedules } = opened.database.stores
    const other = await createTenant(opened.database)
    const places = async () =>
      (await schedules.places()).map((place) => `${place.tenantId} ${place.workspace}`)
    expect(await places())
      .to.include(`${tenantId} default`)
      .and.not.include(`${other.id} default`)
    await activate(opened.test, null, null)
    expect(await places()).to.include(`${other.id} default`)
    await activate(opened.test, other.id, 'eu')
    expect(await places()).to.include(`${other.id} eu`)
  })

  it('keeps the pace: the next page waits for as long as this one’s events take', async () => {
    const { tenantId } = await opened.setup(60)
    const { schedules } = opened.database.stores
    await makeDue(opened.test, tenantId, 'review')
    const [due] = await opened.dueOf(tenantId)
    const report = await schedules.turn(due!, { ...turnOf(opened.config, 'review', 40), perSecond: 0.001 })
    expect(report).to.include({ state: 'turned', ended: false })
    expect(await opened.dueOf(tenantId)).to.deep.equal([])
  })
})

/** A revision of a scope that holds a Schedule, active. */
async function activate(
  test: TestDatabase,
  tenantId: string | null,
  workspace: string | null,
): Promise<void> {
  const digest = digestOf({ tenantId, workspace })
  await querySuperuser(
    test,
    `insert into document (tenant_id, digest, kind, name, body) values ($1, $2, 'Schedule', 's', '{}')`,
    [tenantId, digest],
  )
  await querySuperuser(
    test,
    `with made as (
       insert into revision (id, tenant_id, workspace, digest, documents, source, created_by)
       values (gen_random_uuid(), $1, $2, $3, array[$3], '{}', 'test') returning id)
     insert into active_revision (tenant_id, workspace, revision_id, activated_by) select $1, $2, id, 'test' from made`,
    [tenantId, workspace, digest],
  )
}
