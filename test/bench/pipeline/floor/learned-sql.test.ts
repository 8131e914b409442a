import { expect } from 'chai'
import { openFloorPools } from '../../../../bench/pipeline/floor/floor-database.ts'
import { floorDaemonId, learnSql } from '../../../../bench/pipeline/floor/learned-sql.ts'
import { NxError } from '../../../../src/kernel/errors.ts'
import { shardCount } from '../../../../src/messaging/events/entity-key.ts'
import { openTestDatabase } from '../../../support/database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

/** Every statement that bench/pipeline/floor sends; the ones it takes rows from, too. */
const statements = [
  'take_inbox_keys',
  'append_events',
  'outbox_unpublished',
  'outbox_advance',
  'shard_hold',
  'entity_lock',
  'instance_waiting',
  'entity_insert',
  'decision_insert',
  'insert_commands',
  'lane_hold_heads',
  'lane_insert_heads',
  'claim_pairs',
  'claim',
  'settle_lock',
  'settle_remove',
  'settle_promote',
  'settle_outcomes',
]

/** Sent once for an integration, not for every command: learning it is enough. */
const onlyOnce = ['claim_make_gates']

describe('the floor of the pipeline benchmark', () => {
  async function setup() {
    const { database, test, close } = await openTestDatabase()
    const pools = openFloorPools(test.url)
    const { id: tenantId } = await createTenant(database)
    const owner = { daemonId: floorDaemonId, host: 'test', version: '0', leaseMs: 60_000 }
    const leases = await database.stores.shardLeases.heartbeat(owner)
    return {
      pools,
      tenantId,
      leases,
      [Symbol.asyncDispose]: async () => {
        await Promise.all([pools.app.end(), pools.relay.end()])
        await close()
      },
    }
  }

  it('learns every statement it sends from the stores of neuronx', async () => {
    await using bench = await setup()
    expect(bench.leases).to.have.length(shardCount)
    const sql = await learnSql(bench.pools, bench.tenantId, bench.leases)
    expect(statements.filter((name) => !sql.names.includes(name))).to.deep.equal([])
    expect(sql.names.filter((name) => ![...statements, ...onlyOnce].includes(name))).to.deep.equal([])
  })

  it('takes the result of a command as the second row that goes into the log', async () => {
    await using bench = await setup()
    const sql = await learnSql(bench.pools, bench.tenantId, bench.leases)
    expect(sql.row('append_events')['type']).to.equal('lead.created')
    expect(sql.row('append_events', 1)).to.include({ type: 'command.succeeded', routed: false })
  })

  it('refuses to send a statement that the stores did not send', async () => {
    await using bench = await setup()
    const sql = await learnSql(bench.pools, bench.tenantId, bench.leases)
    const outcome: unknown = await sql.run(bench.pools.app, 'select_one', []).catch((error: unknown) => error)
    expect(outcome).to.be.instanceOf(NxError).and.have.property('code', 'NX-BENCH-FLOOR')
  })
})
