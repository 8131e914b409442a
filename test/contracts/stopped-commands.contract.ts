import { expect } from 'chai'
import type { Settlement } from '../../src/messaging/commands/command-queue.ts'
import { all, claimSome, leadCommand } from '../support/stores/queue.ts'
import type { QueueHarness } from './command-queue.contract.ts'

const error = { code: 'NX-SEND-DEFERRED', message: 'quiet hours', status: null, answer: null }
const deferred = (delayMs: number): Settlement => ({ state: 'deferred', error, delayMs, durationMs: 0 })

/** What every CommandQueue does with commands that a policy stopped. */
export function describeStopped(harness: () => QueueHarness): void {
  const queued = async (count: number, change: Parameters<typeof leadCommand>[2] = {}) => {
    const { newTenant, enqueue } = harness()
    const tenantId = await newTenant()
    const commands = Array.from({ length: count }, () => leadCommand(tenantId, '1', change))
    await enqueue(...commands)
    return { tenantId, commands }
  }

  it('keeps a deferred command at the head of its lane, as if it had never been claimed', async () => {
    const { queue, states, advance, results } = harness()
    const { tenantId, commands } = await queued(2, { repeatable: 'no' })
    const first = await claimSome(queue)
    await queue.settle(
      all(first, deferred(60_000)).map((one) => ({
        ...one,
        notice: { outcome: 'deferred' as const, channel: 'sms', routed: true },
      })),
    )
    expect(await states(...commands)).to.deep.equal(['ready', 'waiting'])
    expect(await claimSome(queue)).to.have.length(0)
    const [event] = await results(tenantId)
    expect(event).to.deep.include({ type: 'message.deferred', causationId: commands[0]!.id })
    expect(event?.data).to.include({ commandId: commands[0]!.id, channel: 'sms', code: error.code })
    await advance(60_000)
    const [again] = await claimSome(queue)
    expect(again).to.include({ attempt: 1, runLease: '2', firstAttemptAt: null })
  })

  it('ends a suppressed command as cancelled, lets its lane go on, and queues what goes instead', async () => {
    const { queue, states, results, deadLetters } = harness()
    const { tenantId, commands } = await queued(2)
    const instead = leadCommand(tenantId, '1', { integration: 'mailer' })
    const suppressed: Settlement = { state: 'suppressed', error, instead, durationMs: 0 }
    await queue.settle(
      all(await claimSome(queue), suppressed).map((one) => ({
        ...one,
        notice: { outcome: 'suppressed' as const, channel: null, routed: false },
      })),
    )
    expect(await states(...commands, instead)).to.deep.equal(['cancelled', 'ready', 'ready'])
    expect(await deadLetters(tenantId)).to.deep.equal([])
    const told = await results(tenantId)
    expect(told.map(({ type }) => type).toSorted()).to.deep.equal(['command.cancelled', 'message.suppressed'])
    expect(told.find(({ type }) => type === 'message.suppressed')?.data).to.deep.include({
      insteadCommandId: instead.id,
      reason: error.message,
    })
  })

  it('writes nothing for a stopped command whose lease is lost', async () => {
    const { queue, states, expireLeases } = harness()
    const { commands } = await queued(1)
    const late = await claimSome(queue)
    await expireLeases()
    await queue.recoverExpired()
    const suppressed: Settlement = { state: 'suppressed', error, instead: null, durationMs: 0 }
    expect([...(await queue.settle(all(late, suppressed)))]).to.deep.equal([commands[0]!.id])
    expect(await states(...commands)).to.deep.equal(['ready'])
  })
}
