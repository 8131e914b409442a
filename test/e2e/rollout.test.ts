import { expect } from 'chai'
import pg from 'pg'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import type { Rollout, RolloutRecord } from '../../src/control-plane/rollout/rollout.ts'
import type { RolloutStateName } from '../../src/control-plane/rollout/state/rollout-state.ts'
import { buildCli } from '../support/cli/built-cli.ts'
import { eventually } from '../support/eventually.ts'
import { fastPolicy, startTestRollout } from '../support/rollout/start-test-rollout.ts'
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

const healthy = hitOnCreation.replace('score: "{{ lead.score }}"', 'score: candidate')
/** Throws for every lead: none has a score of its own yet. */
const broken = healthy.replace('on: lead.created', 'on: lead.created\n    when: 1 / lead.score > 0')
const finalStates: readonly RolloutStateName[] = ['completed', 'rolled_back', 'aborted', 'failed_to_start']

describe('a rollout in an installation', function () {
  this.timeout(240_000)
  let system: RunningSystem
  let token: string
  let baseline: string
  const processes: DaemonProcess[] = []
  const sent: string[] = []

  beforeEach(async () => {
    sent.splice(0)
    system = await startSystem()
    baseline = basicDocuments(system.vendor.url)
    await system.apply(baseline + hitOnCreation)
    token = await system.token('ingest')
  })
  afterEach(async () => {
    for (const daemon of processes.splice(0)) await daemon.kill()
    await system[Symbol.asyncDispose]()
  })

  async function post(url: string, count: number): Promise<void> {
    const leads = Array.from({ length: count }, (_, index) => `lead-${sent.length + index}`)
    sent.push(...leads)
    const { status } = await postEvents(
      url,
      token,
      leads.map((lead) => leadCreated(lead)),
    )
    expect(status).to.equal(202)
  }

  const now = async (id: string): Promise<Rollout> => {
    const rollout = await system.operator.rollouts.get(id, null)
    if (rollout === null) throw new Error('The rollout is gone')
    return rollout
  }

  /** Sends new leads, now here and now there, until the rollout has come that far. */
  async function sendUntil(
    id: string,
    urls: readonly string[],
    done: (rollout: Rollout) => boolean,
    deadlineMs = 45_000,
  ): Promise<Rollout> {
    let turn = 0
    return await eventually(async () => {
      const rollout = await now(id)
      if (!done(rollout)) {
        // No faster than they are worked off.
        if (effects().length >= sent.length - 60) await post(urls[turn++ % urls.length] ?? '', 12)
        const { state } = rollout
        throw new Error(`It is in ${JSON.stringify(state)} after ${sent.length} leads`)
      }
      return rollout
    }, deadlineMs)
  }
  const ended = ({ state }: Rollout): boolean => finalStates.includes(state.state)

  const effects = () =>
    system.vendor.effects.map(({ body }) => body as { readonly lead: string; readonly score: string })

  /** Every lead was contacted, and none twice, whichever configuration it was under. */
  async function contactedOnce(): Promise<void> {
    await eventually(() => {
      expect(
        effects()
          .map(({ lead }) => lead)
          .toSorted(),
      ).to.deep.equal(sent.toSorted())
    }, 30_000)
  }

  /** Each growth of the share by one step of the policy, and by a gate. */
  function gatesPassed(records: readonly RolloutRecord[]): void {
    expect(records.map(({ seq }) => seq)).to.deep.equal(records.map((_, index) => index + 1))
    for (const { stepBefore, stepAfter, gate, percentBefore, percentAfter } of records.slice(1)) {
      if (percentAfter <= percentBefore) continue
      expect(stepAfter).to.be.at.most((stepBefore ?? -1) + 1)
      expect(gate).not.to.equal(null)
    }
  }

  it('takes a healthy candidate from shadow to everybody, and contacts nobody twice', async () => {
    const daemons = [await system.daemon(), await system.daemon(), await system.daemon()]
    const urls = daemons.map(({ url }) => url)
    const { id } = await startTestRollout(system, baseline + healthy, fastPolicy())
    // Of the round before: the state was read after it.
    let ofCandidate = 0
    await sendUntil(id, urls, ({ state }) => {
      if (state.state === 'shadow') expect(ofCandidate).to.equal(0)
      ofCandidate = effects().filter(({ score }) => score === 'candidate').length
      return 'at' in state && state.at.phase === 'step'
    })
    const { state } = await sendUntil(id, urls, ended)
    expect(state).to.include({ state: 'completed' })
    await contactedOnce()
    const records = await system.operator.rollouts.records(id, null)
    gatesPassed(records)
    expect(records.map(({ percentAfter }) => percentAfter)).to.include.members([0, 10, 50, 90, 100])
    await eventually(async () => {
      await post(urls[0] ?? '', 5)
      await contactedOnce()
      const last = effects().filter(({ lead }) => sent.slice(-5).includes(lead))
      expect(last.map(({ score }) => score)).to.deep.equal(Array(5).fill('candidate'))
    })
  })

  it('takes a broken candidate back everywhere, tells whom it touched, and harms none of them', async () => {
    const daemons = [await system.daemon(), await system.daemon(), await system.daemon()]
    const urls = daemons.map(({ url }) => url)
    const { shadow } = fastPolicy()
    const policy = fastPolicy({ shadow: { ...shadow, first: false } })
    const { id, scopes } = await startTestRollout(system, baseline + broken, policy)
    await eventually(async () => expect(await served(daemons)).to.deep.equal([1, 1, 1]))
    const { state } = await sendUntil(id, urls, ended)
    expect(state).to.include({ state: 'rolled_back', code: 'config_error' })
    await eventually(async () => expect(await served(daemons)).to.deep.equal([0, 0, 0]))
    const [last] = (await system.operator.rollouts.records(id, null)).slice(-1)
    const reachedMs = Date.now() - (last?.atMs ?? 0)
    console.log(`      rollback reached 3 daemons ${reachedMs} ms after it was decided`)

    await contactedOnce()
    expect(effects().filter(({ score }) => score === 'candidate')).to.deep.equal([])
    const { exposures } = await system.operator.rollouts.exposures(id, null, { limit: 500, after: null })
    expect(exposures.map(({ unit }) => unit)).not.to.deep.equal([])
    for (const { unit, actions } of exposures) {
      expect(sent).to.include(unit.slice('lead/'.length))
      expect(actions).to.have.length(1)
    }
    const quarantined = await system.operator.quarantine.quarantined([system.tenant.id])
    expect(quarantined.map(({ digest }) => digest)).to.deep.equal(
      scopes.map(({ candidate }) => candidate.digest),
    )
    const [head] = (await system.operator.revisions.heads([system.tenant.id])).filter(
      ({ scope }) => scope.level === 'tenant',
    )
    expect(head?.digest).to.equal(scopes[0]?.baseline.digest)
    const counts = await system.operator.messages.counts(system.tenant.id)
    expect(counts).to.include({ deadLettersOpen: 0 })
    await post(urls[0] ?? '', 20)
    await contactedOnce()
  })

  it('finds a broken candidate in shadow, where nobody is exposed to it', async () => {
    const daemon = await system.daemon()
    const { id } = await startTestRollout(system, baseline + broken, fastPolicy())
    const { state } = await sendUntil(id, [daemon.url], ended)
    expect(state).to.include({ state: 'rolled_back', code: 'config_error' })
    await contactedOnce()
    const { exposures } = await system.operator.rollouts.exposures(id, null, { limit: 500, after: null })
    expect(exposures).to.deep.equal([])
  })

  it('goes on where it stood when the only daemon that led it was killed', async () => {
    buildCli()
    const first = await startDaemonProcess(system.settings)
    processes.push(first)
    const { id } = await startTestRollout(system, baseline + healthy, fastPolicy())
    await sendUntil(id, [first.url], ({ state }) => 'at' in state && state.at.phase === 'step')
    await first.kill()
    const stood = await now(id)
    const second = await startDaemonProcess(system.settings)
    processes.push(second)
    expect((await now(id)).version).to.equal(stood.version)
    const { state } = await sendUntil(id, [second.url], ended)
    expect(state).to.include({ state: 'completed' })
    gatesPassed(await system.operator.rollouts.records(id, null))
    await contactedOnce()
  })

  it('does not go on while a daemon works by an older version of it', async () => {
    const daemon = await system.daemon()
    const sql = new pg.Client({ connectionString: system.settings.databaseOwnerUrl ?? '' })
    await sql.connect()
    try {
      await sql.query(
        `insert into neuronx.daemon (id, host, version, lease_ms) values ('laggard', 'h', '0', 600000)`,
      )
      const { id } = await startTestRollout(system, baseline + healthy, fastPolicy())
      const held = await sendUntil(id, [daemon.url], ({ state }) => state.state === 'held')
      expect(JSON.stringify(held.state)).to.include('daemons_behind').and.to.include('laggard')
      expect(held.state).to.have.nested.property('at.phase', 'shadow')
      await sql.query(`delete from neuronx.daemon where id = 'laggard'`)
      await sendUntil(id, [daemon.url], ({ state }) => 'at' in state && state.at.phase === 'step')
    } finally {
      await sql.end()
    }
  })

  /** How many live rollouts each daemon says that it knows. */
  async function served(daemons: readonly RunningDaemon[]): Promise<readonly number[]> {
    return await Promise.all(
      daemons.map(async ({ opsUrl }) => {
        const metrics = await (await fetch(`${opsUrl}/metrics`)).text()
        return Number(/^neuronx_live_rollouts (\d+)/m.exec(metrics)?.[1] ?? Number.NaN)
      }),
    )
  }
})
