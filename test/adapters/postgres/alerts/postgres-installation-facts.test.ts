import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { watchThresholds } from '../../../../src/platform/alerts/watch-thresholds.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import pg from 'pg'

describe('facts of an installation', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let tenant: string
  beforeEach(async () => {
    opened = await openTestDatabase()
    tenant = (await createTenant(opened.database)).id
  })
  afterEach(async () => opened.close())

  const facts = () => opened.database.stores.installation.facts(watchThresholds)
  const sql = (text: string, values: readonly unknown[] = []) => querySuperuser(opened.test, text, values)
  const lane = (state: string, key: string, times: { due?: string; sent?: string; first?: string } = {}) =>
    sql(
      `insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, sent_at,
         first_attempt_at, repeatable)
       values (gen_random_uuid(), $1, $2, $3, 1, $4, now() - $5::interval, now() - $6::interval, now() - $7::interval, true)`,
      [key, tenant, 'ghl', state, times.due ?? '0', times.sent ?? null, times.first ?? null],
    )
  const gate = (columns: { breaker?: string; reason?: string; shut?: string; ramp?: string }) =>
    sql(
      `insert into dispatch_gate (tenant_id, integration, not_before, reason, breaker, shut_since, ramp_from)
       values ($1, 'ghl', now(), $2, $3, now() - $4::interval, now() - $5::interval)`,
      [tenant, columns.reason ?? '', columns.breaker ?? 'closed', columns.shut ?? null, columns.ramp ?? null],
    )

  it('finds nothing in a fresh installation but that nobody owns a shard', async () => {
    const found = await facts()
    expect(found).to.deep.include({
      inDoubt: [],
      overdue: [],
      blockedHeads: [],
      letterGroups: [],
      closedGates: [],
      trippedRules: [],
      pausedJobs: [],
      outboxPauses: [],
      daemons: [],
      shardsOwned: [],
      oldestUnpublishedMs: null,
      ownCluster: true,
      truncated: [],
    })
    expect(found.partitionDaysAhead).to.be.at.least(13)
  })

  it('counts what has been in doubt for long, and leaves out what is new', async () => {
    await lane('in_doubt', 'a', { sent: '10 minutes' })
    await lane('in_doubt', 'b', { sent: '20 minutes' })
    await lane('in_doubt', 'c', { sent: '1 minute' })
    const [found, ...others] = (await facts()).inDoubt
    expect(others).to.deep.equal([])
    expect(found).to.include({ tenantId: tenant, integration: 'ghl', count: 2 })
    expect(found?.ageMs).to.be.within(20 * 60_000, 21 * 60_000)
  })

  it('finds commands that are long due while their gate is open', async () => {
    await lane('ready', 'a', { due: '10 minutes' })
    await lane('ready', 'b', { due: '10 seconds' })
    await lane('waiting', 'a', { due: '10 minutes' })
    expect((await facts()).overdue).to.have.length(1)
    expect((await facts()).overdue[0]).to.include({ integration: 'ghl', count: 1 })
  })

  it('does not call commands overdue behind a gate that is shut or has only just opened', async () => {
    await lane('ready', 'a', { due: '10 minutes', first: '2 hours' })
    await gate({ breaker: 'open', reason: 'NX-CALL-UNREACHABLE', shut: '7 minutes' })
    const shut = await facts()
    expect([shut.overdue, shut.blockedHeads]).to.deep.equal([[], []])
    expect(shut.closedGates[0]).to.include({ breaker: 'open', reason: 'NX-CALL-UNREACHABLE' })
    expect(shut.closedGates[0]?.shutMs).to.be.within(7 * 60_000, 8 * 60_000)
    await sql('update dispatch_gate set shut_since = null, ramp_from = now()')
    expect((await facts()).overdue).to.deep.equal([])
  })

  it('finds heads that have been tried for more than an hour', async () => {
    await lane('ready', 'a', { due: '-1 minute', first: '2 hours' })
    await lane('ready', 'b', { due: '-1 minute', first: '1 minute' })
    expect((await facts()).blockedHeads[0]).to.include({ integration: 'ghl', count: 1 })
  })

  it('groups open letters by tenant and fingerprint', async () => {
    const letter = (fingerprint: string, status: string) =>
      sql(
        `insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, integration, payload, fingerprint, status)
         values (gen_random_uuid(), $1, 'default', 'command', 'permanent', 'NX-CALL-REFUSED', 'r', 'ghl', '{}', $2, $3)`,
        [tenant, fingerprint, status],
      )
    await letter('fp_a', 'open')
    await letter('fp_a', 'open')
    await letter('fp_a', 'resolved')
    await letter('fp_b', 'open')
    await letter('fp_c', 'discarded')
    await sql(
      `update dead_letter set created_at = now() - interval '61 minutes'
       where id = (select min(id::text)::uuid from dead_letter where fingerprint = 'fp_a' and status = 'open')`,
      [],
    )
    const { letterGroups } = await facts()
    expect(
      letterGroups.map(({ fingerprint, count, lastHour }) => [fingerprint, count, lastHour]),
    ).to.deep.equal([
      ['fp_a', 2, 1],
      ['fp_b', 1, 1],
    ])
    expect(letterGroups[0]).to.include({ tenantId: tenant, code: 'NX-CALL-REFUSED', integration: 'ghl' })
  })

  it('names the process behind the fence', async () => {
    const holder = new pg.Client({
      connectionString: opened.test.superuserUrl,
      application_name: 'nightly-report',
    })
    await holder.connect()
    const before = await facts()
    try {
      // As `db migrate` does where the owner may; roles belong to the cluster, so it is taken back.
      await sql('grant pg_read_all_stats to neuronx_relay')
      await holder.query('begin')
      const { rows } = await holder.query<{ pid: number }>(
        'select pg_backend_pid() as pid, pg_current_xact_id()',
      )
      const { fence } = await facts()
      expect(fence).to.include({ pid: rows[0]!.pid, application: 'nightly-report' })
      expect((await facts()).fenceVisible).to.equal(true)
    } finally {
      await holder.end()
      if (!before.fenceVisible) await sql('revoke pg_read_all_stats from neuronx_relay')
    }
  })

  it('tells how old the oldest unpublished event is, paused shards left out', async () => {
    await sql(
      `insert into event_log (event_id, tenant_id, workspace, shard, entity_key, entity_seq, type, source, external_id, origin,
         data, headers, root_id, created_at)
       values (gen_random_uuid(), $1, 'default', 3, 'default/lead/1', 1, 't', 's', 'e', 'external', '{}', '{}',
         gen_random_uuid(), now() - interval '5 minutes')`,
      [tenant],
    )
    expect((await facts()).oldestUnpublishedMs).to.be.within(5 * 60_000, 6 * 60_000)
    await sql(`insert into outbox_pause (shards, actor, reason) values ('{3}', 'local:x', 'maintenance')`)
    const paused = await facts()
    expect(paused.oldestUnpublishedMs).to.equal(null)
    expect(paused.outboxPauses[0]).to.deep.include({ shards: [3], by: 'local:x', reason: 'maintenance' })
  })

  it('shows live daemons with their loops and their health, and no dead ones', async () => {
    await opened.database.stores.shardLeases.heartbeat({
      daemonId: 'd1',
      host: 'h1',
      version: '1.0.0',
      leaseMs: 60_000,
      stats: { loops: { relay: 0.5, timers: null } },
    })
    const health = { skewMs: 5, disk: null, repaired: { events: 0, lastAt: null }, refused: [] }
    await opened.database.stores.installation.report('d1', health)
    await sql(
      `insert into daemon (id, host, version, heartbeat_at, lease_ms) values ('d2', 'h2', '1.0.0', now() - interval '1 hour', 9000)`,
    )
    const { daemons, shardsOwned } = await facts()
    expect(daemons.map(({ id }) => id)).to.deep.equal(['d1'])
    expect(daemons[0]).to.deep.include({ loopAgesMs: { relay: 500, timers: null }, health })
    expect(shardsOwned).to.have.length(64)
  })

  it('reports jobs that paused themselves, not those that a person paused', async () => {
    const job = (itself: boolean) =>
      sql(
        `insert into job (id, tenant_id, kind, status, options, actor, paused_because, paused_itself)
         values (gen_random_uuid(), $1, 'dlq.replay', 'paused', '{}', 'local:x', 'half of them failed', $2)`,
        [tenant, itself],
      )
    await job(true)
    await job(false)
    const { pausedJobs } = await facts()
    expect(pausedJobs.map(({ tenantId, because }) => [tenantId, because])).to.deep.equal([
      [tenant, 'half of them failed'],
    ])
  })

  it('notices that the log comes from another cluster', async () => {
    await sql(`update cluster set system_identifier = '1'`)
    expect((await facts()).ownCluster).to.equal(false)
  })
})
