import { expect } from 'chai'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { CommandExecutor, Verification } from '../../../src/messaging/commands/command-executor.ts'
import { DoubtSettler } from '../../../src/messaging/dispatch/doubt-settler.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { MemoryCommandQueue } from '../../fakes/memory-command-queue.ts'
import { eventually } from '../../support/eventually.ts'
import { all, claimSome, inDoubt, leadCommand } from '../../support/stores/queue.ts'

async function doubted() {
  const clock = new ManualClock('2026-11-01T12:00:00.000Z')
  const queue = new MemoryCommandQueue(clock)
  const command = leadCommand(newId(), '1', { repeatable: 'no' })
  queue.enqueue([command])
  const leased = await claimSome(queue)
  await queue.markSent(leased)
  await queue.settle(all(leased, inDoubt))
  return { clock, queue, command }
}

function settlerOver(
  { clock, queue }: { clock: ManualClock; queue: MemoryCommandQueue },
  executor: Pick<CommandExecutor, 'verify'>,
): DoubtSettler {
  return new DoubtSettler({
    doubts: queue,
    executor,
    clock,
    logger: silentLogger,
    onSettled: () => {},
    idleMs: 1,
  })
}

describe('the settler of doubts', () => {
  it('looks at most five times at what it cannot tell, then leaves it to a person', async () => {
    const setup = await doubted()
    const ages: number[] = []
    const settler = settlerOver(setup, {
      verify: async (_leased, sentAgoMs): Promise<Verification> => {
        ages.push(sentAgoMs)
        return { state: 'unknown', why: 'busy' }
      },
    })
    await settler.start()
    for (const [index, afterMs] of [5_000, 15_000, 45_000, 120_000, 300_000].entries()) {
      setup.clock.advance(afterMs)
      await eventually(() => ages.length === index + 1)
    }
    await eventually(() => settler.counters.leftToAPerson === 1)
    setup.clock.advance(86_400_000)
    const { rounds } = settler
    await eventually(() => settler.rounds > rounds + 2)
    await settler.stop()
    expect(ages).to.deep.equal([5_000, 20_000, 65_000, 185_000, 485_000])
    expect(setup.queue.stateOf(setup.command.id)).to.equal('in_doubt')
  })

  it('ends well what a look finds, and tries again what it finds missing', async () => {
    for (const [found, state] of [
      [{ state: 'happened', result: { id: '1' }, evidence: 'seen' }, 'succeeded'],
      [{ state: 'did_not_happen', evidence: 'not there' }, 'ready'],
    ] as const) {
      const setup = await doubted()
      const settler = settlerOver(setup, { verify: async () => found })
      await settler.start()
      setup.clock.advance(5_000)
      await eventually(() => setup.queue.stateOf(setup.command.id) === state)
      await settler.stop()
    }
  })

  it('leaves at once to a person what cannot be looked up', async () => {
    const setup = await doubted()
    const settler = settlerOver(setup, {})
    await settler.start()
    setup.clock.advance(5_000)
    await eventually(() => settler.counters.leftToAPerson === 1)
    await settler.stop()
    expect(setup.queue.stateOf(setup.command.id)).to.equal('in_doubt')
  })
})
