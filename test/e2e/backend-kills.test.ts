import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import pg from 'pg'
import { eventually } from '../support/eventually.ts'
import {
  basicDocuments,
  hitOnCreation,
  leadCreated,
  postEvents,
  startSystem,
} from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const kills = 30
const everyMs = 100
const batchSize = 20

describe('a daemon whose database connections are killed all the time', function () {
  this.timeout(120_000)
  let system: RunningSystem

  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
  })
  after(async () => system[Symbol.asyncDispose]())

  it('lives on, loses nothing that it accepted and does nothing twice', async () => {
    const daemon = await system.daemon()
    const token = await system.token('ingest')
    // The runtime login may end its own connections.
    const killer = new pg.Client({ connectionString: system.settings.databaseUrl ?? '' })
    await killer.connect()
    let killed = 0
    let on = true
    const accepted: string[] = []
    const load = (async () => {
      for (let batch = 0; on; batch += 1) {
        const leads = Array.from({ length: batchSize }, (_, index) => `lead-${batch}-${index}`)
        const events = leads.map((lead) => leadCreated(lead, { name: 'Ada', country: 'AE' }))
        // What was not accepted is sent again, under the same ids, until it is.
        await eventually(async () => (await postEvents(daemon.url, token, events)).status === 202, 30_000)
        accepted.push(...leads)
      }
    })()
    try {
      for (let kill = 0; kill < kills; kill += 1) {
        const { rows } = await killer.query<{ ended: boolean }>(
          `select pg_terminate_backend(pid) as ended from pg_stat_activity
           where datname = current_database() and application_name = 'neuronx daemon'`,
        )
        killed += rows.filter(({ ended }) => ended).length
        await pause(everyMs)
      }
    } finally {
      on = false
      await load
      await killer.end()
    }
    expect(killed).to.be.above(kills)
    const effects = () => system.vendor.effects.map(({ body }) => (body as { lead: string }).lead)
    await eventually(() => new Set(effects()).size === accepted.length, 60_000)
    expect(effects().toSorted()).to.deep.equal(accepted.toSorted())
    const counts = await system.operator.messages.counts(system.tenant.id)
    expect(counts).to.include({ decisions: accepted.length, deadLettersOpen: 0 })
    expect((await fetch(`${daemon.url}/readyz`)).status).to.equal(200)
  })
})
