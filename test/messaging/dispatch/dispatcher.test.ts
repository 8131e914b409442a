import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { AttemptOutcome, Command, LeasedCommand } from '../../../src/messaging/commands/command.ts'
import type {
  ClaimOptions,
  CommandQueue,
  SettledAttempt,
} from '../../../src/messaging/commands/command-queue.ts'
import { Dispatcher } from '../../../src/messaging/dispatch/dispatcher.ts'
import { someCommand, someLease } from '../../support/commands.ts'
import { eventually } from '../../support/eventually.ts'

/** A queue in memory that hands each command out once and remembers what was written. */
class RecordingQueue implements CommandQueue {
  readonly settled: SettledAttempt[] = []
  readonly parked: string[] = []
  readonly marked: string[] = []
  /** Ids whose lease is gone by the time they are to be marked as sent. */
  readonly lost = new Set<string>()
  #ready: Command[]

  constructor(commands: readonly Command[]) {
    this.#ready = [...commands]
  }

  async claim({ max, perIntegration }: ClaimOptions): Promise<readonly LeasedCommand[]> {
    const room = new Map<string, number>()
    const taken = this.#ready.filter((command, index) => {
      const free = room.get(command.integration) ?? perIntegration(command.tenantId, command.integration)
      if (index >= max || free <= 0) return false
      room.set(command.integration, free - 1)
      return true
    })
    this.#ready = this.#ready.filter((command) => !taken.includes(command))
    return taken.map((command) => someLease({ command }))
  }

  async markSent(attempts: readonly LeasedCommand[]): Promise<ReadonlySet<string>> {
    const held = attempts.map(({ command }) => command.id).filter((id) => !this.lost.has(id))
    this.marked.push(...held)
    return new Set(held)
  }

  async settle(attempts: readonly SettledAttempt[]): Promise<ReadonlySet<string>> {
    this.settled.push(...attempts)
    return new Set()
  }

  async park(_tenantId: string, integration: string): Promise<void> {
    this.parked.push(integration)
  }

  async recoverExpired(): Promise<number> {
    return 0
  }

  async nextDueMs(): Promise<number | null> {
    return null
  }
}

function dispatcherOver(
  queue: CommandQueue,
  execute: (leased: LeasedCommand) => Promise<AttemptOutcome>,
  concurrency = 8,
): Dispatcher {
  return new Dispatcher({
    queue,
    executor: { execute, concurrency: () => concurrency },
    daemonId: 'd1',
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    idleMs: 10,
  })
}

const success: AttemptOutcome = { state: 'succeeded', result: null, status: 200 }

describe('the dispatcher', () => {
  it('carries out every command once and writes its end', async () => {
    const commands = Array.from({ length: 50 }, (_, index) => someCommand({ idempotencyKey: `k${index}` }))
    const queue = new RecordingQueue(commands)
    const called: string[] = []
    const dispatcher = dispatcherOver(queue, async ({ command }) => {
      called.push(command.id)
      return success
    })
    await dispatcher.start()
    await eventually(() => queue.settled.length === 50)
    await dispatcher.stop()
    expect(called.toSorted()).to.deep.equal(commands.map(({ id }) => id).toSorted())
  })

  it('lets an integration that hangs hold its own share only', async () => {
    const slow = Array.from({ length: 20 }, (_, index) =>
      someCommand({ idempotencyKey: `s${index}`, integration: 'slow' }),
    )
    const quick = Array.from({ length: 20 }, (_, index) =>
      someCommand({ idempotencyKey: `q${index}`, integration: 'quick' }),
    )
    const queue = new RecordingQueue([...slow, ...quick])
    const release: Array<() => void> = []
    const dispatcher = dispatcherOver(
      queue,
      async ({ command }) => {
        if (command.integration === 'slow') await new Promise<void>((resolve) => release.push(resolve))
        return success
      },
      4,
    )
    await dispatcher.start()
    await eventually(
      () => queue.settled.filter(({ leased }) => leased.command.integration === 'quick').length === 20,
    )
    expect(release).to.have.length(4)
    const freeing = setInterval(() => release.splice(0).forEach((done) => done()), 5)
    await eventually(() => queue.settled.length === 40)
    clearInterval(freeing)
    await dispatcher.stop()
  })

  it('does not call what may not be repeated once its lease is gone', async () => {
    const kept = someCommand({ idempotencyKey: 'kept', repeatable: 'no' })
    const gone = someCommand({ idempotencyKey: 'gone', repeatable: 'no' })
    const queue = new RecordingQueue([kept, gone])
    queue.lost.add(gone.id)
    const called: string[] = []
    const dispatcher = dispatcherOver(queue, async ({ command }) => {
      called.push(command.id)
      return success
    })
    await dispatcher.start()
    await eventually(() => queue.settled.length === 1)
    await dispatcher.stop()
    expect(called).to.deep.equal([kept.id])
    expect(queue.marked).to.deep.equal([kept.id])
  })

  it('closes an integration whose vendor says to wait', async () => {
    const queue = new RecordingQueue([someCommand()])
    const error = { code: 'NX-VENDOR-RATE', message: 'slow down', status: 429, answer: null }
    const dispatcher = dispatcherOver(queue, async () => ({
      state: 'parked',
      error,
      retryAfterMs: 2_000,
      wholeIntegration: true,
    }))
    await dispatcher.start()
    await eventually(() => queue.settled.length === 1)
    await dispatcher.stop()
    expect(queue.parked).to.deep.equal(['sink'])
    expect(queue.settled[0]?.settlement).to.include({ state: 'retry', spendsAttempt: false, delayMs: 2_000 })
  })

  it('waits for the calls under way when it stops', async () => {
    const queue = new RecordingQueue([someCommand()])
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
    expect(queue.settled).to.have.length(1)
  })
})
