import { expect } from 'chai'
import pg from 'pg'
import { migrateRollback, migrateUp } from '../../../src/adapters/postgres/migrations/migrate.ts'
import { migrationStatus } from '../../../src/adapters/postgres/migrations/migration-status.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'

const leads = 4

/** One waits for a call or its time, the other for its time alone; both tell the vendor who it was. */
const workflows = (reply = 'reply', more = '') => `
---
apiVersion: neuronx/v1
kind: Workflow
name: nurture
for: lead
start: { on: lead.created }
${more}
steps:
  - { id: ${reply}, wait_for: { event: lead.called, where: event.outcome == "yes" }, up_to: 20d, then: tell, else: end }
  - { id: tell, call: sink.hit, with: { lead: "nurture {{ lead.id }}", score: "1" } }
---
apiVersion: neuronx/v1
kind: Workflow
name: remind
for: lead
start: { on: lead.created }
steps:
  - { id: nap, wait: 20d }
  - { id: tell, call: sink.hit, with: { lead: "remind {{ lead.id }}", score: "1" } }
`

describe('instances that the released engine began', function () {
  this.timeout(180_000)
  let system: RunningSystem
  let token: string
  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + workflows())
    token = await system.token('ingest')
    const daemon = await system.daemon()
    for (let lead = 0; lead < leads; lead += 1)
      await postEvents(daemon.url, token, leadCreated(String(lead), { name: 'L' }))
    await eventually(async () => (await where()) === 'nurture reply 4, remind nap 4', 30_000)
    await daemon.stop()
  })
  after(async () => system[Symbol.asyncDispose]())

  async function where(): Promise<string> {
    const { places } = await system.operator.workflows.counts(system.tenant.id, 'default', null)
    return places
      .filter(({ status }) => status === 'waiting')
      .map(({ workflow, step, count }) => `${workflow} ${step ?? ''} ${count}`)
      .join(', ')
  }

  async function done(): Promise<string> {
    const { totals } = await system.operator.workflows.counts(system.tenant.id, 'default', null)
    const ended = totals.filter(({ status }) => status === 'done')
    return ended.map(({ workflow, count }) => `${workflow} ${count}`).join(', ')
  }

  async function called(url: string, lead: number): Promise<void> {
    const event = { ...leadCreated(String(lead), { outcome: 'yes' }, `called-${lead}`), type: 'lead.called' }
    expect((await postEvents(url, token, event)).status).to.equal(202)
  }

  const told = () => system.vendor.effects.map(({ body }) => (body as { lead: string }).lead).toSorted()

  /** Goes down to the released schema and up again, with the rows as the released program writes them in between. */
  async function asReleased(): Promise<void> {
    const { databaseUrl = '', databaseOwnerUrl = '' } = system.settings
    const urls = { url: databaseUrl ?? '', ownerUrl: databaseOwnerUrl ?? '' }
    const { applied } = await migrationStatus(urls)
    const count = applied.length - applied.findIndex((name) => name.startsWith('0016_'))
    await migrateRollback(urls, count)
    const sql = new pg.Client({ connectionString: urls.url })
    await sql.connect()
    try {
      await sql.query('begin')
      await sql.query('set local role neuronx_app')
      await sql.query(`select set_config('nx.tenants', $1, true)`, [`{${system.tenant.id}}`])
      const made = await sql.query(
        `update neuronx.workflow_instance set state = jsonb_build_object('status', 'waiting', 'stepId', state->'stepId',
           'wait', (state->'wait') - 'from') returning state`,
      )
      expect(made.rowCount).to.equal(2 * leads)
      await sql.query('commit')
    } finally {
      await sql.end()
    }
    await migrateUp(urls)
  }

  it('are seen at their steps after the upgrade, go on when what they wait for comes or their time does, and follow a change', async () => {
    await asReleased()
    expect(await where()).to.equal('nurture reply 4, remind nap 4')
    const daemon = await system.daemon()
    await system.daemon()
    await called(daemon.url, 0)
    await eventually(() => told().join() === 'nurture 0', 30_000)
    expect(await where()).to.equal('nurture reply 3, remind nap 4')

    const migrating = 'on_change: { structure: migrate, map: { reply: answer } }'
    await system.apply(basicDocuments(system.vendor.url) + workflows('answer', migrating))
    await eventually(async () => (await where()) === 'nurture answer 3, remind nap 4', 60_000)
    await called(daemon.url, 1)
    await eventually(() => told().join() === 'nurture 0,nurture 1', 30_000)

    await timeComes()
    await eventually(() => told().filter((who) => who.startsWith('remind')).length === leads, 60_000)
    await eventually(async () => (await done()) === 'nurture 2, remind 4', 30_000)
    expect(told()).to.deep.equal([
      'nurture 0',
      'nurture 1',
      ...Array.from({ length: leads }, (_, lead) => `remind ${lead}`),
    ])
    expect(await where()).to.equal('nurture answer 2')
  })

  /** The twenty days of `remind` are over. */
  async function timeComes(): Promise<void> {
    const sql = new pg.Client({ connectionString: system.settings.databaseUrl ?? '' })
    await sql.connect()
    try {
      await sql.query('begin')
      await sql.query('set local role neuronx_app')
      await sql.query(`select set_config('nx.tenants', $1, true)`, [`{${system.tenant.id}}`])
      await sql.query(
        `update neuronx.workflow_instance
           set state = jsonb_set(state, '{wait,until}', to_jsonb(to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
         where workflow = 'remind';
         update neuronx.workflow_timer t set wake_at = now() from neuronx.workflow_instance w
         where w.id = t.instance_id and w.workflow = 'remind'`,
      )
      await sql.query('commit')
    } finally {
      await sql.end()
    }
  }
})
