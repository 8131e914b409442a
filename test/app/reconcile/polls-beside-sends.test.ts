import { expect } from 'chai'
import { BudgetedReader } from '../../../src/adapters/connectors/reading/budgeted-reader.ts'
import { parked } from '../../../src/adapters/connectors/calls/failures.ts'
import type { PageAnswer } from '../../../src/adapters/connectors/calls/read-page.ts'
import * as sql from '../../../src/adapters/postgres/reconcile/reconcile-statements.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { CallReport } from '../../../src/messaging/commands/gate.ts'
import { querySuperuser } from '../../support/database.ts'
import { createTenant } from '../../support/stores/tenants.ts'
import { openTestQueue } from '../../support/stores/test-queue.ts'
import type { TestQueue } from '../../support/stores/test-queue.ts'
import { ReconcileHarness } from './reconcile-harness.ts'

const limits = { perSecond: 1_000, burst: 1_000, concurrency: 8 }

function failure(report: CallReport | undefined, retryAfterMs: number | null = null): PageAnswer {
  const error = { code: 'NX-CALL-FAILED', message: 'No', status: null, answer: null }
  return {
    state: 'failed',
    outcome: { state: 'retryable', error, retryAfterMs, ...(report === undefined ? {} : { report }) },
  } as PageAnswer
}

