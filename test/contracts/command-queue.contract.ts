import { expect } from 'chai'
import type { Command, CommandState } from '../../src/messaging/commands/command.ts'
import type { CommandQueue } from '../../src/messaging/commands/command-queue.ts'
import type { DoubtQueue } from '../../src/messaging/commands/doubt-queue.ts'
import type { DeadLetter } from '../../src/messaging/dead-letters/dead-letter.ts'
import type { NxEvent } from '../../src/messaging/events/event.ts'
import { describeGates } from './command-gates.contract.ts'
import { describeDoubts } from './doubt-queue.contract.ts'
import {
  all,
  allReporting,
  amplyShared,
  claimSome,
  dead,
  inDoubt,
  leadCommand,
  reported,
  retryIn,
  succeeded,
  vendorError,
} from '../support/stores/queue.ts'

export interface QueueHarness {
  readonly queue: CommandQueue
  readonly doubts: DoubtQueue
  newTenant(): Promise<string>
  enqueue(...commands: readonly Command[]): Promise<void>
  states(...commands: readonly Command[]): Promise<readonly CommandState[]>
  /** Lets the leases of all commands run out. */
  expireLeases(): Promise<void>
  deadLetters(tenantId: string): Promise<readonly DeadLetter[]>
  /** Result events, oldest first; `entitySeq` null when recorded only. */
  results(tenantId: string): Promise<readonly (NxEvent & { entitySeq: number | null })[]>
  /** Lets time pass for gates, due times and looks. */
  advance(ms: number): Promise<void>
  /** Empties the queue. */
  reset(): Promise<void>
}

