import { expect } from 'chai'
import fc from 'fast-check'
import type pg from 'pg'
import { insertCommands } from '../../../src/adapters/postgres/insert-commands.ts'
import { openPool } from '../../../src/adapters/postgres/pool.ts'
import { inTenants, withRetries } from '../../../src/adapters/postgres/transaction.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { Command, LeasedCommand } from '../../../src/messaging/commands/command.ts'
import { describeCommandQueue } from '../../contracts/command-queue.contract.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { all, claimSome, dead, inDoubt, leadCommand, retryIn, succeeded } from '../../support/queue.ts'
import { createTenant, testActor } from '../../support/tenants.ts'

const page = { limit: 100, cursor: null }

describe('PostgresCommandQueue', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let pool: pg.Pool
  before(async () => {
    opened = await openTestDatabase()
    pool = openPool({
      url: opened.test.url,
      role: 'neuronx_app',
      max: 8,
      applicationName: 'test',
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 20_000,
      idleInTransactionTimeoutMs: 20_000,
      logger: silentLogger,
    })
  })
  after(async () => {
    await pool.end()
    await opened.close()
  })

  const enqueue = async (...commands: readonly Command[]) => {
    const tenants = commands.map((command) => command.tenantId)
    await withRetries(pool, async () =>
      inTenants(pool, tenants, async (client) => insertCommands(client, commands)),
    )
  }
  const reset = async () => {
    await querySuperuser(
      opened.test,
      'truncate command, command_lane, command_outcome, command_attempt, dispatch_gate, dead_letter',
    )
  }
  const stateOf = async (command: Command) =>
    (await opened.database.stores.messages.command(command.tenantId, command.id))!.state

  describeCommandQueue('Postgres', () => {
    const { stores } = opened.database
    return {
      queue: stores.commands,
      newTenant: async () => (await createTenant(opened.database)).id,
      enqueue,
      states: async (...commands) => Promise.all(commands.map(stateOf)),
      expireLeases: async () => {
        await querySuperuser(
          opened.test,
          `update command_lane set lease_until = now() - interval '1 s' where state = 'leased'`,
        )
      },
      deadLetters: async (tenantId) => (await stores.messages.deadLetters(tenantId, {}, page)).items,
      results: async (tenantId) => (await stores.messages.events(tenantId, {}, page)).items.toReversed(),
      reset,
    }
  })

  it('leaves no lane with waiting commands and no head, however queuers and completers meet', async () => {
    await reset()
    const tenantId = (await createTenant(opened.database)).id
    const queue = opened.database.stores.commands
    let queued = 0
    const queuer = async (name: string) => {
      for (let round = 0; round < 25; round += 1) {
        const lanes = ['1', '2'].filter((_lane, index) => round % 3 !== index)
        await enqueue(
          ...lanes.map((lane) => leadCommand(tenantId, lane, { cause: `RuleSet/${name}#r${round}` })),
        )
        queued += lanes.length
      }
    }
    const completer = async () => {
      for (let round = 0; round < 60; round += 1) {
        const leased = await claimSome(queue)
        await queue.settle(all(leased, round % 4 === 0 ? retryIn(0) : succeeded))
      }
    }
    await Promise.all([queuer('a'), queuer('b'), completer(), completer()])
    for (;;) {
      const leased = await claimSome(queue)
      if (leased.length === 0) break
      await queue.settle(all(leased, succeeded))
    }
    expect(await querySuperuser(opened.test, 'select * from command_lane')).to.deep.equal([])
    const [outcomes] = await querySuperuser<{ n: string }>(opened.test, `select count(*) as n from command_outcome where state = 'succeeded'`)
    expect(Number(outcomes?.n)).to.equal(queued)
  })

  it('behaves like its model under any sequence of calls', async function () {
    this.timeout(120_000)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await reset()
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
        await enqueue(...commands)
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

  describe('replay of dead letters', () => {
    const letterOf = async (command: Command) =>
      (
        await opened.database.stores.messages.deadLetters(command.tenantId, { status: 'open' }, page)
      ).items.find((letter) => letter.commandId === command.id)!

    it('brings a dead command back to its lane under its key, and resolves the letter when it has ended', async () => {
      await reset()
      const { commands: queue, deadLetters, messages } = opened.database.stores
      const { id: tenantId } = await createTenant(opened.database)
      const [command, behind] = [leadCommand(tenantId, '1'), leadCommand(tenantId, '1')]
      await enqueue(command, behind)
      await queue.settle(all(await claimSome(queue), dead))
      const letter = await letterOf(command)
      const replayed = await deadLetters.replay(
        tenantId,
        [letter.id],
        { includeInDoubt: false },
        testActor,
        'fixed it',
      )
      expect(replayed).to.deep.equal([{ id: letter.id, state: 'replayed', as: command.id }])
      expect(await messages.deadLetter(tenantId, letter.id)).to.include({ status: 'replaying', replays: 1 })
      const again = await deadLetters.replay(
        tenantId,
        [letter.id, 'nonsense'],
        { includeInDoubt: false },
        testActor,
        null,
      )
      expect(again.map((result) => result.state)).to.deep.equal(['skipped', 'skipped'])
      expect(await stateOf(command)).to.equal('waiting')
      await queue.settle(all(await claimSome(queue), succeeded))
      const [leased] = await claimSome(queue)
      expect(leased?.command).to.include({ id: command.id, idempotencyKey: command.idempotencyKey })
      expect(leased).to.include({ attempt: 1, runLease: '2', firstAttemptAt: null })
      await queue.settle(all([leased!], succeeded))
      expect(await messages.deadLetter(tenantId, letter.id)).to.include({ status: 'resolved' })
      const audit = await querySuperuser(
        opened.test,
        `select actor, reason from audit_log where action = 'dead_letter.replay'`,
      )
      expect(audit).to.deep.equal([{ actor: 'local:test', reason: 'fixed it' }])
    })

    it('repeats a command in doubt only when asked to', async () => {
      await reset()
      const { commands: queue, deadLetters } = opened.database.stores
      const { id: tenantId } = await createTenant(opened.database)
      const command = leadCommand(tenantId, '1', { repeatable: 'no' })
      await enqueue(command)
      await queue.settle(all(await claimSome(queue), inDoubt))
      const { id } = await letterOf(command)
      const [refused] = await deadLetters.replay(tenantId, [id], { includeInDoubt: false }, testActor, null)
      expect(refused?.state).to.equal('skipped')
      expect(await stateOf(command)).to.equal('in_doubt')
      await deadLetters.replay(tenantId, [id], { includeInDoubt: true }, testActor, null)
      expect(await stateOf(command)).to.equal('ready')
    })

    it('cannot be reached by another tenant', async () => {
      await reset()
      const { commands: queue, deadLetters } = opened.database.stores
      const [tenant, other] = [await createTenant(opened.database), await createTenant(opened.database)]
      const command = leadCommand(tenant.id, '1')
      await enqueue(command)
      await queue.settle(all(await claimSome(queue), dead))
      const { id } = await letterOf(command)
      const [result] = await deadLetters.replay(other.id, [id], { includeInDoubt: true }, testActor, null)
      expect(result).to.deep.include({ state: 'skipped' })
      expect(await stateOf(command)).to.equal('dead')
    })
  })
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
