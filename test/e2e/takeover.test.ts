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

/** Tests beside this one take the processor: the promise of 15 s is held against the long suite of faults. */
const takeoverMs = 60_000
const batchSize = 50

describe('a daemon that does not answer any more', function () {
  this.timeout(180_000)
  let system: RunningSystem
  let token: string
  const running: DaemonProcess[] = []

  before(() => buildCli())
  beforeEach(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
    token = await system.token('ingest')
  })
  afterEach(async () => {
    for (const daemon of running.splice(0)) {
      daemon.child.kill('SIGCONT')
      await daemon.kill()
    }
    await system[Symbol.asyncDispose]()
  })

  /** Two daemons with half of the shards each. */
  async function startTwo(): Promise<readonly [DaemonProcess, DaemonProcess]> {
    const [first, second] = [
      await startDaemonProcess(system.settings),
      await startDaemonProcess(system.settings),
    ]
    running.push(first, second)
    await eventually(async () => expect([...(await shares()).values()]).to.deep.equal([32, 32]), 30_000)
    return [first, second]
  }

  /** Shards by owner. */
  async function shares(): Promise<ReadonlyMap<string, number>> {
    const owned = new Map<string, number>()
    for (const { owner } of (await system.operator.messages.outboxStats()).shards)
      if (owner !== null) owned.set(owner, (owned.get(owner) ?? 0) + 1)
    return owned
  }

  async function post(daemon: DaemonProcess, batch: number): Promise<readonly string[]> {
    const leads = Array.from({ length: batchSize }, (_, index) => `lead-${batch}-${index}`)
    const events = leads.map((lead) => leadCreated(lead, { name: 'Ada', country: 'AE' }))
    expect((await postEvents(daemon.url, token, events)).status).to.equal(202)
    return leads
  }

  /** Breaks the first daemon in the middle of work, while the second takes events for the shards of both. */
  async function breakUnderLoad(signal: 'SIGSTOP' | 'SIGKILL'): Promise<{
    readonly accepted: readonly string[]
    readonly broken: DaemonProcess
  }> {
    const [broken, well] = await startTwo()
    const accepted: string[] = []
    for (let batch = 0; batch < 4; batch += 1) accepted.push(...(await post(well, batch)))
    await eventually(() => system.vendor.received > 0)
    broken.child.kill(signal)
    const endsAt = performance.now() + takeoverMs
    for (let batch = 4; batch < 8; batch += 1) accepted.push(...(await post(well, batch)))
    await eventually(() => new Set(effects()).size === accepted.length, endsAt - performance.now()).catch(
      async (error: unknown) => {
        throw new Error(await whereItStands(accepted), { cause: error })
      },
    )
    return { accepted, broken }
  }

  /** For whoever reads a failure: what was not done in time, and where it is stuck. */
  async function whereItStands(accepted: readonly string[]): Promise<string> {
    const { messages } = system.operator
    const { decisions, commands } = await messages.counts(system.tenant.id)
    const { pending } = await messages.outboxStats()
    const done = `${new Set(effects()).size} effects of ${accepted.length}`
    const owned = JSON.stringify([...(await shares()).values()])
    return `${done}; decisions ${decisions}; pending ${pending}; shards ${owned}; commands ${JSON.stringify(commands)}`
  }

  const effects = () => system.vendor.effects.map(({ body }) => (body as { lead: string }).lead)

  async function appliedOnce(accepted: readonly string[]): Promise<void> {
    expect(effects().toSorted()).to.deep.equal(accepted.toSorted())
    const counts = await eventually(async () => {
      const now = await system.operator.messages.counts(system.tenant.id)
      expect(now.commands).to.include({ waiting: 0, ready: 0, leased: 0, in_doubt: 0, dead: 0 })
      return now
    })
    expect(counts).to.include({ decisions: accepted.length, deadLettersOpen: 0 })
    expect(counts.commands.succeeded).to.equal(accepted.length)
  }

  it('is taken over when it was killed', async () => {
    const { accepted } = await breakUnderLoad('SIGKILL')
    await appliedOnce(accepted)
    expect([...(await shares()).values()]).to.deep.equal([64])
  })

  it('is taken over when it hangs, and finishes nothing of it when it wakes', async () => {
    const { accepted, broken } = await breakUnderLoad('SIGSTOP')
    expect([...(await shares()).values()]).to.deep.equal([64])
    broken.child.kill('SIGCONT')
    // It comes back as a daemon like any other.
    await eventually(async () => expect([...(await shares()).values()]).to.deep.equal([32, 32]), 30_000)
    await appliedOnce(accepted)
  })
})
