import { expect } from 'chai'
import { newId } from '../../../../src/kernel/ids.ts'
import { openScheduleHarness } from '../../../support/stores/schedule-harness.ts'
import type { ScheduleHarness } from '../../../support/stores/schedule-harness.ts'
import {
  eventsOf,
  makeDue,
  schedulesConfig,
  turnOf,
  turnUntilDone,
} from '../../../support/stores/schedules.ts'
import { testActor } from '../../../support/stores/tenants.ts'

describe('schedules that people change', () => {
  let opened: ScheduleHarness
  before(async () => {
    opened = await openScheduleHarness()
  })
  after(async () => opened.close())

  it('leaves suspended tenants alone, and catches up when they are back', async () => {
    const { tenant, tenantId } = await opened.setup(12)
    await makeDue(opened.test, tenantId, 'review')
    const [found] = await opened.dueOf(tenantId)
    const { tenants, schedules } = opened.database.stores
    await tenants.update(tenant.slug, { status: 'suspended' }, testActor, null)
    expect(await opened.dueOf(tenantId)).to.deep.equal([])
    expect(await schedules.turn(found!, turnOf(opened.config, 'review'))).to.deep.equal({
      state: 'passed_over',
    })
    await tenants.update(tenant.slug, { status: 'active' }, testActor, null)
    await turnUntilDone(opened.database, opened.config, tenantId)
    expect(await eventsOf(opened.test, tenantId, 'lead.checked')).to.have.length(2)
  })

  it('stops a run where it is when it is paused, and does not catch up what came due meanwhile', async () => {
    const { tenantId } = await opened.setup(30)
    const at = { tenantId, workspace: 'default', name: 'review' }
    const { schedules, scheduleControl } = opened.database.stores
    await makeDue(opened.test, tenantId, 'review')
    const [due] = await opened.dueOf(tenantId)
    await schedules.turn(due!, turnOf(opened.config, 'review', 10))
    await scheduleControl.pause(at, testActor, 'too many')
    expect(await opened.dueOf(tenantId)).to.deep.equal([])
    await makeDue(opened.test, tenantId, 'review', '5 hours')
    expect((await scheduleControl.resume(at, testActor, null)).pausedAt).to.equal(null)
    await turnUntilDone(opened.database, opened.config, tenantId, 10)
    expect((await opened.runsOf(tenantId)).map(({ status, looked }) => `${status} ${looked}`)).to.deep.equal([
      'done 30',
    ])
    const after = await scheduleControl.show(tenantId, 'default', 'review')
    expect(Date.parse(after?.nextAt ?? '')).to.be.above(Date.now())
  })

  it('says which runs were missed and not caught up', async () => {
    const latest = schedulesConfig((yaml) => yaml.replace('missed: all', 'missed: latest'))
    const { tenantId } = await opened.setup(11, latest)
    await makeDue(opened.test, tenantId, 'review', '5 hours')
    await turnUntilDone(opened.database, latest, tenantId)
    const runs = await opened.runsOf(tenantId)
    expect(runs.map(({ status }) => status)).to.deep.equal(['done', 'skipped'])
    expect(runs[1]?.note).to.match(/^Missed until .*not caught up/)
  })

  it('runs once more when asked, refuses a second request, and refuses one while it is paused', async () => {
    const { tenantId } = await opened.setup(11)
    const at = { tenantId, workspace: 'default', name: 'review' }
    const { scheduleControl } = opened.database.stores
    const run = await scheduleControl.requestRun(at, testActor, 'to see')
    expect(run).to.include({ cause: 'manual', status: 'waiting', actor: 'local:test' })
    await failsWith('NX-SCHEDULE-BUSY', scheduleControl.requestRun(at, testActor, null))
    await turnUntilDone(opened.database, opened.config, tenantId)
    expect((await opened.runsOf(tenantId)).map(({ id, status }) => [id, status])).to.deep.equal([
      [run.id, 'done'],
    ])
    await scheduleControl.pause(at, testActor, null)
    await failsWith('NX-SCHEDULE-PAUSED', scheduleControl.requestRun(at, testActor, null))
    await failsWith(
      'NX-SCHEDULE-NOT-FOUND',
      scheduleControl.pause({ ...at, name: 'reviev' }, testActor, null),
    )
  })

  it('tells of a last run what the list of runs tells, and goes through that list with its own cursors only', async () => {
    const { tenantId } = await opened.setup(11)
    const { scheduleControl } = opened.database.stores
    await makeDue(opened.test, tenantId, 'review', '190 minutes')
    await turnUntilDone(opened.database, opened.config, tenantId)
    const all = await opened.runsOf(tenantId)
    const lastRunOf = async (name: string) =>
      (await scheduleControl.list(tenantId, null)).find((view) => view.name === name)?.lastRun
    expect(await lastRunOf('review')).to.deep.equal(all[0])
    expect(all[0]?.endedAt).to.match(/Z$/)
    expect(await lastRunOf('morning')).to.equal(null)
    const runsFrom = async (cursor: string | null) =>
      scheduleControl.runs(tenantId, 'default', 'review', { limit: 1, cursor })
    const first = await runsFrom(null)
    expect((await runsFrom(first.cursor)).items).to.deep.equal([all[1]])
    const wrong = [
      `["now","${newId()}"]`,
      `["2026-01-01T00:00:00Z","x"]`,
      `["2026-02-31T00:00:00Z","${newId()}"]`,
    ]
    for (const text of wrong) await failsWith('NX-CURSOR', runsFrom(Buffer.from(text).toString('base64url')))
  })

  it('an edited condition counts for the entities that are left, a run for something else is cancelled', async () => {
    const { tenantId, place } = await opened.setup(30)
    const { schedules } = opened.database.stores
    await makeDue(opened.test, tenantId, 'review')
    const [due] = await opened.dueOf(tenantId)
    await schedules.turn(due!, turnOf(opened.config, 'review', 15))
    const stricter = schedulesConfig((yaml) => yaml.replace('lead.score >= 10', 'lead.score >= 1000'))
    await schedules.sync(place, stricter.schedules, '2')
    const before = (await eventsOf(opened.test, tenantId, 'lead.checked')).length
    const [stale] = await opened.dueOf(tenantId)
    expect(await schedules.turn(stale!, turnOf(opened.config, 'review'))).to.deep.equal({
      state: 'passed_over',
    })
    await turnUntilDone(opened.database, stricter, tenantId, 10)
    expect(await eventsOf(opened.test, tenantId, 'lead.checked')).to.have.length(before)
    expect((await opened.runsOf(tenantId))[0]).to.include({ status: 'done', looked: 30 })

    await makeDue(opened.test, tenantId, 'review')
    const [again] = await opened.dueOf(tenantId)
    await schedules.turn(again!, turnOf(stricter, 'review', 10))
    const other = schedulesConfig((yaml) =>
      yaml.replace(/for_each: .*\nemit: .*\n/, 'emit: { type: day.begun }\n'),
    )
    await schedules.sync(place, other.schedules, '3')
    await turnUntilDone(opened.database, other, tenantId)
    expect((await opened.runsOf(tenantId))[0]).to.include({ status: 'cancelled' })
  })

  it('a removed schedule goes, its run is cancelled, and a daemon that is behind brings nothing back', async () => {
    const { tenantId, place } = await opened.setup(30)
    const { schedules, scheduleControl } = opened.database.stores
    await makeDue(opened.test, tenantId, 'review')
    const [due] = await opened.dueOf(tenantId)
    await schedules.turn(due!, turnOf(opened.config, 'review', 10))
    const moved = schedulesConfig((yaml) => yaml.replace('every: 1h', 'every: 2h'))
    expect(await schedules.sync(place, moved.schedules, '5')).to.equal(true)
    expect(await schedules.sync(place, moved.schedules, '5')).to.equal(false)
    expect(await schedules.sync(place, opened.config.schedules, '4')).to.equal(false)
    expect(await schedules.sync(place, [], '4')).to.equal(true)
    expect(
      (await scheduleControl.list(tenantId, 'default')).map(({ name, times }) => `${name} ${times}`),
    ).to.deep.equal(['review every 2h'])
    expect(await schedules.sync(place, [], '6')).to.equal(true)
    expect(await scheduleControl.list(tenantId, null)).to.deep.equal([])
    expect((await opened.runsOf(tenantId))[0]).to.include({
      status: 'cancelled',
      note: 'The schedule was removed',
    })
  })

  it('remembers why a schedule cannot run, and forgets it when it does', async () => {
    const { tenantId } = await opened.setup(11)
    const { schedules, scheduleControl } = opened.database.stores
    await makeDue(opened.test, tenantId, 'review')
    const [due] = await opened.dueOf(tenantId)
    await schedules.trouble(due!, 'NX-CONFIG-STORED-INVALID', 'It cannot be read', 0)
    const troubled = await scheduleControl.show(tenantId, 'default', 'review')
    expect(troubled?.trouble).to.include({ code: 'NX-CONFIG-STORED-INVALID', message: 'It cannot be read' })
    await turnUntilDone(opened.database, opened.config, tenantId)
    expect((await scheduleControl.show(tenantId, 'default', 'review'))?.trouble).to.equal(null)
  })
})

async function failsWith(code: string, work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).to.include({ code })
}
