import { expect } from 'chai'
import type { LeasedCommand } from '../../src/messaging/commands/command.ts'
import {
  allReporting,
  amplyShared,
  claimSome,
  dead,
  leadCommand,
  reported,
  retryIn,
  succeeded,
} from '../support/stores/queue.ts'
import type { QueueHarness } from './command-queue.contract.ts'
import { describeStopped } from './stopped-commands.contract.ts'

const down = reported({ health: 'down', reason: 'NX-CALL-FAILED' })

/** What every CommandQueue does about budgets, breakers, fairness, and what policies stop. */
export function describeGates(harness: () => QueueHarness): void {
  describeStopped(harness)

  const many = async (count: number, change: Parameters<typeof leadCommand>[2] = {}) => {
    const { newTenant, enqueue } = harness()
    const tenantId = await newTenant()
    const commands = Array.from({ length: count }, (_, index) => leadCommand(tenantId, `${index}`, change))
    await enqueue(...commands)
    return { tenantId, commands }
  }

  /** Ten calls that get no answer: the least that opens a breaker. */
  const breakDown = async (): Promise<void> => {
    const failed = await claimSome(harness().queue, 10)
    await harness().queue.settle(allReporting(failed, retryIn(0), down))
  }

  it('hands out no more of an integration than it has tokens, and more as they fill up', async () => {
    const { queue, advance } = harness()
    await many(9)
    const limits = { perSecond: 2, burst: 2 }
    expect(await claimSome(queue, 9, limits)).to.have.length(2)
    expect(await claimSome(queue, 9, limits)).to.have.length(0)
    expect(await queue.nextDueMs()).to.be.within(1, 500)
    await advance(1_000)
    expect(await claimSome(queue, 9, limits)).to.have.length(2)
    await advance(60_000)
    expect(await claimSome(queue, 9, limits), 'no more than the burst is saved up').to.have.length(2)
  })

  it('keeps all who claim at once to one budget', async () => {
    const { queue } = harness()
    await many(40)
    const limits = { perSecond: 0.001, burst: 7 }
    const claims = await Promise.all(Array.from({ length: 8 }, async () => claimSome(queue, 5, limits)))
    const rest = [await claimSome(queue, 10, limits), await claimSome(queue, 10, limits)]
    expect([...claims, ...rest].flat()).to.have.length(7)
  })

  it('does not count the refusal of one command against the integration', async () => {
    const { queue } = harness()
    await many(30)
    await queue.settle(
      allReporting(await claimSome(queue, 20), dead, reported({ reason: 'NX-CALL-REFUSED' })),
    )
    expect(await claimSome(queue, 20)).to.have.length(10)
  })

  it('opens after failures, probes with one call, stays shut longer each time, and comes back on a ramp', async () => {
    const { queue, advance } = harness()
    await many(60)
    await breakDown()
    expect(await claimSome(queue, 60), 'open').to.have.length(0)
    expect(await queue.nextDueMs()).to.be.within(3_000, 5_000)
    await advance(5_000)
    const [probe, ...others] = await claimSome(queue, 60)
    expect(probe).to.include({ probe: true })
    expect(others).to.have.length(0)
    expect(await claimSome(queue, 60), 'one probe at a time').to.have.length(0)
    await queue.settle(allReporting([probe!], retryIn(0), down))
    expect(await queue.nextDueMs()).to.be.within(7_000, 10_000)
    await advance(10_000)
    await queue.settle(allReporting(await claimSome(queue, 60), succeeded, reported()))
    const first = await claimSome(queue, 60)
    expect(first, 'the ramp begins at one').to.have.length(1)
    expect(first[0]).not.to.have.property('probe')
    await advance(2_000)
    expect(await claimSome(queue, 60), 'four a second two seconds later').to.have.length.within(3, 5)
  })

  it('learns nothing from late reports of calls that were made before it opened', async () => {
    const { queue, advance } = harness()
    await many(60)
    const late = await claimSome(queue, 10)
    await breakDown()
    await queue.settle(allReporting(late.slice(0, 5), succeeded, reported()))
    expect(await claimSome(queue, 60)).to.have.length(0)
    await advance(5_000)
    const [probe] = await claimSome(queue, 60)
    await queue.settle(allReporting(late.slice(5), retryIn(0), down))
    await queue.settle(allReporting([probe!], succeeded, reported()))
    expect(await claimSome(queue, 60)).to.have.length(1)
  })

  it('shuts at the first refusal of the credentials, for all of the integration and nothing else', async () => {
    const { queue } = harness()
    const { tenantId } = await many(10)
    const refused = reported({ health: 'credentials', reason: 'NX-CALL-CREDENTIALS' })
    await queue.settle(allReporting(await claimSome(queue, 1), retryIn(0, false), refused))
    await harness().enqueue(leadCommand(tenantId, 'x', { integration: 'other' }))
    expect((await claimSome(queue, 20)).map(({ command }) => command.integration)).to.deep.equal(['other'])
  })

  it('believes the vendor about what is left of its budget', async () => {
    const { queue } = harness()
    await many(20)
    const limits = { perSecond: 0.001, burst: 10 }
    const first = await claimSome(queue, 1, limits)
    await queue.settle(allReporting(first, succeeded, reported({ remaining: 3 })))
    expect(await claimSome(queue, 20, limits)).to.have.length(3)
  })

  it('gives up what a shut gate has held for too long, and only that', async () => {
    const { queue, advance, states, deadLetters } = harness()
    const { tenantId, commands } = await many(10, { dueAt: '2020-01-01T00:00:00.000Z' })
    await breakDown()
    const day = 86_400_000
    expect(await queue.giveUp(day), 'not shut for long').to.equal(0)
    await advance(day - 60_000)
    expect(await queue.giveUp(day)).to.equal(0)
    await advance(120_000)
    const free = leadCommand(tenantId, 'free', { integration: 'other', dueAt: '2020-01-01T00:00:00.000Z' })
    await harness().enqueue(free)
    expect(await queue.giveUp(day), 'it may be tried now').to.equal(0)
    const [probe] = (await claimSome(queue, 20)).filter((leased) => leased.probe)
    await queue.settle(allReporting([probe!], retryIn(0), down))
    expect(await queue.giveUp(day)).to.equal(9)
    const others = commands.filter(({ id }) => id !== probe!.command.id)
    expect(new Set(await states(...others))).to.deep.equal(new Set(['dead']))
    const letters = await deadLetters(tenantId)
    expect(letters).to.have.length(9)
    expect(letters[0]).to.include({ class: 'exhausted', code: 'NX-COMMAND-PARKED-TOO-LONG' })
  })

  it('gives up nothing that only waited because nobody was there to call', async () => {
    const { queue, advance, states } = harness()
    const { commands } = await many(12, { dueAt: '2020-01-01T00:00:00.000Z' })
    const paused = reported({ pauseMs: 1_000, reason: 'NX-CALL-SLOW-DOWN' })
    await queue.settle(allReporting(await claimSome(queue, 2), retryIn(0, false), paused))
    // Every daemon was down for longer than a command may be parked.
    const day = 86_400_000
    await advance(day + 60_000)
    expect(await queue.giveUp(day)).to.equal(0)
    await queue.settle(allReporting(await claimSome(queue, 12), succeeded, reported()))
    expect(new Set(await states(...commands))).not.to.include('dead')
  })

  describe('shared between tenants', () => {
    const counts = (leased: readonly LeasedCommand[], ...tenants: readonly string[]): readonly number[] =>
      tenants.map((tenant) => leased.filter(({ command }) => command.tenantId === tenant).length)

    const claimBy = async (max: number, shares: Readonly<Record<string, object>>) =>
      harness().queue.claim({
        daemonId: 'd',
        max,
        leaseMs: 60_000,
        share: async (tenantId) => ({ ...amplyShared, ...shares[tenantId] }),
      })

    it('gives a tenant with a hundred times the work no more than its part, and the rest of what others leave', async () => {
      const [big, small] = [await many(300), await many(3)]
      expect(counts(await claimBy(4, {}), big.tenantId, small.tenantId)).to.deep.equal([2, 2])
      expect(counts(await claimBy(40, {}), big.tenantId, small.tenantId)).to.deep.equal([39, 1])
    })

    it('shares by weight, and counts what is under way', async () => {
      const [heavy, light] = [await many(50), await many(50)]
      const weights = { [heavy.tenantId]: { weight: 3 } }
      expect(counts(await claimBy(20, weights), heavy.tenantId, light.tenantId)).to.deep.equal([15, 5])
      const busy = { [heavy.tenantId]: { tenantInFlight: 10 } }
      expect(counts(await claimBy(10, busy), heavy.tenantId, light.tenantId)).to.deep.equal([0, 10])
    })

    it('does not let a high priority of one tenant jump before another tenant', async () => {
      const [high, normal] = [await many(20, { priority: 'high' }), await many(20)]
      expect(counts(await claimBy(10, {}), high.tenantId, normal.tenantId)).to.deep.equal([5, 5])
    })

    it('lets no tenant have more than its room', async () => {
      const { tenantId } = await many(20)
      const room = { [tenantId]: { tenantRoom: 6 } }
      expect(await claimBy(20, room)).to.have.length(6)
    })
  })
}
