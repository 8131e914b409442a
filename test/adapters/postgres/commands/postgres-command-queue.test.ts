import { expect } from 'chai'
import fc from 'fast-check'
import type { Command, LeasedCommand } from '../../../../src/messaging/commands/command.ts'
import { describeCommandQueue } from '../../../contracts/command-queue.contract.ts'
import { querySuperuser } from '../../../support/database.ts'
import {
  all,
  claimSome,
  dead,
  inDoubt,
  leadCommand,
  retryIn,
  succeeded,
} from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const page = { limit: 100, cursor: null }

describe('PostgresCommandQueue', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  describeCommandQueue('Postgres', () => {
    const { stores } = opened.database
    return {
      queue: stores.commands,
      doubts: stores.doubts,
      newTenant: async () => (await createTenant(opened.database)).id,
      enqueue: opened.enqueue,
      states: async (...commands) => Promise.all(commands.map(opened.stateOf)),
      expireLeases: async () => {
        await querySuperuser(
          opened.test,
          `update command_lane set lease_until = now() - interval '1 s' where state = 'leased'`,
        )
      },
      advance: async (ms) => {
        await querySuperuser(
          opened.test,
          `with passed as (select $1 * interval '1 ms' as t), gates as (
             update dispatch_gate set not_before = not_before - t, shut_since = shut_since - t, ramp_from = ramp_from - t,
               window_at = window_at - t, tokens_at = tokens_at - t from passed)
           update command_lane set look_at = look_at - t, sent_at = sent_at - t, next_attempt_at = next_attempt_at - t,
             first_attempt_at = first_attempt_at - t from passed`,
          [ms],
        )
      },
      deadLetters: async (tenantId) => (await stores.messages.deadLetters(tenantId, {}, page)).items,
      results: async (tenantId) => (await stores.messages.events(tenantId, {}, page)).items.toReversed(),
      reset: opened.reset,
    }
  })

  it('behaves like its model under any sequence of calls', async function () {
    this.timeout(120_000)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await opened.reset()
        await runModel(steps)
      }),
      { numRuns: 12 },
    )
  })

  /** The model: per lane the commands that have not ended, oldest first; the head's state. */
  async function runModel(steps: readonly Step[]): Promise<void> {
    const queue = opened.database.stores.commands
    const tenantId = (await createTenant(opened.database)).id
    const lanes = new Map<string, Command[]>()
    const held = new Map<string, LeasedCommand>()
    const doubted = new Set<string>()
    const ended = new Map<string, string>()
    for (const { action, lane, count } of steps) {
      if (action === 'enqueue') {
        const commands = Array.from({ length: count }, () =>
          leadCommand(tenantId, lane, { repeatable: 'no' }),
        )
        await opened.enqueue(...commands)
        lanes.set(lane, [...(lanes.get(lane) ?? []), ...commands])
      } else if (action === 'claim') {
        const expected = [...lanes.values()]
          .flatMap((commands) => commands.slice(0, 1))
          .filter((head) => !held.has(head.id) && !doubted.has(head.id))
        const leased = await claimSome(queue, 100)
        expect(leased.map((one) => one.command.id).toSorted()).to.deep.equal(
          expected.map((head) => head.id).toSorted(),
        )
        for (const one of leased) held.set(one.command.id, one)
      } else {
        const settlement = { succeed: succeeded, kill: dead, retry: retryIn(0), doubt: inDoubt }[action]
        const head = lanes.get(lane)?.[0]
        const leased = held.get(head?.id ?? '')
        if (head === undefined || leased === undefined) continue
        expect(await queue.settle(all([leased], settlement))).to.deep.equal(new Set())
        held.delete(head.id)
        if (action === 'doubt') doubted.add(head.id)
        if (action === 'succeed' || action === 'kill') {
          ended.set(head.id, action === 'succeed' ? 'succeeded' : 'dead')
          lanes.get(lane)?.shift()
        }
        expect(await queue.settle(all([leased], succeeded)), 'an attempt ends once').to.deep.equal(
          new Set([head.id]),
        )
      }
      await compare(lanes, held, doubted, ended)
    }
  }

  async function compare(
    lanes: ReadonlyMap<string, readonly Command[]>,
    held: ReadonlyMap<string, unknown>,
    doubted: ReadonlySet<string>,
    ended: ReadonlyMap<string, string>,
  ): Promise<void> {
    const rows = await querySuperuser<{ id: string; state: string }>(
      opened.test,
      `select c.id, coalesce(o.state, l.state) as state from command c
       left join command_lane l on l.command_id = c.id left join command_outcome o on o.command_id = c.id`,
    )
    const expected = new Map(ended)
    for (const commands of lanes.values()) {
      for (const [place, { id }] of commands.entries()) {
        const head = doubted.has(id) ? 'in_doubt' : held.has(id) ? 'leased' : 'ready'
        expected.set(id, place > 0 ? 'waiting' : head)
      }
    }
    expect(Object.fromEntries(rows.map((row) => [row.id, row.state]))).to.deep.equal(
      Object.fromEntries(expected),
    )
  }
})

interface Step {
  readonly action: 'enqueue' | 'claim' | 'succeed' | 'kill' | 'retry' | 'doubt'
  readonly lane: string
  readonly count: number
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom(
    'enqueue',
    'enqueue',
    'claim',
    'claim',
    'succeed',
    'succeed',
    'kill',
    'retry',
    'doubt',
  ),
  lane: fc.constantFrom('1', '2', '3'),
  count: fc.integer({ min: 1, max: 3 }),
})
