import { expect } from 'chai'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { ScheduleLoop } from '../../../src/sales-core/schedules/schedule-loop.ts'
import type { ScheduleStore } from '../../../src/sales-core/schedules/schedule-store.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { addLeads, eventsOf, makeDue, schedulesConfig } from '../../support/stores/schedules.ts'
import { createTenant } from '../../support/stores/tenants.ts'

const leases = () => Array.from({ length: 64 }, (_, shard) => ({ shard, epoch: '1' }))

describe('ScheduleLoop', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  beforeEach(async () => {
    opened = await openTestDatabase()
  })
  afterEach(async () => opened.close())

  /** A tenant with leads and a row that makes the place known, and loops over the database that follow `world`. */
  async function setup(leads: number) {
    const { id: tenantId } = await createTenant(opened.database)
    await addLeads(opened.test, tenantId, leads)
    const world = { version: '1', config: schedulesConfig() as SalesConfig | NxError }
    await opened.database.stores.schedules.sync(
      { tenantId, workspace: 'default' },
      schedulesConfig().schedules,
      '0',
    )
    const loopOver = (database: Database) =>
      new ScheduleLoop({
        store: database.stores.schedules,
        configs: {
          configFor: async () => {
            if (world.config instanceof NxError) throw world.config
            return { config: world.config, unknownEvents: 'accept' }
          },
        },
        directory: world,
        leases,
        perSecond: () => 100_000,
        clock: systemClock,
        logger: silentLogger,
        onFired: () => {},
        idleMs: 100,
        pageMax: 25,
      })
    return { tenantId, world, loopOver, loop: loopOver(opened.database) }
  }

  async function rounds(loop: ScheduleLoop): Promise<void> {
    for (let round = 0; round < 500; round += 1) if ((await loop.round()) === 0) return
    throw new Error('It goes on for ever')
  }

  async function names(tenantId: string): Promise<readonly string[]> {
    const views = await opened.database.stores.scheduleControl.list(tenantId, null)
    return views.map(({ name }) => name)
  }

  it('makes the rows those of the documents, and again only when the directory moved', async () => {
    const { tenantId, world, loop } = await setup(0)
    await rounds(loop)
    expect(await names(tenantId)).to.deep.equal(['morning', 'review'])
    world.config = schedulesConfig((yaml) => yaml.replace('name: morning', 'name: dawn'))
    await rounds(loop)
    expect(await names(tenantId)).to.deep.equal(['morning', 'review'])
    world.version = '2'
    await rounds(loop)
    expect(await names(tenantId)).to.deep.equal(['dawn', 'review'])
  })

  it('leaves rows alone that are of the same configuration, unless its shard came from somebody else', async () => {
    const place = { tenantId: 't', workspace: 'default' }
    const synced: string[] = []
    const world = { version: '1', epoch: '1', config: { digest: 'a', schedules: [] } }
    const loop = new ScheduleLoop({
      store: {
        places: async () => [place],
        sync: async (_place: object, _schedules: object, version: string) => synced.push(version) > 0,
        due: async () => [],
        forgetRuns: async () => 0,
      } as unknown as ScheduleStore,
      configs: {
        configFor: async () => ({ config: world.config as unknown as SalesConfig, unknownEvents: 'accept' }),
      },
      directory: world,
      leases: () => leases().map(({ shard }) => ({ shard, epoch: world.epoch })),
      perSecond: () => 1,
      clock: systemClock,
      logger: silentLogger,
      onFired: () => {},
    })
    for (const change of [{}, { version: '2' }, { version: '3', epoch: '2' }, { version: '4' }]) {
      Object.assign(world, change)
      await rounds(loop)
    }
    expect(synced).to.deep.equal(['1', '3'])
    Object.assign(world, { version: '5', config: { digest: 'b', schedules: [] } })
    await rounds(loop)
    expect(synced).to.deep.equal(['1', '3', '5'])
  })

  it('two daemons that both believe to own everything fire one run once', async () => {
    const { tenantId, loopOver, loop } = await setup(210)
    const other = await openDatabase(opened.test.url, { logger: silentLogger, clock: systemClock })
    const loops = [loop, loopOver(other)]
    try {
      await rounds(loop)
      await makeDue(opened.test, tenantId, 'review')
      for (const one of loops) await one.start()
      await eventually(async () => {
        const [run] = (await runs(tenantId)).items
        expect(run?.status).to.equal('done')
      })
      const checked = await eventsOf(opened.test, tenantId, 'lead.checked')
      expect(checked).to.have.length(200)
      expect(new Set(checked.map(({ event_id }) => event_id)).size).to.equal(200)
    } finally {
      for (const one of loops) await one.stop()
      await other[Symbol.asyncDispose]()
    }
  })

  it('goes on after every connection to the database was cut', async () => {
    const { tenantId, loop } = await setup(60)
    await rounds(loop)
    await makeDue(opened.test, tenantId, 'review')
    await loop.start()
    try {
      await querySuperuser(
        opened.test,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
      await eventually(async () => {
        const found = await runs(tenantId).catch(() => ({ items: [] }))
        expect(found.items[0]?.status).to.equal('done')
      })
      expect(await eventsOf(opened.test, tenantId, 'lead.checked')).to.have.length(50)
    } finally {
      await loop.stop()
    }
  })

  it('says why a schedule cannot run, looks at others, and runs it when it can', async () => {
    const { tenantId, world, loop } = await setup(12)
    await rounds(loop)
    await makeDue(opened.test, tenantId, 'review')
    world.config = new NxError('configuration', 'NX-CONFIG-STORED-INVALID', 'It cannot be read')
    await rounds(loop)
    const { schedules, scheduleControl } = opened.database.stores
    const troubled = await scheduleControl.show(tenantId, 'default', 'review')
    expect(troubled?.trouble).to.include({ code: 'NX-CONFIG-STORED-INVALID' })
    expect(await schedules.attention(300_000, 10)).to.have.length(1)
    expect(loop.counters.troubles).to.equal(1)
    world.config = schedulesConfig()
    await makeDue(opened.test, tenantId, 'review')
    await rounds(loop)
    expect(await eventsOf(opened.test, tenantId, 'lead.checked')).to.have.length(2)
    expect(await schedules.attention(300_000, 10)).to.deep.equal([])
  })

  it('does nothing without shards', async () => {
    const { tenantId, loop, world } = await setup(12)
    await rounds(loop)
    await makeDue(opened.test, tenantId, 'review')
    const idle = new ScheduleLoop({
      store: opened.database.stores.schedules,
      configs: { configFor: async () => Promise.reject(new Error('Nobody may ask')) },
      directory: world,
      leases: () => [],
      perSecond: () => 1,
      clock: systemClock,
      logger: silentLogger,
      onFired: () => {},
    })
    expect(await idle.round()).to.equal(0)
    expect(await eventsOf(opened.test, tenantId, 'lead.checked')).to.deep.equal([])
  })

  async function runs(tenantId: string) {
    return await opened.database.stores.scheduleControl.runs(tenantId, 'default', 'review', {
      limit: 10,
      cursor: null,
    })
  }
})
