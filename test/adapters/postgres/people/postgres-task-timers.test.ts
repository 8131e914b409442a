import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'
import { ScoredLeads } from '../../../support/scores/scored-leads.ts'
import { allShards as shards } from '../../../support/stores/owned-database.ts'

const config = salesConfig(`kind: EntityType
name: lead
fields: { name: string }
---
kind: EventType
name: lead.asked
fields: {}
---
kind: Team
name: closers
members: [ { rep: a }, { rep: b } ]
---
kind: Team
name: desk
members: [ { rep: lena } ]
---
kind: RuleSet
name: calls
rules:
  - id: call
    on: lead.asked
    then: [ { task: { title: Call, to: lena, due: 1h, escalate: [ { after: 1h, reassign: closers } ] } } ]
`)

describe('tasks on Postgres', () => {
  let opened: Awaited<ReturnType<typeof openTestDatabase>>
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  const past = '2020-01-01T00:00:00.000Z'

  /** A task made by an event, or by the rule (null), and how to let more happen to it. */
  async function setup(data: JsonObject | null) {
    const tasks = await ScoredLeads.open(config, opened)
    let id = '7'
    const happen = async (type: string, given: JsonObject) => await tasks.happen(type, id, given, 'task')
    if (data === null) {
      await tasks.happen('lead.asked', '1')
      const [made] = await querySuperuser<{ id: string }>(
        opened.test,
        `select split_part(entity_key, '/', 3) as id from event_log where tenant_id = $1 and type = 'task.created'`,
        [tasks.tenantId],
      )
      id = made?.id ?? ''
    } else await happen('task.created', data)
    const task = { kind: 'task', id }
    await tasks.catchUp(task)
    const row = async () => {
      const [found] = await querySuperuser<Record<string, unknown>>(
        opened.test,
        'select status, assignee, team, rung, next_at is not null as waits from task where tenant_id = $1',
        [tasks.tenantId],
      )
      return found
    }
    return {
      happen,
      row,
      events: async () => await tasks.events(task),
      applyAll: async () => await tasks.catchUp(task),
      /** As if its next time had come. */
      letFallDue: async () =>
        await querySuperuser(opened.test, `update task set next_at = $2 where tenant_id = $1`, [
          tasks.tenantId,
          past,
        ]),
    }
  }

  it('fires each time of a task once, and its row follows the entity', async () => {
    const { timers } = opened.database.stores
    const { events, applyAll, row, letFallDue } = await setup(null)
    expect(await row()).to.deep.equal({ status: 'open', assignee: 'lena', team: null, rung: 0, waits: true })
    await letFallDue()
    expect(await timers.nextDueMs(shards)).to.equal(0)
    expect(await timers.fireDue(shards, 10)).to.equal(1)
    expect(await timers.fireDue(shards, 10)).to.equal(0)
    await applyAll()
    expect(await row()).to.include({ rung: 1, assignee: 'lena', waits: true })
    await letFallDue()
    expect(await timers.fireDue(shards, 10)).to.equal(1)
    await applyAll()
    expect(await row()).to.deep.equal({
      status: 'open',
      assignee: 'a',
      team: 'closers',
      rung: 2,
      waits: false,
    })
    expect(await timers.fireDue(shards, 10)).to.equal(0)
    expect((await events()).map(({ type, origin }) => `${type} ${origin}`)).to.deep.equal([
      'task.created emitted',
      'task.due timer',
      'task.due timer',
    ])
  })

  it('does not fire again for what happens between a timer and its event', async () => {
    const { timers } = opened.database.stores
    const { happen, row } = await setup({ title: 'Call', to: 'lena', due: past })
    expect(await timers.fireDue(shards, 10)).to.equal(1)
    await happen('task.reassigned', { to: 'tom' })
    expect(await row()).to.include({ assignee: 'tom', rung: 1, waits: false })
    expect(await timers.fireDue(shards, 10)).to.equal(0)
  })

  it('keeps no time of a task that is closed', async () => {
    const { timers } = opened.database.stores
    const { happen, row } = await setup({ title: 'Call', to: 'lena', due: '2099-01-01T00:00:00Z' })
    expect(await row()).to.include({ waits: true })
    await happen('task.completed', { by: 'lena' })
    expect(await row()).to.include({ status: 'done', waits: false })
    expect(await timers.fireDue(shards, 10)).to.equal(0)
  })
})
