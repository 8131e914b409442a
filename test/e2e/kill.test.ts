import { expect } from 'chai'
import { buildCli } from '../support/cli/built-cli.ts'
import { eventually } from '../support/eventually.ts'
import { startDaemonProcess } from '../support/system/daemon-process.ts'
import type { DaemonProcess } from '../support/system/daemon-process.ts'
import {
  basicDocuments,
  hitOnCreation,
  leadCreated,
  postEvents,
  startSystem,
} from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const batches = 12
const batchSize = 50

describe('a daemon that is killed', function () {
  this.timeout(180_000)
  let system: RunningSystem
  let token: string
  const running: DaemonProcess[] = []

  before(async () => {
    buildCli()
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
    token = await system.token('ingest')
  })

  after(async () => {
    for (const daemon of running) await daemon.kill()
    await system[Symbol.asyncDispose]()
  })

  async function start(): Promise<DaemonProcess> {
    const daemon = await startDaemonProcess(system.settings)
    running.push(daemon)
    return daemon
  }

  it('loses nothing that it had accepted, and does nothing twice', async () => {
    let daemon = await start()
    const accepted: string[] = []
    for (let batch = 0; batch < batches; batch += 1) {
      const leads = Array.from({ length: batchSize }, (_, index) => `killed-${batch}-${index}`)
      const answer = await postEvents(
        daemon.url,
        token,
        leads.map((lead) => leadCreated(lead, { name: 'Ada', country: 'AE' })),
      )
      expect(answer.status).to.equal(202)
      accepted.push(...leads)
      // In the middle of publishing, deciding and calling, three times over.
      if (batch % 4 === 3) {
        await eventually(() => system.vendor.received >= (batch + 1) * 10)
        await daemon.kill()
        daemon = await start()
      }
    }
    const effects = () => system.vendor.effects.map(({ body }) => (body as { lead: string }).lead)
    await eventually(() => new Set(effects()).size === accepted.length, 120_000)
    expect(effects().toSorted()).to.deep.equal(accepted.toSorted())
    const counts = await eventually(async () => {
      const now = await system.operator.messages.counts(system.tenant.id)
      expect(now.commands).to.include({
        waiting: 0,
        ready: 0,
        leased: 0,
        in_doubt: 0,
        succeeded: accepted.length,
      })
      return now
    }, 60_000)
    expect(counts.decisions).to.equal(accepted.length)
    expect(counts.deadLettersOpen).to.equal(0)
  })

  it('ends in order when it is told to, with nothing under way', async () => {
    const [last] = running.slice(-1)
    expect(await last?.terminate()).to.equal(0)
    const counts = await system.operator.messages.counts(system.tenant.id)
    expect(counts.commands.leased).to.equal(0)
    const { shards } = await system.operator.messages.outboxStats()
    expect(shards.filter(({ owner }) => owner !== null)).to.deep.equal([])
  })
})