/** What every CommandQueue does. */
export function describeCommandQueue(name: string, harness: () => QueueHarness): void {
  describe(`CommandQueue: ${name}`, () => {
    beforeEach(async () => harness().reset())

    it('leases a command once, with its number and its body', async () => {
      const { queue, newTenant, enqueue } = harness()
      const command = leadCommand(await newTenant(), '1')
      await enqueue(command)
      const [leased, ...others] = await claimSome(queue)
      expect(others).to.deep.equal([])
      expect(leased).to.deep.include({ attempt: 1, runLease: '1', firstAttemptAt: null })
      expect({ ...leased!.command, dueAt: Date.parse(leased!.command.dueAt) }).to.deep.equal({
        ...command,
        dueAt: Date.parse(command.dueAt),
      })
      expect(await claimSome(queue)).to.deep.equal([])
    })

    it('keeps the commands of a lane in order, one at a time, whatever their priority', async () => {
      const { queue, newTenant, enqueue, states } = harness()
      const tenantId = await newTenant()
      const lane = [
        leadCommand(tenantId, '1', { priority: 'low' }),
        leadCommand(tenantId, '1', { priority: 'high' }),
        leadCommand(tenantId, '1'),
      ]
      await enqueue(...lane.slice(0, 2))
      await enqueue(lane[2]!)
      expect(await states(...lane)).to.deep.equal(['ready', 'waiting', 'waiting'])
      for (const command of lane) {
        const leased = await claimSome(queue)
        expect(leased.map((one) => one.command.id)).to.deep.equal([command.id])
        await queue.settle(all(leased, succeeded))
      }
      expect(await states(...lane)).to.deep.equal(['succeeded', 'succeeded', 'succeeded'])
    })

    it('takes high priority first, then what fell due first, and lets integrations take turns', async () => {
      const { queue, newTenant, enqueue } = harness()
      const tenantId = await newTenant()
      const old = '2020-01-01T00:00:00.000Z'
      const low = leadCommand(tenantId, '1', { priority: 'low', dueAt: old })
      const late = leadCommand(tenantId, '2')
      const early = leadCommand(tenantId, '3', { dueAt: old })
      const high = leadCommand(tenantId, '4', { priority: 'high' })
      await enqueue(low, late, early, high)
      const order = (await claimSome(queue)).map((one) => one.command.id)
      expect(order).to.deep.equal([high.id, early.id, late.id, low.id])
      const busy = Array.from({ length: 8 }, (_, index) => leadCommand(tenantId, `b${index}`))
      const other = leadCommand(tenantId, 'o', { integration: 'other' })
      await enqueue(...busy, other)
      expect((await claimSome(queue, 2)).map((one) => one.command.integration).toSorted()).to.deep.equal([
        'other',
        'sink',
      ])
    })

    it('takes no more of an integration than the caller allows, and nothing that is not due', async () => {
      const { queue, newTenant, enqueue } = harness()
      const tenantId = await newTenant()
      await enqueue(
        ...Array.from({ length: 5 }, (_, index) => leadCommand(tenantId, `${index}`)),
        leadCommand(tenantId, 'later', { dueAt: '2099-01-01T00:00:00.000Z', integration: 'other' }),
      )
      const asked: string[] = []
      const share = async (...about: readonly string[]) => {
        asked.push(about.join(' '))
        return { ...amplyShared, room: 2 }
      }
      const leased = await queue.claim({ daemonId: 'd', max: 10, share, leaseMs: 60_000 })
      expect(leased).to.have.length(2)
      expect(asked).to.deep.equal([`${tenantId} default sink`])
    })

    it('passes over a parked integration until its time is over', async () => {
      const { queue, newTenant, enqueue } = harness()
      const tenantId = await newTenant()
      await enqueue(leadCommand(tenantId, '0'))
      const first = await claimSome(queue)
      await enqueue(leadCommand(tenantId, '1'), leadCommand(tenantId, '1', { integration: 'other' }))
      await queue.settle(allReporting(first, retryIn(0), reported({ pauseMs: 60_000, reason: 'NX-429' })))
      expect((await claimSome(queue)).map((one) => one.command.integration)).to.deep.equal(['other'])
      expect(await queue.nextDueMs()).to.be.within(50_000, 60_000)
    })

    it('tells when the next command falls due', async () => {
      const { queue, newTenant, enqueue } = harness()
      expect(await queue.nextDueMs()).to.be.null
      const tenantId = await newTenant()
      await enqueue(leadCommand(tenantId, '1', { dueAt: '2099-01-01T00:00:00.000Z' }))
      expect(await queue.nextDueMs()).to.be.above(1_000_000)
      await enqueue(leadCommand(tenantId, '2'))
      expect(await queue.nextDueMs()).to.equal(0)
    })

    it('tries again later, counting attempts unless they are not to count', async () => {
      const { queue, newTenant, enqueue } = harness()
      await enqueue(leadCommand(await newTenant(), '1'))
      const [first] = await claimSome(queue)
      await queue.settle(all([first!], retryIn(0)))
      const [second] = await claimSome(queue)
      expect(second).to.include({ attempt: 2, runLease: '2' })
      expect(Date.parse(second!.firstAttemptAt!)).to.be.a('number').and.not.NaN
      await queue.settle(all([second!], retryIn(0, false)))
      const [third] = await claimSome(queue)
      expect(third).to.include({ attempt: 2, runLease: '3' })
      await queue.settle(all([third!], retryIn(60_000)))
      expect(await claimSome(queue)).to.deep.equal([])
      expect(await queue.nextDueMs()).to.be.within(50_000, 60_000)
    })

    it('makes a result into an event of the entity, which travels only when somebody listens', async () => {
      const { queue, newTenant, enqueue, results } = harness()
      const tenantId = await newTenant()
      const heard = leadCommand(tenantId, '1', { routeResult: true, depth: 2 })
      const unheard = leadCommand(tenantId, '2')
      await enqueue(heard, unheard)
      const leased = await claimSome(queue)
      await queue.settle([
        { leased: leased.find((one) => one.command.id === heard.id)!, settlement: dead },
        { leased: leased.find((one) => one.command.id === unheard.id)!, settlement: succeeded },
      ])
      const events = await results(tenantId)
      const failed = events.find((event) => event.causationId === heard.id)
      expect(failed).to.deep.include({
        type: 'command.failed',
        origin: 'result',
        depth: 3,
        entitySeq: 1,
        subject: { kind: 'lead', id: '1' },
      })
      expect(failed).to.include({ rootId: heard.rootId, correlationId: heard.correlationId })
      expect(failed?.data).to.deep.include({
        commandId: heard.id,
        integration: 'sink',
        operation: 'hit',
        error: vendorError,
      })
      const done = events.find((event) => event.causationId === unheard.id)
      expect(done).to.deep.include({ type: 'command.succeeded', entitySeq: null })
      expect(done?.data).to.deep.include({ result: { ok: true } })
    })

    it('puts a command that is given up among the dead letters and lets its lane go on', async () => {
      const { queue, newTenant, enqueue, states, deadLetters } = harness()
      const tenantId = await newTenant()
      const [first, second] = [leadCommand(tenantId, '1'), leadCommand(tenantId, '1')]
      await enqueue(first, second)
      await queue.settle(all(await claimSome(queue), dead))
      expect(await states(first, second)).to.deep.equal(['dead', 'ready'])
      const [letter] = await deadLetters(tenantId)
      expect(letter).to.include({
        source: 'command',
        class: 'permanent',
        code: 'NX-VENDOR-500',
        commandId: first.id,
        integration: 'sink',
        status: 'open',
      })
    })

    it('holds a lane behind a command of which nobody knows whether it took effect', async () => {
      const { queue, newTenant, enqueue, states, deadLetters } = harness()
      const tenantId = await newTenant()
      const [first, second] = [leadCommand(tenantId, '1', { repeatable: 'no' }), leadCommand(tenantId, '1')]
      await enqueue(first, second)
      await queue.settle(all(await claimSome(queue), inDoubt))
      expect(await states(first, second)).to.deep.equal(['in_doubt', 'waiting'])
      expect(await claimSome(queue)).to.deep.equal([])
      expect((await deadLetters(tenantId)).map((letter) => letter.class)).to.deep.equal(['in_doubt'])
    })

    it('writes nothing for an attempt whose lease was lost', async () => {
      const { queue, newTenant, enqueue, states, expireLeases, results } = harness()
      const tenantId = await newTenant()
      const [lost, kept] = [leadCommand(tenantId, '1'), leadCommand(tenantId, '2')]
      await enqueue(lost)
      const stale = await claimSome(queue)
      await expireLeases()
      expect(await queue.recoverExpired()).to.equal(1)
      const renewed = await claimSome(queue)
      expect(renewed[0]).to.include({ runLease: '2' })
      await enqueue(kept)
      const other = await claimSome(queue)
      expect(await queue.markSent([...stale, ...other])).to.deep.equal(new Set([kept.id]))
      expect(await queue.settle([...all(stale, succeeded), ...all(other, succeeded)])).to.deep.equal(
        new Set([lost.id]),
      )
      expect(await states(lost, kept)).to.deep.equal(['leased', 'succeeded'])
      expect((await results(tenantId)).map((event) => event.causationId)).to.deep.equal([kept.id])
      expect(await queue.settle(all(renewed, succeeded))).to.deep.equal(new Set())
    })

    it('does not let an attempt be sent after its lease has run out', async () => {
      const { queue, newTenant, enqueue, expireLeases } = harness()
      await enqueue(leadCommand(await newTenant(), '1', { repeatable: 'no' }))
      const leased = await claimSome(queue)
      await expireLeases()
      expect(await queue.markSent(leased)).to.deep.equal(new Set())
    })

    it('recovers what was never sent or may be repeated, and doubts the rest', async () => {
      const { queue, newTenant, enqueue, states, expireLeases, deadLetters } = harness()
      const tenantId = await newTenant()
      const repeatable = leadCommand(tenantId, '1')
      const unsent = leadCommand(tenantId, '2', { repeatable: 'no' })
      const sent = leadCommand(tenantId, '3', { repeatable: 'no' })
      await enqueue(repeatable, unsent, sent)
      const leased = await claimSome(queue)
      await queue.markSent(leased.filter((one) => one.command.id === sent.id))
      expect(await queue.recoverExpired(), 'leases still run').to.equal(0)
      await expireLeases()
      expect(await queue.recoverExpired()).to.equal(3)
      expect(await states(repeatable, unsent, sent)).to.deep.equal(['ready', 'ready', 'in_doubt'])
      expect(await deadLetters(tenantId)).to.have.length(1)
      const again = await claimSome(queue)
      const attempts = Object.fromEntries(again.map((one) => [one.command.id, one.attempt]))
      expect(attempts).to.deep.equal({ [repeatable.id]: 2, [unsent.id]: 1 })
    })

    it('is handed out to one of many who claim at once', async () => {
      const { queue, newTenant, enqueue } = harness()
      const tenantId = await newTenant()
      await enqueue(...Array.from({ length: 40 }, (_, index) => leadCommand(tenantId, `${index}`)))
      const claims = await Promise.all(Array.from({ length: 8 }, async () => claimSome(queue, 20)))
      const ids = claims.flat().map((one) => one.command.id)
      expect(new Set(ids).size).to.equal(ids.length)
      const rest = await claimSome(queue, 100)
      expect(ids.length + rest.length).to.equal(40)
    })

    it('takes back what was claimed and not begun, as if it had not been claimed', async () => {
      const { queue, newTenant, enqueue, states } = harness()
      const commands = [
        leadCommand(await newTenant(), '1'),
        leadCommand(await newTenant(), '2', { repeatable: 'no' }),
      ]
      await enqueue(...commands)
      const claimed = await claimSome(queue)
      await queue.markSent(claimed)
      await queue.release(claimed)
      expect(await states(...commands)).to.deep.equal(['ready', 'ready'])
      expect(await queue.settle(all(claimed, succeeded)), 'whoever gave it back has lost it').property(
        'size',
        2,
      )
      const again = await claimSome(queue)
      expect(again).to.have.length(2)
      for (const one of again) expect(one).to.include({ attempt: 1, firstAttemptAt: null, runLease: '2' })
      await queue.release(claimed)
      expect(await states(...commands), 'an old number gives nothing back').to.deep.equal([
        'leased',
        'leased',
      ])
    })

    describeGates(harness)
    describeDoubts(harness)
  })
}
