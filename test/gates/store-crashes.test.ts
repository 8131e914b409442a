import { expect } from 'chai'
import pg from 'pg'
import type { ShardLease } from '../../src/messaging/ownership/shard-leases.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTenant } from '../support/stores/tenants.ts'
import { CrashPlan } from './crash-plan.ts'
import type { CrashMoment } from './crash-plan.ts'
import { storyMs } from './language-story.ts'
import { playStory } from './play-story.ts'
import type { StoryStage } from './play-story.ts'
import { storyFacts, storyProblems } from './story-facts.ts'
import type { StoryFacts } from './story-facts.ts'
import { StoryVendor } from './story-vendor.ts'

const recoveryCalls = ['recoverExpired', 'takeDoubts', 'settleDoubt']

describe('a process that dies at any call of its stores', function () {
  this.timeout(300_000)

  let opened: Awaited<ReturnType<typeof openTestDatabase>>
  let behind: pg.Client
  let leases: readonly ShardLease[]
  let clock: ManualClock
  let undisturbed: StoryFacts
  let calls: CrashPlan['calls']

  before(async () => {
    const beganMs = Date.now() - storyMs
    clock = new ManualClock(new Date(beganMs).toISOString())
    opened = await openTestDatabase({ clock })
    behind = new pg.Client({ connectionString: opened.test.superuserUrl, options: '-c search_path=neuronx' })
    await behind.connect()
    const lease = { daemonId: 'a', host: 'h', version: '1', leaseMs: 3_600_000 }
    leases = await opened.database.stores.shardLeases.heartbeat(lease)
    const plan = new CrashPlan()
    const { facts, problems } = await play(plan)
    expect(problems).to.deep.equal([])
    undisturbed = facts
    calls = plan.calls
  })
  after(async () => {
    await behind.end()
    await opened.close()
  })

  async function play(
    plan: CrashPlan,
    vendor = new StoryVendor(),
  ): Promise<{ facts: StoryFacts; problems: readonly string[] }> {
    const { id: tenantId } = await createTenant(opened.database)
    const stage: StoryStage = { database: opened.database, behind, leases, tenantId, clock }
    await playStory(stage, plan, vendor)
    return { facts: await storyFacts(stage, vendor), problems: await storyProblems(stage, vendor) }
  }

  it('plays a story in which every kind of step has its part', () => {
    const text = JSON.stringify(undisturbed)
    for (const part of [
      'sms.send',
      'crm.look',
      'crm.first',
      'crm.lost',
      'cal.reserve',
      'cal.release',
      'child',
      'sara',
    ])
      expect(text).to.include(part)
    const ended = undisturbed['instances']?.filter((row) => row.includes('"status":"done"'))
    expect(ended, text).to.have.length(2)
  })

  for (const moment of ['before', 'after', 'within'] as const satisfies readonly CrashMoment[])
    it(`leaves the same behind as one that lives, nothing lost and nothing twice: ${moment} each call`, async () => {
      for (const [at, { name, isVain }] of calls.entries()) {
        // Only decisions are made inside a transaction; a call that came to nothing is not missed.
        if (isVain || (moment === 'within' && name !== 'apply')) continue
        // Nothing happens outside between these and the next call: to die after one is to die before the next.
        if (moment === 'after' && (name === 'apply' || name === 'fireDue')) continue
        const plan = new CrashPlan({ at, moment })
        const { facts, problems } = await play(plan)
        const where = `${moment} call ${at}, ${name}`
        expect(plan.deaths, where).to.equal(1)
        expect(problems, where).to.deep.equal([])
        expect(facts, where).to.deep.equal(undisturbed)
      }
    })

  for (const [first, moment] of [
    ['markSent', 'after'],
    ['settle', 'before'],
  ] as const)
    it(`and dies again at any call with which it recovers, having died ${moment} ${first}`, async () => {
      // The first command that may not be sent twice: what became of it is looked up.
      const sent = calls.findIndex(({ name }) => name === 'markSent')
      const death = { at: calls.findIndex(({ name }, at) => at >= sent && name === first), moment }
      const recovery = new CrashPlan(death)
      expect((await play(recovery)).facts).to.deep.equal(undisturbed)
      const settled = recovery.calls.findIndex(({ name }) => name === 'settleDoubt')
      const last = recovery.calls.slice(death.at + 1, settled + 1)
      expect(last.flatMap(({ name, isVain }) => (isVain ? [] : [name]))).to.include.members(recoveryCalls)
      for (const [nth, { name, isVain }] of last.entries())
        for (const again of ['before', 'after'] as const) {
          if (isVain) continue
          const plan = new CrashPlan(death, { at: death.at + 1 + nth, moment: again })
          const { facts, problems } = await play(plan)
          const where = `${again} ${name}`
          expect(plan.deaths, where).to.equal(2)
          expect(problems, where).to.deep.equal([])
          expect(facts, where).to.deep.equal(undisturbed)
        }
    })

  it('is found out where the other side does a thing twice', async () => {
    class Forgetful extends StoryVendor {
      override has(): boolean {
        return false
      }
    }
    const settled = calls.findIndex(({ name }) => name === 'settle')
    const { problems } = await play(new CrashPlan({ at: settled, moment: 'before' }), new Forgetful())
    expect(problems.join()).to.include('took effect twice')
  })

  it('is tried at every kind of call', () => {
    const tried = new Set(calls.flatMap(({ name, isVain }) => (isVain ? [] : [name])))
    expect([...tried]).to.have.members(['acceptAll', 'apply', 'claim', 'markSent', 'settle', 'fireDue'])
  })
})
