import { expect } from 'chai'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import { buildCli, resultOf, runBuiltCli, startCli } from '../support/cli/built-cli.ts'
import { eventually } from '../support/eventually.ts'
import {
  basicDocuments,
  hitOnCreation,
  leadCreated,
  postEvents,
  startSystem,
} from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

interface Answer {
  readonly code: number | null
  readonly warnings: readonly string[]
  readonly data: Record<string, unknown>
}

const because = ['--reason', 'test']

describe('dead letters beside a running daemon', function () {
  this.timeout(120_000)
  let system: RunningSystem
  let daemon: RunningDaemon
  let token: string
  let env: Record<string, string>

  before(async () => {
    buildCli()
    system = await startSystem()
    await system.apply(`${basicDocuments(system.vendor.url)}${hitOnCreation}`)
    token = await system.token('ingest')
    daemon = await system.daemon()
    env = { NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '', NEURONX_TENANT: 'acme' }
  })
  after(async () => system[Symbol.asyncDispose]())

  const json = async (...args: string[]): Promise<Answer> => {
    const result = await runBuiltCli([...args, '--json'], { env })
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<Answer, 'code'>) }
  }
  const effects = (lead: string): number =>
    system.vendor.effects.filter(({ body }) => (body as { lead?: string } | null)?.lead === lead).length
  const open = async (): Promise<number> =>
    (await system.operator.messages.counts(system.tenant.id)).deadLettersOpen

  /** Leads whose call the vendor refused for good. */
  const refuse = async (...leads: string[]): Promise<void> => {
    const before = await open()
    system.vendor.failNext(...leads.map(() => ({ kind: 'status', status: 422 }) as const))
    await postEvents(
      daemon.url,
      token,
      leads.map((lead) => leadCreated(lead)),
    )
    await eventually(async () => (await open()) === before + leads.length, 30_000)
  }

  it('are replayed by a detached job, with a canary whose effect is waited for, each once', async () => {
    const leads = ['a1', 'a2', 'a3', 'a4']
    await refuse(...leads)
    const made = await json('dlq', 'replay', '--all', '--canary', '1', '--detach', '--yes', ...because)
    expect([made.code, made.warnings]).to.deep.equal([8, []])
    const { id } = made.data['job'] as { id: string }
    const watched = await json('job', 'watch', id)
    expect([watched.code, watched.data['status']]).to.deep.equal([0, 'succeeded'])
    await eventually(() => leads.every((lead) => effects(lead) === 1), 30_000)
    expect(await open()).to.equal(0)
  })

  it('pause the job when too many of the canaries fail again', async () => {
    await refuse('b1', 'b2', 'b3')
    system.vendor.failNext({ kind: 'status', status: 422 })
    const args = ['--canary', '1', '--stop-on-fail', '50%', '--yes', ...because]
    const answer = await json('dlq', 'replay', '--all', ...args)
    const job = answer.data['job'] as { id: string; status: string; pausedBecause: string }
    expect([answer.code, job.status]).to.deep.equal([8, 'paused'])
    expect(job.pausedBecause).to.be.a('string')
    expect([effects('b2'), effects('b3')]).to.deep.equal([0, 0])
    expect((await json('job', 'cancel', job.id, '--yes')).data['status']).to.equal('cancelled')
    expect((await json('dlq', 'discard', '--all', '--yes', ...because)).code).to.equal(0)
  })

  it('go on in the daemon after Ctrl-C', async () => {
    const leads = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']
    await refuse(...leads)
    const running = startCli(['dlq', 'replay', '--all', '--rate', '1/s', '--yes', ...because], { env })
    const ended = resultOf(running)
    await eventually(() => leads.some((lead) => effects(lead) === 1), 30_000)
    running.kill('SIGINT')
    const result = await ended
    expect(result.code).to.equal(130)
    expect(result.stderr).to.match(
      /the job goes on in the daemon: neuronx job watch [0-9a-f-]+ --tenant acme/,
    )
    await eventually(() => leads.every((lead) => effects(lead) === 1), 60_000)
    expect(await open()).to.equal(0)
  })

  it('leave what is replayed from the outbox without a second effect', async () => {
    await postEvents(daemon.url, token, leadCreated('d1'))
    await eventually(() => effects('d1') === 1, 30_000)
    const answer = await json('outbox', 'replay', '--since', '1h', '--yes', ...because)
    expect([answer.code, (answer.data['job'] as { status: string }).status]).to.deep.equal([0, 'succeeded'])
    await postEvents(daemon.url, token, leadCreated('d2'))
    await eventually(() => effects('d2') === 1, 30_000)
    expect(effects('d1')).to.equal(1)
    expect(
      system.vendor.calls.filter(({ body }) => (body as { lead?: string }).lead === 'd1'),
    ).to.have.length(1)
  })
})
