import { expect } from 'chai'
import type { Command } from '../../src/messaging/commands/command.ts'
import type { DoubtfulCommand } from '../../src/messaging/commands/doubt-queue.ts'
import {
  all,
  allReporting,
  claimSome,
  inDoubt,
  leadCommand,
  reported,
  succeeded,
} from '../support/stores/queue.ts'
import type { QueueHarness } from './command-queue.contract.ts'

const once = { max: 10, leaseMs: 30_000 }

/** What every DoubtQueue does. */
export function describeDoubts(harness: () => QueueHarness): void {
  describe('commands in doubt', () => {
    /** One command in doubt with another behind it, and the look that is due. */
    const doubted = async (): Promise<{ lane: readonly [Command, Command]; doubt: DoubtfulCommand }> => {
      const { queue, doubts, newTenant, enqueue, advance } = harness()
      const tenantId = await newTenant()
      const lane = [leadCommand(tenantId, '1', { repeatable: 'no' }), leadCommand(tenantId, '1')] as const
      await enqueue(...lane)
      const leased = await claimSome(queue)
      await queue.markSent(leased)
      await queue.settle(all(leased, inDoubt))
      expect(await doubts.takeDoubts(once), 'not at once').to.deep.equal([])
      await advance(5_000)
      const [doubt, ...others] = await doubts.takeDoubts(once)
      expect(others).to.deep.equal([])
      return { lane, doubt: doubt! }
    }

    it('are looked up by one at a time, some seconds after the call', async () => {
      const { doubt, lane } = await doubted()
      expect(doubt).to.include({ looks: 1 })
      expect(doubt.sentAgoMs).to.be.within(4_900, 60_000)
      expect(doubt.leased.command.id).to.equal(lane[0].id)
      expect(await harness().doubts.takeDoubts(once)).to.deep.equal([])
      await harness().advance(30_000)
      expect((await harness().doubts.takeDoubts(once))[0], 'a look that was lost is made again').to.include({
        looks: 2,
      })
    })

    it('end well when a look finds that they happened, and let their lane go on', async () => {
      const { doubts, states, results, deadLetters } = harness()
      const { doubt, lane } = await doubted()
      const found = { state: 'happened', result: { id: '7' }, evidence: 'found by id' } as const
      expect(await doubts.settleDoubt(doubt, found)).to.equal(true)
      expect(await states(...lane)).to.deep.equal(['succeeded', 'ready'])
      const { tenantId } = lane[0]
      expect((await results(tenantId))[0]).to.deep.nested.include({
        type: 'command.succeeded',
        'data.result': { id: '7' },
      })
      expect((await deadLetters(tenantId)).map(({ status }) => status)).to.deep.equal(['resolved'])
      expect(await doubts.settleDoubt(doubt, found), 'a doubt ends once').to.equal(false)
    })

    it('are tried again when a look finds that they did not happen', async () => {
      const { queue, doubts, states, deadLetters } = harness()
      const { doubt, lane } = await doubted()
      expect(await doubts.settleDoubt(doubt, { state: 'did_not_happen', evidence: 'not there' })).to.equal(
        true,
      )
      expect(await states(...lane)).to.deep.equal(['ready', 'waiting'])
      expect((await deadLetters(lane[0].tenantId)).map(({ status }) => status)).to.deep.equal(['resolved'])
      const again = await claimSome(queue)
      expect(again[0]).to.include({ attempt: 2, runLease: '2' })
      await queue.settle(allReporting(again, succeeded, reported()))
      expect(await states(...lane)).to.deep.equal(['succeeded', 'ready'])
    })

    it('are looked up again later, and left to a person in the end', async () => {
      const { doubts, states, advance } = harness()
      const { doubt, lane } = await doubted()
      await doubts.settleDoubt(doubt, { state: 'look_again', inMs: 60_000 })
      await advance(50_000)
      expect(await doubts.takeDoubts(once)).to.deep.equal([])
      await advance(10_000)
      const [second] = await doubts.takeDoubts(once)
      expect(
        await doubts.settleDoubt(doubt, { state: 'did_not_happen', evidence: 'late' }),
        'an old look',
      ).to.equal(false)
      await doubts.settleDoubt(second!, { state: 'left_to_a_person' })
      await advance(86_400_000)
      expect(await doubts.takeDoubts(once)).to.deep.equal([])
      expect(await states(...lane)).to.deep.equal(['in_doubt', 'waiting'])
    })
  })
}
