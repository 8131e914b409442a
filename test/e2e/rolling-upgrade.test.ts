import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { migrateUp } from '../../src/adapters/postgres/migrations/migrate.ts'
import { migrationsFolder } from '../../src/adapters/postgres/migrations/migrations-folder.ts'
import { startDaemon } from '../../src/app/daemon/start-daemon.ts'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { eventually } from '../support/eventually.ts'
import {
  basicDocuments,
  hitOnCreation,
  leadCreated,
  postEvents,
  startSystem,
} from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const batchSize = 20

/** Adds to tables that every transaction uses: as much as an additive migration does. */
const additive = {
  up: `alter table neuronx.event_log add column note text;
alter table neuronx.entity add column note text not null default '';
alter table neuronx.command add column note text;
alter table neuronx.shard add column note text;
`,
  down: `alter table neuronx.shard drop column note;
alter table neuronx.command drop column note;
alter table neuronx.entity drop column note;
alter table neuronx.event_log drop column note;
`,
}

describe('a rolling upgrade', function () {
  this.timeout(120_000)
  let system: RunningSystem
  let token: string
  let newer: string
  const daemons: RunningDaemon[] = []

  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
    token = await system.token('ingest')
    newer = await mkdtemp(join(tmpdir(), 'neuronx-newer-'))
    await cp(migrationsFolder(), newer, { recursive: true })
    await writeFile(join(newer, '9001_add_notes.up.sql'), additive.up)
    await writeFile(join(newer, '9001_add_notes.down.sql'), additive.down)
  })
  after(async () => {
    for (const daemon of daemons) await daemon.stop()
    await system[Symbol.asyncDispose]()
    await rm(newer, { recursive: true, force: true })
  })

  async function start(folder?: string): Promise<RunningDaemon> {
    const options = { logger: silentLogger, ...(folder === undefined ? {} : { migrationsFolder: folder }) }
    const daemon = await startDaemon(system.settings, options)
    daemons.push(daemon)
    return daemon
  }

  it('loses nothing while two versions work on one schema, the newer one', async () => {
    const [old, alsoOld] = [await start(), await start()]
    const accepted: string[] = []
    let target = alsoOld
    let on = true
    const load = (async () => {
      for (let batch = 0; on; batch += 1) {
        const leads = Array.from({ length: batchSize }, (_, index) => `lead-${batch}-${index}`)
        // A slow machine takes events faster than it works them off: what is looked for would stand behind all of them.
        await eventually(() => accepted.length - system.vendor.effects.length < 10 * batchSize, 60_000)
        const answer = await postEvents(
          target.url,
          token,
          leads.map((lead) => leadCreated(lead, { name: 'Ada', country: 'AE' })),
        )
        expect(answer.status).to.equal(202)
        accepted.push(...leads)
      }
    })()
    const effects = () => system.vendor.effects.map(({ body }) => (body as { lead: string }).lead)
    /** Work goes on: events that were accepted after this are carried out. */
    const goesOn = async (): Promise<void> => {
      const mark = accepted.length
      await eventually(() => accepted.length > mark && effects().includes(accepted[mark] ?? ''), 30_000)
    }
    try {
      await goesOn()
      const ownerUrl = system.settings.databaseOwnerUrl ?? ''
      expect(await migrateUp({ ownerUrl, folder: newer })).to.deep.equal(['9001_add_notes'])
      await goesOn()
      const renewed = await start(newer)
      await goesOn()
      target = renewed
      await old.stop()
      await goesOn()
      // One of the version before that is started again meanwhile still serves.
      const again = await start()
      await alsoOld.stop()
      await goesOn()
      await again.stop()
      await goesOn()
    } finally {
      on = false
      await load
    }
    await eventually(() => new Set(effects()).size === accepted.length, 60_000)
    expect(effects().toSorted()).to.deep.equal(accepted.toSorted())
    const counts = await system.operator.messages.counts(system.tenant.id)
    expect(counts).to.include({ decisions: accepted.length, deadLettersOpen: 0 })
  })
})
