import { expect } from 'chai'
import type { Command } from '../../src/messaging/commands/command.ts'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { all, claimSome, inDoubt, leadCommand } from '../support/stores/queue.ts'
import { createTenant } from '../support/stores/tenants.ts'
import { openTestQueue } from '../support/stores/test-queue.ts'
import type { TestQueue } from '../support/stores/test-queue.ts'

/** The members of `data` that these tests look at. */
interface Answer {
  readonly ok: boolean
  readonly data: {
    readonly cancelled: number
    readonly skipped: number
    readonly results: readonly { readonly state: string }[]
    readonly integrations: readonly { readonly inDoubt: number; readonly breaker: string }[]
    readonly place: { readonly aheadCount: number }
  }
  readonly error: { readonly code: string }
}

describe('steering commands from the command line', function () {
  this.timeout(120_000)
  let opened: TestQueue
  let slug: string
  let lane: readonly [Command, Command, Command]
  before(async function () {
    buildCli()
    opened = await openTestQueue()
  })
  beforeEach(async () => {
    await opened.reset()
    const tenant = await createTenant(opened.database)
    slug = tenant.slug
    const of = (repeatable: 'yes' | 'no') => leadCommand(tenant.id, '1', { repeatable })
    lane = [of('no'), of('yes'), of('yes')]
    await opened.enqueue(...lane)
    const leased = await claimSome(opened.database.stores.commands)
    await opened.database.stores.commands.markSent(leased)
    await opened.database.stores.commands.settle(all(leased, inDoubt))
  })
  after(async () => opened.close())

  const cli = async (...args: readonly string[]): Promise<{ code: number | null; answer: Answer }> => {
    const { code, stdout } = await runBuiltCli([...args, '--tenant', slug, '--json'], {
      env: { NEURONX_DATABASE_URL: opened.test.url },
    })
    return { code, answer: JSON.parse(stdout) as Answer }
  }

  it('settles a doubt once, with evidence', async () => {
    const settle = [
      'command',
      'settle',
      lane[0].id,
      '--outcome',
      'succeeded',
      '--evidence',
      'seen over there',
    ]
    expect((await cli(...settle, '--result', '{"id":7}')).code).to.equal(0)
    expect(await opened.stateOf(lane[1])).to.equal('ready')
    const again = await cli(...settle)
    expect([again.code, again.answer.error.code]).to.deep.equal([1, 'NX-COMMAND-NOT-IN-DOUBT'])
    const bad = await cli(...settle, '--result', '{oops')
    expect([bad.code, bad.answer.error.code]).to.deep.equal([64, 'NX-USAGE'])
    expect((await cli('command', 'settle', 'none', ...settle.slice(3))).code).to.equal(66)
  })

  it('cancels what waits, says what it left alone, and that nothing matched', async () => {
    const why = ['--reason', 'wrong list']
    const planned = await cli('command', 'cancel', '--integration', 'sink', ...why, '--dry-run')
    expect(planned.answer.data.results.map(({ state }) => state)).to.deep.equal(['planned', 'planned'])
    const mixed = await cli('command', 'cancel', lane[0].id, lane[1].id, ...why, '--yes')
    expect(mixed.code).to.equal(3)
    expect(mixed.answer.data).to.include({ cancelled: 1, skipped: 1 })
    expect((await cli('command', 'cancel', '--entity', 'lead/1', ...why)).code).to.equal(0)
    expect(await opened.stateOf(lane[2])).to.equal('cancelled')
    expect((await cli('command', 'cancel', '--entity', 'lead/1', ...why)).code).to.equal(66)
    expect((await cli('command', 'cancel', ...why)).code).to.equal(64)
  })

  it('shows where integrations and commands stand', async () => {
    const limits = await cli('adapter', 'limits', 'sink')
    expect(limits.answer.data.integrations[0]).to.include({ inDoubt: 1, breaker: 'closed' })
    expect((await cli('adapter', 'limits', 'nowhere')).code).to.equal(66)
    expect((await cli('command', 'show', lane[2].id)).answer.data.place.aheadCount).to.equal(2)
    const people = await runBuiltCli(['command', 'show', lane[2].id, '--tenant', slug], {
      env: { NEURONX_DATABASE_URL: opened.test.url },
    })
    expect(people.stdout).to.contain('2 in its lane').and.contain(lane[0].id)
    const table = await runBuiltCli(['adapter', 'limits', '--tenant', slug], {
      env: { NEURONX_DATABASE_URL: opened.test.url },
    })
    expect(table.stdout).to.match(/INTEGRATION[\s\S]*sink/)
  })
})
