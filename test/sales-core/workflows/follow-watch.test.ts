import { expect } from 'chai'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import type {
  FollowedWorkflow,
  FollowTarget,
} from '../../../src/sales-core/workflows/operations/follow-store.ts'
import { FollowWatch, targetOf } from '../../../src/sales-core/workflows/operations/follow-watch.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { eventually } from '../../support/eventually.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const configOf = (more: string, wait = '2h', documents = ''): SalesConfig =>
  salesConfig(
    `kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\n${more}steps: [ { id: nap, wait: ${wait} } ]\n${documents}`,
  )
const digestOf = (config: SalesConfig): string => config.workflow('w')?.digest ?? ''

function knownAs(config: SalesConfig, change: Partial<FollowedWorkflow> = {}): FollowedWorkflow {
  return {
    tenantId: 't',
    workspace: 'default',
    workflow: 'w',
    definitionDigest: digestOf(config),
    timesDigest: config.timesDigest,
    isBusy: false,
    ...change,
  }
}

describe('what instances in flight have to follow', () => {
  it('is nothing while the definition and the calendars are the same, and when the workflow is gone', () => {
    const config = configOf('')
    expect(targetOf(knownAs(config), config, 10)).to.equal(null)
    const other = salesConfig('kind: EventType\nname: a.b\nfields: { x: string? }\n')
    expect(targetOf(knownAs(config), other, 10)).to.equal(null)
  })

  it('asks those on another definition where timing follows or structure migrates, and nobody where all is pinned', () => {
    const old = knownAs(configOf(''))
    const scope = (more: string) => targetOf(old, configOf(more, '3h'), 10)?.scope
    expect(scope('')).to.equal('others')
    expect(scope('on_change: { timing: pin, structure: migrate }\n')).to.equal('others')
    expect(scope('on_change: { timing: pin }\n')).to.equal('none')
  })

  it('asks all when a calendar changed, but not when it was never looked at', () => {
    const calendar = '---\nkind: Calendar\nname: office\ntz: Asia/Dubai\nweek: { mon-fri: "09:00-17:00" }\n'
    const config = configOf('', '2h', calendar)
    expect(targetOf(knownAs(config, { timesDigest: configOf('').timesDigest }), config, 10)?.scope).to.equal(
      'all',
    )
    expect(targetOf(knownAs(config, { timesDigest: '' }), config, 10)?.scope).to.equal('others')
  })
})

describe('FollowWatch', () => {
  it('begins a change once, after it has been the active one for a while, and only where it owns the first shard', async () => {
    const [old, next] = [configOf(''), configOf('', '3h')]
    let known = knownAs(old)
    let active = old
    let version = '1'
    let owned = false
    const begun: FollowTarget[] = []
    const clock = new ManualClock()
    const watch = new FollowWatch({
      store: {
        known: async () => [known],
        begin: async (_at, target) => {
          begun.push(target)
          known = { ...known, definitionDigest: target.definitionDigest, timesDigest: target.timesDigest }
          return { jobId: 'j', asked: 3, complete: true }
        },
      },
      configs: { configFor: async () => ({ config: active, unknownEvents: 'accept' }) },
      version: () => version,
      leases: () => (owned ? [{ shard: 0, epoch: '1' }] : []),
      clock,
      logger: silentLogger,
      onBegun: () => {},
      settleMs: 5_000,
      idleMs: 5,
    })
    await watch.start()
    const round = async (): Promise<void> => {
      const seen = watch.rounds
      await eventually(async () => watch.rounds >= seen + 3)
    }
    try {
      active = next
      version = '2'
      await round()
      expect(begun).to.have.length(0)
      owned = true
      await round()
      expect(begun, 'not settled').to.have.length(0)
      clock.advance(5_000)
      await round()
      expect(begun.map(({ definitionDigest, scope }) => [definitionDigest, scope])).to.deep.equal([
        [digestOf(next), 'others'],
      ])
      clock.advance(60_000)
      await round()
      expect(begun).to.have.length(1)
      expect(watch.counters).to.deep.equal({ begun: 1, asked: 3, failures: 0 })
      // Somebody began a first instance by the definition of before: no configuration changes for that.
      known = knownAs(old)
      await round()
      expect(begun).to.have.length(1)
      clock.advance(60_000)
      await round()
      clock.advance(5_000)
      await round()
      expect(begun).to.have.length(2)
    } finally {
      await watch.stop()
    }
  })
})
