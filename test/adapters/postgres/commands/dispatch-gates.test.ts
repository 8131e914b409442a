import { expect } from 'chai'
import fc from 'fast-check'
import { claim } from '../../../../src/adapters/postgres/commands/claim-statements.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { PostgresCommandQueue } from '../../../../src/adapters/postgres/commands/postgres-command-queue.ts'
import { sha256Hex } from '../../../../src/kernel/digest.ts'
import type { LeasedCommand } from '../../../../src/messaging/commands/command.ts'
import type { ClaimShare } from '../../../../src/messaging/commands/command-queue.ts'
import type { Tenant } from '../../../../src/platform/tenants/tenant.ts'
import { querySuperuser } from '../../../support/database.ts'
import {
  allReporting,
  amplyShared,
  claimSome,
  leadCommand,
  reported,
  retryIn,
} from '../../../support/stores/queue.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { MemoryCommandQueue } from '../../../fakes/memory-command-queue.ts'
import { poolOf } from '../../../support/stores/owned-database.ts'

describe('the gates of integrations on Postgres', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  beforeEach(async () => opened.reset())
  after(async () => opened.close())

  it('hands out what the rule of fair shares says, for any mix of tenants, weights and budgets', async function () {
    this.timeout(120_000)
    const tenants = [
      (await createTenant(opened.database)).id,
      (await createTenant(opened.database)).id,
      (await createTenant(opened.database)).id,
    ]
    const share = fc.record({
      room: fc.integer({ min: 1, max: 6 }),
      weight: fc.constantFrom(0.5, 1, 2, 5),
      tenantInFlight: fc.integer({ min: 0, max: 5 }),
      tenantRoom: fc.integer({ min: 1, max: 12 }),
      burst: fc.integer({ min: 1, max: 8 }),
    })
    const work = fc.array(
      fc.record({
        tenant: fc.integer({ min: 0, max: 2 }),
        integration: fc.constantFrom('a', 'b'),
        priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
        dueMs: fc.integer({ min: 0, max: 1_000_000 }),
      }),
      { minLength: 1, maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(
        work,
        fc.array(share, { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 1, max: 20 }),
        async (items, shares, max) => {
          await opened.reset()
          const queue = new PostgresCommandQueue(pools, systemClock)
          const commands = items.map(({ tenant, integration, priority, dueMs }, index) =>
            leadCommand(tenants[tenant]!, `${index}`, {
              integration,
              priority,
              dueAt: new Date(Date.UTC(2020, 0) + dueMs).toISOString(),
            }),
          )
          await opened.enqueue(...commands)
          const memory = new MemoryCommandQueue(systemClock)
          memory.enqueue(commands)
          const asked = async (tenantId: string): Promise<ClaimShare> => ({
            ...amplyShared,
            ...shares[tenants.indexOf(tenantId)],
            perSecond: 0.000_001,
          })
          const options = { daemonId: 'd', max, leaseMs: 60_000, share: asked }
          const claimed = await queue.claim(options)
          expect(perTenant(claimed)).to.deep.equal(perTenant(await memory.claim(options)))
        },
      ),
      { numRuns: 25 },
    )
  })

  const perTenant = (leased: readonly LeasedCommand[]): object =>
    Object.fromEntries(
      [...Map.groupBy(leased, ({ command }) => command.tenantId)]
        .map(([tenantId, list]) => [tenantId, list.length] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    )

  let pools: ConstructorParameters<typeof PostgresCommandQueue>[0]
  let closePools: () => Promise<void>
  before(() => {
    const [app, relay] = [poolOf(opened.test, 'neuronx_app', 4), poolOf(opened.test, 'neuronx_relay', 4)]
    pools = { app, relay }
    closePools = async () => {
      await app.end()
      await relay.end()
    }
  })
  after(async () => closePools())

  it('keeps two daemons together to the rate, tokens taken ahead included', async () => {
    const daemons = [
      new PostgresCommandQueue(pools, systemClock),
      new PostgresCommandQueue(pools, systemClock),
    ]
    const tenantId = (await createTenant(opened.database)).id
    await opened.enqueue(...Array.from({ length: 120 }, (_, index) => leadCommand(tenantId, `${index}`)))
    // At 500 a second a claim takes 50 tokens ahead; of a burst of 60 the two get no more than what fills up meanwhile.
    const limits = { perSecond: 500, burst: 60 }
    await claimSome(daemons[0]!, 1, limits)
    await querySuperuser(opened.test, `update dispatch_gate set tokens_at = now() + interval '1 hour'`)
    const [gate] = await querySuperuser<{ tokens: number }>(opened.test, 'select tokens from dispatch_gate')
    expect(gate?.tokens, 'taken in advance').to.equal(10)
    let total = 1
    for (let round = 0; round < 10; round += 1) {
      const claims = await Promise.all(daemons.map(async (daemon) => claimSome(daemon, 7, limits)))
      total += claims.flat().length
    }
    expect(total).to.be.at.most(60)
    expect(total).to.be.at.least(11)
  })

  const reopened: ReadonlyArray<readonly [string, (tenant: Tenant) => Promise<unknown>]> = [
    [
      'a new secret',
      async (tenant) => {
        const sealed = {
          ciphertext: Buffer.from('c'),
          nonce: Buffer.from('n'),
          tag: Buffer.from('t'),
          keyId: 'k',
          dataKeyId: null,
        }
        return opened.database.stores.secrets.put(tenant.id, 's', sealed, testActor, null)
      },
    ],
    [
      'a new configuration',
      async (tenant) =>
        opened.database.stores.revisions.apply(
          [{ scope: { level: 'tenant', tenant: tenant.slug }, digest: sha256Hex('empty'), documents: [] }],
          { directory: 'config', repository: null, commit: null, author: null },
          testActor,
          null,
        ),
    ],
  ]
  for (const [what, change] of reopened) {
    it(`opens a gate that refused credentials have shut after ${what}, with one probe`, async () => {
      const queue = opened.database.stores.commands
      const [tenant, other] = [await createTenant(opened.database), await createTenant(opened.database)]
      for (const { id } of [tenant, other])
        await opened.enqueue(...['1', '2', '3'].map((lead) => leadCommand(id, lead)))
      const refused = reported({ health: 'credentials', reason: 'NX-CALL-CREDENTIALS' })
      await queue.settle(allReporting(await claimSome(queue, 10), retryIn(0, false), refused))
      expect(await queue.nextDueMs()).to.be.above(10_000)
      await change(tenant)
      expect(await queue.nextDueMs()).to.be.within(0, 1_000)
      await querySuperuser(
        opened.test,
        `update dispatch_gate set not_before = now() where not_before < now() + interval '2 s'`,
      )
      const probes = await claimSome(queue, 10)
      expect(probes.map(({ command, probe }) => [command.tenantId, probe])).to.deep.equal([[tenant.id, true]])
    })
  }

  it('reads no more rows for a claim when 20,000 commands wait behind one that is in doubt', async function () {
    this.timeout(60_000)
    const tenantId = (await createTenant(opened.database)).id
    await opened.enqueue(
      leadCommand(tenantId, 'hot'),
      ...['a', 'b'].map((lead) => leadCommand(tenantId, lead)),
    )
    const visited = async (): Promise<number> => {
      const values = [[tenantId], ['sink'], [10], [1e5], [1e5], [1], [0], [100], [0], 10, 'd', 1]
      const plan = await explain(claim.text, values)
      return rowsOf(plan)
    }
    const before = await visited()
    await querySuperuser(
      opened.test,
      `update command_lane set state = 'in_doubt', owner = null, lease_until = null where lane_key like '%hot'`,
    )
    await querySuperuser(
      opened.test,
      `insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, repeatable)
       select gen_random_uuid(), (select lane_key from command_lane where lane_key like '%hot'), $1, 'sink', 1, 'waiting',
         now() - interval '1 hour', true from generate_series(1, 20000)`,
      [tenantId],
    )
    expect(await visited()).to.be.at.most(before)
    expect((await claimSome(opened.database.stores.commands, 10)).length).to.equal(2)
  })

  /** The plan that the relay's pool makes of it, with the rows that each node has really read. Nothing is kept. */
  async function explain(text: string, values: readonly unknown[]): Promise<PlanNode> {
    const client = await pools.relay.connect()
    try {
      await client.query('begin')
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, format json, timing off) ${text}`,
        [...values],
      )
      await client.query('rollback')
      return rows[0]!['QUERY PLAN'][0].Plan
    } finally {
      client.release()
    }
  }
})

interface PlanNode {
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

function rowsOf(node: PlanNode): number {
  const own =
    ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) *
    Math.max(1, node['Actual Loops'] ?? 1)
  return own + (node.Plans ?? []).reduce((sum, child) => sum + rowsOf(child), 0)
}
