import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { SendJudge, SendVerdict } from '../../../src/messaging/commands/cleared-command.ts'
import type { SettledAttempt } from '../../../src/messaging/commands/command-queue.ts'
import type { AttemptOutcome } from '../../../src/messaging/commands/command.ts'
import { Dispatcher } from '../../../src/messaging/dispatch/dispatcher.ts'
import { MemoryCommandQueue } from '../../fakes/memory-command-queue.ts'
import { eventually } from '../../support/eventually.ts'
import { leadCommand } from '../../support/stores/queue.ts'

const error = { code: 'NX-SEND-X', message: 'because', status: null, answer: null }
const message = { channel: 'sms', listened: new Set(['sent', 'failed'] as const) }
const allow: SendVerdict = { state: 'allow', input: null, message, holdsSlot: false }
const success: AttemptOutcome = { state: 'succeeded', result: null, status: 200 }

/** One command, a dispatcher that asks `judge`, and what was called. */
function setup(judge: SendJudge['judge'], outcome: AttemptOutcome = success) {
  const queue = new MemoryCommandQueue(systemClock)
  const command = leadCommand(newId(), '1', { input: { text: 'free' } })
  queue.enqueue([command])
  const called: unknown[] = []
  const dispatcher = new Dispatcher({
    queue,
    judge: { judge },
    executor: {
      execute: async (cleared) => {
        called.push(cleared.command.input)
        return outcome
      },
      limits: async () => ({ perSecond: 1_000, burst: 1_000, concurrency: 8 }),
    },
    daemonId: 'd1',
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    idleMs: 10,
  })
  return { queue, command, called, dispatcher }
}

describe('the dispatcher and the policy gate', () => {
  it('makes no call for what the gate stops, whatever it says', async () => {
    const verdicts: readonly SendVerdict[] = [
      { state: 'hold', delayMs: 60_000, error },
      { state: 'defer', delayMs: 60_000, error, message },
      { state: 'suppress', error, instead: null, message },
      { state: 'pretend', result: { sandbox: true } },
      { state: 'lost' },
    ]
    for (const verdict of verdicts) {
      let judged = 0
      const { dispatcher, called, queue, command } = setup(async (claimed) => {
        judged += claimed.length
        return claimed.map(() => verdict)
      })
      await dispatcher.start()
      const ended = { suppress: 'cancelled', pretend: 'succeeded', lost: 'leased' } as Record<string, string>
      await eventually(() => judged > 0 && queue.stateOf(command.id) === (ended[verdict.state] ?? 'ready'))
      await dispatcher.stop()
      expect(called, verdict.state).to.deep.equal([])
    }
  })

  it('makes no call while the gate cannot judge', async () => {
    let judged = 0
    const { dispatcher, called, queue, command } = setup(async () => {
      judged += 1
      throw new Error('away')
    })
    await dispatcher.start()
    await eventually(() => judged > 0 && queue.stateOf(command.id) === 'ready')
    await dispatcher.stop()
    expect(called).to.deep.equal([])
  })

  it('asks the gate again before every further attempt', async () => {
    let judged = 0
    const { dispatcher, called, queue, command } = setup(
      async (claimed) => {
        judged += 1
        return claimed.map(() =>
          judged === 1 ? allow : { state: 'suppress', error, instead: null, message },
        )
      },
      { state: 'parked', error, retryAfterMs: 0, wholeIntegration: false },
    )
    await dispatcher.start()
    await eventually(() => queue.stateOf(command.id) === 'cancelled')
    await dispatcher.stop()
    expect([judged, called.length]).to.deep.equal([2, 1])
  })

  it('gives back the slot of what nobody took, and keeps it where something may have been done', async () => {
    for (const notExecuted of [undefined, false]) {
      const { dispatcher, queue } = setup(
        async (claimed) => claimed.map(() => ({ ...allow, holdsSlot: true })),
        {
          ...{ state: 'parked', error, retryAfterMs: 60_000, wholeIntegration: false },
          ...(notExecuted === undefined ? {} : { notExecuted }),
        },
      )
      const ends: SettledAttempt[] = []
      const settle = queue.settle.bind(queue)
      queue.settle = async (attempts) => {
        ends.push(...attempts)
        return await settle(attempts)
      }
      await dispatcher.start()
      await eventually(() => ends.length > 0)
      await dispatcher.stop()
      expect(ends.map(({ givesSlotBack }) => givesSlotBack === true)).to.deep.equal([
        notExecuted === undefined,
      ])
    }
  })

  it('sends what the gate put in the place of the input, and tells those who listen', async () => {
    const { dispatcher, called, queue } = setup(async (claimed) =>
      claimed.map(() => ({ ...allow, input: { template_id: 'welcome' } })),
    )
    await dispatcher.start()
    await eventually(() => queue.ended.size === 1)
    await dispatcher.stop()
    expect(called).to.deep.equal([{ template_id: 'welcome' }])
    const told = queue.results.map(({ event, routed }) => `${event.type} ${routed}`)
    expect(told.toSorted()).to.deep.equal(['command.succeeded false', 'message.sent true'])
  })
})
