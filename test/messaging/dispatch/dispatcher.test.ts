import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { AttemptOutcome, LeasedCommand } from '../../../src/messaging/commands/command.ts'
import type { CommandExecutor } from '../../../src/messaging/commands/command-executor.ts'
import { Dispatcher } from '../../../src/messaging/dispatch/dispatcher.ts'
import type { DispatcherOptions } from '../../../src/messaging/dispatch/dispatcher.ts'
import { openGate } from '../../fakes/open-gate.ts'
import { MemoryCommandQueue } from '../../fakes/memory-command-queue.ts'
import { eventually } from '../../support/eventually.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { leadCommand } from '../../support/stores/queue.ts'

const success: AttemptOutcome = { state: 'succeeded', result: null, status: 200 }

function dispatcherOver(
  queue: MemoryCommandQueue,
  execute: CommandExecutor['execute'],
  change: Partial<DispatcherOptions> = {},
  concurrency = 8,
): Dispatcher {
  return new Dispatcher({
    queue,
    judge: openGate,
    executor: { execute, limits: async () => ({ perSecond: 100_000, burst: 100_000, concurrency }) },
    daemonId: 'd1',
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    idleMs: 10,
    ...change,
  })
}

function queued(count: number, change: Parameters<typeof leadCommand>[2] = {}, tenantId = newId()) {
  const queue = new MemoryCommandQueue(systemClock)
  const commands = Array.from({ length: count }, (_, index) => leadCommand(tenantId, `${index}`, change))
  queue.enqueue(commands)
  return { queue, commands, tenantId }
}

