import { expect } from 'chai'
import { stuckInstallation } from '../support/cli/stuck-installation.ts'
import type { StuckInstallation } from '../support/cli/stuck-installation.ts'
import { querySuperuser } from '../support/database.ts'

const because = ['--reason', 'test']
const unknown = '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77'

describe('commands on jobs and replays', function () {
  this.timeout(180_000)
  let stuck: StuckInstallation

  before(async () => {
    stuck = await stuckInstallation()
  })
  after(async () => stuck[Symbol.asyncDispose]())
  beforeEach(async () => {
    await stuck.queue.reset()
    await querySuperuser(stuck.queue.test, 'truncate job, job_item')
  })

  const detached = async (): Promise<string> => {
    await stuck.die('1')
    await stuck.die('2')
    const answer = await stuck.json(['dlq', 'replay', '--all', '--yes', '--detach', ...because])
    expect([answer.code, answer.ok, answer.data['detached']]).to.deep.equal([8, true, true])
    expect(answer.warnings.join()).to.include('No daemon runs')
    return (answer.data['job'] as { id: string }).id
  }

  it('leave a job to the daemon, list it, show it, pause it, resume it and cancel it', async () => {
    const id = await detached()
    for (const words of [['job'], ['dlq', 'ops']]) {
      const { data } = await stuck.json([...words, 'list', '--status', 'waiting'])
      expect((data['items'] as { id: string }[]).map((job) => job.id)).to.deep.equal([id])
    }
    const shown = await stuck.text(['job', 'show', id])
    expect(shown.stdout)
      .to.match(/KIND +dlq\.replay/)
      .and.to.match(/STATUS +waiting/)
      .and.to.include('pending')
    expect((await stuck.json(['job', 'pause', id, ...because])).data).to.include({ status: 'paused' })
    const watched = await stuck.json(['job', 'watch', id])
    expect([watched.code, watched.data['status']]).to.deep.equal([8, 'paused'])
    expect((await stuck.json(['dlq', 'ops', 'resume', id, '--yes', ...because])).data).to.include({
      status: 'waiting',
    })
    expect((await stuck.json(['job', 'cancel', id])).code).to.equal(64)
    expect((await stuck.json(['job', 'cancel', id, '--yes'])).data).to.include({ status: 'cancelled' })
    expect((await stuck.json(['job', 'resume', id])).code).to.equal(1)
    expect((await stuck.json(['job', 'watch', id])).code).to.equal(1)
  })

  it('wait for a beginning that is ahead', async () => {
    const { letter } = await stuck.die('1')
    const answer = await stuck.json(['dlq', 'replay', letter, '--at', '1h'])
    expect(answer.code).to.equal(8)
    expect(answer.data['job']).to.have.nested.property('pace.startAt').that.is.a('string')
  })

  it('say 66 for jobs that do not exist', async () => {
    for (const verb of ['show', 'watch', 'pause', 'resume', 'cancel'])
      expect((await stuck.json(['job', verb, unknown, '--yes'])).code, verb).to.equal(66)
  })

  it('replay an event as a new one that names its original', async () => {
    const event = [
      'event',
      'publish',
      '--type',
      'lead.created',
      '--subject',
      'lead/1',
      '--data',
      '{"name":"Ada"}',
    ]
    const published = await stuck.json(event)
    const [{ id }] = published.data['accepted'] as [{ id: string }]
    const dry = await stuck.json(['event', 'replay', id, '--dry-run'])
    expect(dry.data['plan']).to.deep.include({ total: 1, byType: { 'lead.created': 1 } })
    const answer = await stuck.json(['event', 'replay', id, ...because])
    expect([answer.code, answer.data['job']]).to.deep.include.members([0])
    const [item] = answer.data['items'] as [{ note: string }]
    const made = await stuck.json(['event', 'show', /[0-9a-f-]{36}/.exec(item.note)?.[0] ?? ''])
    expect(made.data).to.include({ origin: 'replay', causationId: id })
    expect(
      (await stuck.json(['event', 'replay', '--type', 'lead.created', '--yes', ...because])).code,
    ).to.equal(0)
    expect((await stuck.json(['event', 'replay', unknown, ...because])).code).to.equal(66)
    expect((await stuck.json(['event', 'replay', ...because])).code).to.equal(64)
    const repeat = await stuck.json(['event', 'replay', id, '--allow-repeat', '--yes', ...because])
    expect([repeat.code, repeat.error.code]).to.deep.equal([64, 'NX-CONFIRM'])
    expect((await stuck.json(['event', 'replay', id, '--rule', 'nonsense', ...because])).error.code).to.equal(
      'NX-RULE',
    )
    const absent = await stuck.json([
      'event',
      'replay',
      id,
      '--rule',
      'nobody/wrote',
      '--dry-run',
      ...because,
    ])
    expect([absent.code, absent.error.code]).to.deep.equal([66, 'NX-RULE-NOT-FOUND'])
  })

  it('leave replays of the outbox to a daemon, which alone has a bus', async () => {
    const nothing = ['outbox', 'replay', '--since', '2h', '--until', '1h', '--yes', ...because]
    expect((await stuck.json(nothing)).code).to.equal(66)
    const backwards = await stuck.json(['outbox', 'replay', '--since', '1h', '--until', '2h', ...because])
    expect([backwards.code, backwards.error.code]).to.deep.equal([64, 'NX-TIME'])
    await stuck.json(['event', 'publish', '--type', 'lead.created', '--subject', 'lead/2'])
    const args = ['outbox', 'replay', '--since', '1h', '--detach', '--yes', ...because]
    const answer = await stuck.json(args)
    expect([answer.code, (answer.data['job'] as { kind: string }).kind]).to.deep.equal([8, 'outbox.replay'])
  })
})