describe('polls beside the messages of the same integration', function () {
  this.timeout(60_000)
  let opened: TestQueue
  let tenantId: string
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())
  beforeEach(async () => {
    await opened.reset()
    tenantId = (await createTenant(opened.database)).id
  })

  const asked = () => ({
    tenantId,
    workspace: 'default',
    integration: 'ghl',
    operation: 'list',
    input: {},
    since: null,
  })
  async function gate(): Promise<{ breaker: string; shut: boolean; ahead: boolean; failures: number }> {
    const [row] = await querySuperuser<{ breaker: string; shut: boolean; ahead: boolean; failures: number }>(
      opened.test,
      `select breaker, shut_since is not null as shut, not_before > now() as ahead, failures::integer as failures
       from dispatch_gate where tenant_id = '${tenantId}'`,
    )
    return row!
  }

  it('reads that are refused or fail shut nothing; what the vendor says of its budget holds for both', async () => {
    let report: CallReport = { health: 'credentials', pauseMs: null, reason: 'NX-CALL-AUTH', remaining: null }
    const reader = new BudgetedReader({
      executor: { limits: async () => limits, readPage: async () => failure(report) },
      budget: opened.database.stores.readBudget,
      logger: silentLogger,
    })
    const read = async () => await reader.readPage(asked(), new AbortController().signal)
    for (let at = 0; at < 30; at += 1) {
      await read()
      report = { ...report, health: at % 2 === 0 ? 'down' : 'credentials', remaining: 500 }
    }
    expect(await gate()).to.deep.equal({ breaker: 'closed', shut: false, ahead: false, failures: 0 })
    report = { health: 'up', pauseMs: 60_000, reason: 'NX-CALL-RATE-LIMITED', remaining: null }
    await read()
    expect(await gate()).to.deep.include({ breaker: 'closed', ahead: true })
    const shut = await read()
    expect(shut.state === 'failed' && shut.outcome).to.have.nested.property('error.code', 'NX-READ-SHUT')
  })

  it('gives reads no probe, and lets none of them open what sends have shut', async () => {
    const { readBudget } = opened.database.stores
    await readBudget.take(tenantId, 'ghl', limits)
    const shutAt = async (at: string) =>
      await querySuperuser(
        opened.test,
        `update dispatch_gate set breaker = 'open', shut_since = now() - interval '1 hour', reason = 'NX-X', not_before = ${at}`,
      )
    await shutAt(`now() - interval '1 second'`)
    expect(await readBudget.take(tenantId, 'ghl', limits)).to.include({ state: 'wait', reason: 'NX-X' })
    expect(await gate()).to.deep.include({ breaker: 'open', shut: true, ahead: false })
    // No command is there to try it: what is read then changes nothing of it.
    await shutAt(`now() - interval '2 minutes'`)
    expect(await readBudget.take(tenantId, 'ghl', limits)).to.deep.equal({ state: 'granted' })
    await readBudget.report(tenantId, 'ghl', { health: 'none', pauseMs: null, reason: null, remaining: 5 })
    expect(await gate()).to.deep.include({ breaker: 'open', shut: true, ahead: false })
  })

  it('does not wait within a turn for a vendor that fails, and comes back twice as late each time', async () => {
    const harness = new ReconcileHarness(opened.database, tenantId)
    await harness.sync(['contacts'])
    harness.fails = () => failure(undefined, 20_000)
    const waits: (number | null)[] = []
    for (let at = 0; at < 9; at += 1) waits.push((await harness.poll())!.end.wakeInMs)
    expect(harness.asked).to.have.length(9)
    expect(waits.slice(0, 4)).to.deep.equal([30_000, 60_000, 120_000, 240_000])
    expect(waits[8]).to.equal(3_600_000)
    harness.fails = null
    expect((await harness.poll())!.end).to.include({ error: null, wakeInMs: null })
    harness.fails = () => failure(undefined)
    expect((await harness.poll())!.end.wakeInMs).to.equal(30_000)
  })

  it('does not count as failures in a row the polls for which no call was made', async () => {
    const harness = new ReconcileHarness(opened.database, tenantId)
    await harness.sync(['contacts'])
    harness.fails = () => ({ state: 'failed', outcome: parked('NX-READ-SHUT', 'Shut', 3_600_000) })
    for (let at = 0; at < 12; at += 1) expect((await harness.poll())!.end.wakeInMs).to.equal(60_000)
    const [shut] = await opened.database.stores.reconcile.standings(tenantId)
    expect(shut).to.deep.include({ failures: 0, error: { code: 'NX-READ-SHUT', message: 'Shut' } })
    harness.fails = () => failure(undefined)
    for (const waitMs of [30_000, 60_000]) expect((await harness.poll())!.end.wakeInMs).to.equal(waitMs)
    harness.fails = () => ({ state: 'failed', outcome: parked('NX-READ-SHUT', 'Shut', 1) })
    await harness.poll()
    harness.fails = () => failure(undefined)
    expect((await harness.poll())!.end.wakeInMs).to.equal(120_000)
  })

  it('leaves everything of a stream as it is but its counts when something beside it is read', async () => {
    const harness = new ReconcileHarness(opened.database, tenantId)
    await harness.sync(['contacts'])
    const standing = async () => (await opened.database.stores.reconcile.standings(tenantId))[0]
    harness.fails = () => failure(undefined)
    await harness.poll()
    const before = await standing()
    expect(before).to.include({ failures: 1, found: 0 })
    const at = new Date().toISOString()
    harness.contacts.set('c', { id: 'c', dateAdded: at, dateUpdated: at })
    await harness.poll('contacts', false, at)
    expect(await standing()).to.deep.equal(before)
    harness.fails = null
    await harness.poll('contacts', false, at)
    expect(await standing()).to.deep.equal({ ...before, found: 1, missed: 1 })
  })

  it('says of a budget on the ramp when a read is granted', async () => {
    const { readBudget } = opened.database.stores
    const slow = { perSecond: 0.01, burst: 10 }
    await readBudget.take(tenantId, 'ghl', slow)
    await querySuperuser(
      opened.test,
      'update dispatch_gate set ramp_from = clock_timestamp(), tokens = 0.5, tokens_at = clock_timestamp()',
    )
    const permit = await readBudget.take(tenantId, 'ghl', slow)
    expect(permit.state === 'wait' && permit.waitMs).to.be.within(1, 50_000)
  })

  it('finds what is due, and when the next is, by an index', async () => {
    await querySuperuser(
      opened.test,
      `set session_replication_role = replica; delete from reconcile_stream;
insert into reconcile_stream (tenant_id, workspace, integration, stream, shard, every_ms, webhooks, directory_version, wake_at, lease_until)
select '${tenantId}', 'default', 'ghl' || n, 'contacts', n % 64, 60000, true, 1, now() + n * interval '1 second', now() + interval '1 day'
from generate_series(1, 20000) n;
analyze reconcile_stream`,
    )
    for (const { text } of [sql.due, sql.nextDue]) {
      const bound = text.replaceAll('$1', `'{1,2,3}'`).replaceAll('$2', '16')
      const rows = await querySuperuser<{ 'QUERY PLAN': string }>(opened.test, `explain (costs off) ${bound}`)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan)
        .to.contain('reconcile_stream_due')
        .and.not.match(/Seq Scan on reconcile_stream/)
    }
    // Under a lease until tomorrow, all of them.
    const ms = await opened.database.stores.reconcile.nextDueMs([1])
    expect(ms).to.be.greaterThan(80_000_000)
  })

  it('looks only at tenants whose documents ask for polls, and at those that have streams', async () => {
    const tenantOf = async (asks: object): Promise<string> => {
      const { id } = await createTenant(opened.database)
      const body = JSON.stringify({ connector: 'gohighlevel', ...asks })
      await querySuperuser(opened.test, `set session_replication_role = replica; ${revisionOf(id, body)}`)
      return id
    }
    const asks = await tenantOf({ reconcile: {} })
    const overlay = await tenantOf({ connector: undefined, reconcile: {} })
    const silent = [
      await tenantOf({}),
      await tenantOf({ reconcile: false }),
      await tenantOf({ reconcile: null }),
    ]
    const { reconcile } = opened.database.stores
    await new ReconcileHarness(opened.database, tenantId).sync(['contacts'])
    const found = (await reconcile.tenants(['gohighlevel'])).map(({ tenantId: id }) => id)
    expect(found).to.include.members([asks, overlay, tenantId])
    for (const id of silent) expect(found).to.not.include(id)
  })
})

/** A tenant's only revision: one document. */
function revisionOf(tenantId: string, body: string): string {
  const [digest, revision] = [newId().replaceAll('-', '').repeat(2), newId()]
  return `insert into document (tenant_id, digest, kind, name, body)
values ('${tenantId}', '${digest}', 'Integration', 'ghl', '${body}');
insert into revision (id, tenant_id, digest, documents, source, created_by)
values ('${revision}', '${tenantId}', '${digest}', array['${digest}'], '{}', 'test');
insert into active_revision (tenant_id, revision_id, activated_by) values ('${tenantId}', '${revision}', 'test')`
}