describe('the dispatcher', () => {
  it('carries out every command once and writes its end', async () => {
    const { queue, commands } = queued(50)
    const called: string[] = []
    const dispatcher = dispatcherOver(queue, async ({ command }) => {
      called.push(command.id)
      return success
    })
    await dispatcher.start()
    await eventually(() => queue.ended.size === 50)
    await dispatcher.stop()
    expect(called.toSorted()).to.deep.equal(commands.map(({ id }) => id).toSorted())
  })

  it('lets an integration that hangs hold its own share only', async () => {
    const { queue, tenantId } = queued(20, { integration: 'slow' })
    const quick = Array.from({ length: 20 }, (_, index) =>
      leadCommand(tenantId, `${index}`, { integration: 'quick' }),
    )
    queue.enqueue(quick)
    const release: Array<() => void> = []
    const dispatcher = dispatcherOver(
      queue,
      async ({ command }) => {
        if (command.integration === 'slow') await new Promise<void>((resolve) => release.push(resolve))
        return success
      },
      {},
      4,
    )
    await dispatcher.start()
    await eventually(() => quick.every(({ id }) => queue.stateOf(id) === 'succeeded'))
    expect(release).to.have.length(4)
    const freeing = setInterval(() => release.splice(0).forEach((done) => done()), 5)
    await eventually(() => queue.ended.size === 40)
    clearInterval(freeing)
    await dispatcher.stop()
  })

  it('keeps room for other tenants and integrations, however many calls one may make at once', async () => {
    const { queue, tenantId } = queued(40, { integration: 'slow' })
    queue.enqueue(
      Array.from({ length: 40 }, (_, index) => leadCommand(tenantId, `${index}`, { integration: 'slower' })),
    )
    const other = leadCommand(newId(), 'other', { integration: 'slow' })
    const hanging: LeasedCommand[] = []
    const ends: Array<() => void> = []
    const dispatcher = dispatcherOver(
      queue,
      async (leased) => {
        if (leased.command.id === other.id) return success
        hanging.push(leased)
        await new Promise<void>((resolve) => ends.push(resolve))
        return success
      },
      { inFlightMax: 16 },
      512,
    )
    await dispatcher.start()
    await eventually(() => hanging.length === 8)
    queue.enqueue([other])
    await eventually(() => queue.stateOf(other.id) === 'succeeded')
    const counts = ['slow', 'slower'].map(
      (name) => hanging.filter(({ command }) => command.integration === name).length,
    )
    expect(counts, 'a quarter each for an integration, half for the tenant').to.deep.equal([4, 4])
    const freeing = setInterval(() => ends.splice(0).forEach((done) => done()), 5)
    await dispatcher.stop()
    clearInterval(freeing)
  })

  it('does not call what may not be repeated once its lease is gone', async () => {
    const { queue, commands } = queued(2, { repeatable: 'no' })
    const [kept, gone] = commands
    const markSent = queue.markSent.bind(queue)
    queue.markSent = async (attempts) => markSent(attempts.filter(({ command }) => command.id !== gone!.id))
    const called: string[] = []
    const dispatcher = dispatcherOver(queue, async ({ command }) => {
      called.push(command.id)
      return success
    })
    await dispatcher.start()
    await eventually(() => queue.ended.size === 1)
    await dispatcher.stop()
    expect(called).to.deep.equal([kept!.id])
  })

  it('shuts the gate of an integration whose vendor says to wait', async () => {
    const { queue, commands } = queued(1)
    const error = { code: 'NX-VENDOR-RATE', message: 'slow down', status: 429, answer: null }
    const dispatcher = dispatcherOver(queue, async () => ({
      state: 'parked',
      error,
      retryAfterMs: 20_000,
      wholeIntegration: true,
    }))
    await dispatcher.start()
    await eventually(() => dispatcher.counters.parked === 1 && queue.stateOf(commands[0]!.id) === 'ready')
    await dispatcher.stop()
    const [gate] = queue.gates.values()
    expect(gate).to.include({ reason: 'NX-VENDOR-RATE', breaker: 'closed' })
    expect(gate!.notBeforeMs - systemClock.now().getTime()).to.be.within(10_000, 20_000)
  })

  it('waits for the calls under way when it stops', async () => {
    const { queue } = queued(1)
    let finish: () => void = () => {}
    const dispatcher = dispatcherOver(queue, async () => {
      await new Promise<void>((resolve) => (finish = resolve))
      return success
    })
    await dispatcher.start()
    await eventually(() => dispatcher.inFlight === 1)
    const stopped = dispatcher.stop()
    finish()
    await stopped
    expect([...queue.ended.values()]).to.deep.equal(['succeeded'])
  })

  it('breaks off at a stop what takes too long, and leaves nothing leased', async () => {
    const { queue, commands } = queued(6)
    const error = { code: 'NX-CALL-NO-ANSWER', message: 'stopped', status: null, answer: null }
    const dispatcher = dispatcherOver(
      queue,
      async (_leased, signal) => {
        await sleep(60_000, undefined, { signal }).catch(() => {})
        return { state: 'retryable', error, retryAfterMs: null }
      },
      { drainMs: 20 },
    )
    await dispatcher.start()
    await eventually(() => dispatcher.inFlight === 6)
    await dispatcher.stop()
    expect(new Set(commands.map(({ id }) => queue.stateOf(id)))).to.deep.equal(new Set(['ready']))
  })

  it('gives back at a stop what was claimed and not begun', async () => {
    const { queue, commands } = queued(3)
    const claim = queue.claim.bind(queue)
    let claiming: () => void = () => {}
    const asked = new Promise<void>((resolve) => (claiming = resolve))
    let answer: () => void = () => {}
    queue.claim = async (options) => {
      const claimed = await claim(options)
      claiming()
      await new Promise<void>((resolve) => (answer = resolve))
      return claimed
    }
    const called: string[] = []
    const dispatcher = dispatcherOver(queue, async ({ command }) => {
      called.push(command.id)
      return success
    })
    await dispatcher.start()
    await asked
    const stopped = dispatcher.stop()
    answer()
    await stopped
    expect(called).to.deep.equal([])
    expect(new Set(commands.map(({ id }) => queue.stateOf(id)))).to.deep.equal(new Set(['ready']))
    expect(dispatcher.counters.released).to.equal(3)
  })
})
