import { expect } from 'chai'
import type pg from 'pg'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { inTenants } from '../../../src/adapters/postgres/connection/transaction.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { createTenant } from '../../support/stores/tenants.ts'
import { poolOf } from '../../support/stores/owned-database.ts'

/** Tables that hold nothing of any tenant. A new table must be put here on purpose, or be isolated. */
const withoutTenants = [
  'base_walk',
  'config_source',
  'daemon',
  'directory_version',
  'migration',
  'migration_lock',
  'reconcile_cursor',
  'cluster',
  'outbox_pause',
  'schema_floor',
  'relay_cursor',
  'rollout_ack',
  'shard',
]

/** Rows of a tenant, by table; `$1` the tenant. Every isolated table has an entry, or the enumerating test fails. */
const samples: Readonly<Record<string, string>> = {
  active_revision: `insert into active_revision (tenant_id, revision_id, activated_by) select $1, id, 'x' from revision where tenant_id = $1`,
  alert: `insert into alert (id, tenant_id, code, subject, severity, title, detail, fix) values (gen_random_uuid(), $1, 'NX-ALERT-X', 's', 'info', 't', 'd', 'f')`,
  alert_notice: `insert into alert_notice (alert_id, route, occurrence, tenant_id) select id, 'r', 'raised', $1 from alert where tenant_id = $1`,
  api_token: `insert into api_token (id, tenant_id, workspace, role, hash) values (gen_random_uuid(), $1, 'default', 'viewer', sha256(gen_random_uuid()::text::bytea))`,
  audit_log: `insert into audit_log (tenant_id, actor, action, target) values ($1, 'a', 'b', 'c')`,
  command: `insert into command values (gen_random_uuid(), $1, 'default', 'default/lead/1', gen_random_uuid(), gen_random_uuid(), 'c', 0, 'x', null, 'sink', 'hit', '{}', 'k', 1, true, now(), false, null)`,
  command_attempt: `insert into command_attempt (command_id, run_lease, tenant_id, attempt, error, duration_ms) values (gen_random_uuid(), 1, $1, 1, '{}', 1)`,
  command_lane: `insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, repeatable) values (gen_random_uuid(), $1::uuid::text, $1, 'sink', 1, 'waiting', now(), true)`,
  command_outcome: `insert into command_outcome (command_id, tenant_id, state, attempts, run_lease, duration_ms) values (gen_random_uuid(), $1, 'dead', 1, 1, 1)`,
  dead_letter: `insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, payload, fingerprint) values (gen_random_uuid(), $1, 'default', 'event', 'poison', 'c', 'r', '{}', 'f')`,
  config_plan: `insert into config_plan (id, tenant_id, digest, base, candidate, source, report, risk, created_by, expires_at) values (gen_random_uuid(), $1, repeat('a', 64), '[]', '[]', '{}', '{}', 'low', 'x', now())`,
  decision: `insert into decision (event_id, tenant_id, entity_key, entity_version, entity_seq, event_type, root_id, config_digest, changes, trace) values (gen_random_uuid(), $1, 'default/lead/1', 1, 1, 't', gen_random_uuid(), 'd', '[]', '{}')`,
  data_key: `insert into data_key (id, tenant_id, master_key_id, ciphertext, nonce, tag) values (gen_random_uuid(), $1, 'k', '', '', '')`,
  integration_credential: `insert into integration_credential (tenant_id, workspace, integration, binding) values ($1, 'default', 'ghl', 'b')`,
  dispatch_gate: `insert into dispatch_gate values ($1, 'sink', now(), 'r')`,
  document: `insert into document (tenant_id, digest, kind, name, body) values ($1, repeat('a', 64), 'k', 'n', '{}')`,
  entity: `insert into entity (tenant_id, entity_key, workspace, kind, id) values ($1, 'default/lead/1', 'default', 'lead', '1')`,
  entity_base: `insert into entity_base (tenant_id, entity_key, version, applied_seq, fields, scores, marks, made_from) values ($1, 'default/lead/1', 1, 1, '{}', '{}', '{}', 'fold')`,
  score_timer: `insert into score_timer (tenant_id, entity_key, model, shard, fire_at) values ($1, 'default/lead/1', 'm', 1, now())`,
  entity_head: `insert into entity_head values ($1, 'default/lead/1', 1)`,
  event_log: `insert into event_log (event_id, tenant_id, workspace, shard, entity_key, type, source, external_id, origin, data, headers, root_id) values (gen_random_uuid(), $1, 'default', 1, 'default/lead/1', 't', 's', 'e', 'external', '{}', '{}', gen_random_uuid())`,
  event_start: `insert into event_start (event_id, tenant_id, owner) values (gen_random_uuid(), $1, 'd')`,
  inbox: `insert into inbox values ($1, 's', 'e', 'd', gen_random_uuid(), now(), null)`,
  job: `insert into job (id, tenant_id, kind, options, actor) values (gen_random_uuid(), $1, 'dlq.replay', '{}', 'a')`,
  job_item: `insert into job_item (job_id, ord, tenant_id, target) select id, 1, $1, 't' from job where tenant_id = $1`,
  entity_rebuild: `insert into entity_rebuild (job_id, tenant_id, entity_key, version, applied_seq, fields, scores, marks) select id, $1, 'default/lead/1', 1, 1, '{}', '{}', '{}' from job where tenant_id = $1`,
  publish_trouble: `insert into publish_trouble (event_id, tenant_id, last_error) values (gen_random_uuid(), $1, 'e')`,
  quarantined_revision: `insert into quarantined_revision (id, tenant_id, digest, reason, by) values (gen_random_uuid(), $1, repeat('a', 64), 'r', 'x')`,
  reconcile_sighting: `insert into reconcile_sighting (tenant_id, source, object, sighting, changed_at, event_id, expires_at) values ($1, 's', 'contact/1', '{}', now(), gen_random_uuid(), now())`,
  reconcile_stream: `insert into reconcile_stream (tenant_id, workspace, integration, stream, shard, every_ms, webhooks, directory_version, wake_at) values ($1, 'default', 'ghl', 'contacts', 1, 60000, true, 1, now())`,
  rep_load: `insert into rep_load (tenant_id, workspace, team, rep) values ($1, 'default', 't', 'r')`,
  task: `insert into task (tenant_id, entity_key, workspace, id, shard, status, rung, correlation_id, opened_by) values ($1, 'default/task/1', 'default', '1', 1, 'open', 0, 'c', gen_random_uuid())`,
  team_rotation: `insert into team_rotation (tenant_id, workspace, team) values ($1, 'default', 't')`,
  revision: `insert into revision (id, tenant_id, digest, documents, source, created_by) values (gen_random_uuid(), $1, repeat('a', 64), '{}', '{}', 'x')`,
  revision_activation: `insert into revision_activation (tenant_id, revision_id, kind, by) select $1, id, 'apply', 'x' from revision where tenant_id = $1`,
  rollout: `insert into rollout (id, tenant_id, label, candidate_digest, policy, risk, state, state_name, weight, started_by) values ($1, $1, 'l', repeat('a', 64), '{}', 'low', '{}', 'step', 500, 'x')`,
  rollout_approval: `insert into rollout_approval (rollout_id, step, by, tenant_id, reason) values ($1, 1, 'x', $1, 'r')`,
  rollout_command: `insert into rollout_command (rollout_id, command_id, tenant_id, workspace, unit_key, step, arm, event_id) values ($1, gen_random_uuid(), $1, 'eu', 'u', 0, 'c', gen_random_uuid())`,
  rollout_config_error: `insert into rollout_config_error (rollout_id, event_id, tenant_id, document, code, message) values ($1, gen_random_uuid(), $1, 'd', 'c', 'm')`,
  rollout_count: `insert into rollout_count (rollout_id, step, tenant_id, arm) values ($1, 0, $1, 'c')`,
  rollout_scope: `insert into rollout_scope (rollout_id, tenant_id, baseline_revision_id, candidate_revision_id) select $1, $1, id, id from revision where tenant_id = $1 limit 1`,
  rollout_tally: `insert into rollout_tally (rollout_id, step, tenant_id, events, unassignable, both_failed) values ($1, 0, $1, 1, 0, 0)`,
  rollout_transition: `insert into rollout_transition (rollout_id, seq, tenant_id, from_state, to_state, transition, state) values ($1, 1, $1, 'a', 'b', '{}', '{}')`,
  rollout_unit: `insert into rollout_unit (rollout_id, step, tenant_id, workspace, unit_key, arm, entity_key) values ($1, 0, $1, 'eu', gen_random_uuid()::text, 'c', 'eu/lead/1')`,
  rule_breaker: `insert into rule_breaker (tenant_id, rule) values ($1, 'r/a')`,
  rule_wait: `insert into rule_wait (id, tenant_id, entity_key, shard, rule, kind, due_at, event, correlation_id) values (gen_random_uuid(), $1, 'default/lead/1', 1, 'r/a', 'absence', now(), '{}', 'c')`,
  schedule: `insert into schedule (tenant_id, workspace, name, shard, digest, timing, times, directory_version) values ($1, 'default', 's', 1, 'd', 't', 'every 1h', 1)`,
  schedule_run: `insert into schedule_run (id, tenant_id, workspace, schedule, due_at, cause, status) values (gen_random_uuid(), $1, 'default', 's', now(), 'due', 'done')`,
  secret: `insert into secret (tenant_id, name, version, ciphertext, nonce, tag, key_id) values ($1, 'n', 1, '', '', '', 'k')`,
  send_clearance: `insert into send_clearance (command_id, run_lease, tenant_id, relied_on) values (gen_random_uuid(), 1, $1, '{}')`,
  sent_message: `insert into sent_message (tenant_id, integration, message_id, command_id) values ($1, 'sms', 'm', gen_random_uuid())`,
  command_day: `insert into command_day (tenant_id, day) values ($1, current_date)`,
  send_slot: `insert into send_slot (tenant_id, entity_key, cap, command_id, priority, expires_at) values ($1, 'default/lead/1', 'c', gen_random_uuid(), 1, now())`,
  workflow_follow: `insert into workflow_follow (tenant_id, workspace, workflow) values ($1, 'default', 'w')`,
  workflow_instance: `insert into workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars, started_by, started_at, correlation_id, steps) values (gen_random_uuid(), $1, 'default/lead/1', 1, 'w', 'd', 'waiting', '{}', 1, '{}', gen_random_uuid(), now(), 'c', 1)`,
  workflow_timer: `insert into workflow_timer (tenant_id, entity_key, instance_id, shard, seq, wake_at) values ($1, 'default/lead/1', gen_random_uuid(), 1, 1, now())`,
}

describe('row-level security', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let app: pg.Pool
  let tenants: readonly [string, string]

  before(async () => {
    opened = await openTestDatabase()
    app = poolOf(opened.test, 'neuronx_app')
    tenants = [(await createTenant(opened.database)).id, (await createTenant(opened.database)).id]
    const order = [
      'document',
      'revision',
      ...Object.keys(samples).filter((name) => name !== 'document' && name !== 'revision'),
    ]
    for (const table of order)
      for (const tenant of tenants) await querySuperuser(opened.test, samples[table]!, [tenant])
  })
  after(async () => {
    await app.end()
    await opened.close()
  })

  const tables = async () =>
    querySuperuser<{
      name: string
      secured: boolean
      forced: boolean
      partition: boolean
      isolated: boolean
    }>(
      opened.test,
      `select c.relname as name, c.relrowsecurity as secured, c.relforcerowsecurity as forced, c.relispartition as partition,
         exists (select from pg_policies p where p.schemaname = 'neuronx' and p.tablename = c.relname
           and p.policyname = 'tenants_of_the_transaction') as isolated
       from pg_class c where c.relnamespace = 'neuronx'::regnamespace and c.relkind in ('r', 'p') order by 1`,
    )

  const grants = async (table: string, privilege: string) => {
    const [row] = await querySuperuser<{ granted: boolean }>(
      opened.test,
      `select case when $3 = 'DELETE' then has_table_privilege($1, $2, $3) else has_any_column_privilege($1, $2, $3) end as granted`,
      ['neuronx_app', `neuronx.${table}`, privilege],
    )
    return row?.granted === true
  }

  it('is on and forced on every table of the schema that is not on the short list', async () => {
    const rows = (await tables()).filter((row) => !withoutTenants.includes(row.name))
    expect(rows.length).to.be.above(40)
    expect(rows.filter((row) => !row.secured || !row.forced)).to.deep.equal([])
    const isolated = rows.filter((row) => !row.partition).map((row) => row.name)
    expect(isolated).to.deep.equal([...Object.keys(samples), 'tenant'].toSorted())
    expect(rows.filter((row) => !row.partition && !row.isolated)).to.deep.equal([])
    expect(
      rows.filter((row) => row.partition && row.isolated),
      'partitions let nothing through by themselves',
    ).to.deep.equal([])
  })

  it('shows nothing where no tenant is set, and only the tenants that are set', async () => {
    const [a, b] = tenants
    for (const table of [...Object.keys(samples), 'tenant']) {
      if (!(await grants(table, 'SELECT'))) continue
      const column = table === 'tenant' ? 'id' : 'tenant_id'
      const seen = async (visible: readonly string[]) =>
        inTenants(app, visible, async (client) => {
          const { rows } = await client.query<{ t: string }>(
            `select distinct ${column} as t from ${table} where ${column} is not null order by 1`,
          )
          return rows.map((row) => row.t)
        })
      expect(await seen([]), table).to.deep.equal([])
      expect(await seen([a]), table).to.deep.equal([a])
      expect(await seen([a, b]), table).to.deep.equal([a, b].toSorted())
      const bare = await app.query(`select from ${table} where ${column} is not null`)
      expect(bare.rowCount, `${table} outside a transaction`).to.equal(0)
    }
  })

  it('lets a tenant neither insert, change nor delete rows of another', async () => {
    const [a, b] = tenants
    for (const [table, insert] of Object.entries(samples)) {
      const failed = async (statement: string, values: readonly unknown[]) =>
        inTenants(app, [a], async (client) => client.query(statement, [...values]))
          .then((result) => result.rowCount === 0)
          .catch((error: Error) =>
            /row-level security|permission denied/.test(String((error.cause as Error).message)),
          )
      expect(await failed(insert, [b]), `insert into ${table}`).to.be.true
      if (await grants(table, 'DELETE'))
        expect(await failed(`delete from ${table} where tenant_id = $1`, [b]), `delete from ${table}`).to.be
          .true
      if (await grants(table, 'UPDATE')) {
        const { rows } = await app.query<{ column_name: string }>(
          `select column_name from information_schema.column_privileges
           where table_schema = 'neuronx' and table_name = $1 and privilege_type = 'UPDATE' order by 1`,
          [table],
        )
        const column = rows[0]!.column_name
        expect(
          await failed(`update ${table} set ${column} = ${column} where tenant_id = $1`, [b]),
          `update ${table}`,
        ).to.be.true
        if (rows.some((row) => row.column_name === 'tenant_id')) {
          const moved = await inTenants(app, [a], async (client) =>
            client.query(`update ${table} set tenant_id = $1`, [b]),
          ).then(
            () => false,
            (error: Error) => /row-level security/.test(String((error.cause as Error).message)),
          )
          expect(moved, `moving rows of ${table} to another tenant`).to.be.true
        }
      }
    }
  })

  it('cannot be got round through a partition or by changing the log', async () => {
    const [a] = tenants
    const refused = async (statement: string) =>
      inTenants(app, [a], async (client) => client.query(statement)).then(
        () => 'done',
        (error: Error) => String((error.cause as Error).message),
      )
    const [partition] = (await tables()).filter((row) => row.partition)
    expect(await refused(`select * from ${partition!.name}`)).to.contain('permission denied')
    expect(await refused('update event_log set data = data')).to.contain('permission denied')
    expect(await refused('delete from event_log')).to.contain('permission denied')
    expect(await refused('delete from audit_log')).to.contain('permission denied')
    expect(await refused('update decision set changes = changes')).to.contain('permission denied')
    expect(await refused('select * from api_token')).to.contain('permission denied')
  })

  it('leaves tokens, secrets and payloads out of the reach of the relay', async () => {
    const relay = poolOf(opened.test, 'neuronx_relay')
    try {
      for (const table of [
        'secret',
        'api_token',
        'dead_letter',
        'entity',
        'document',
        'audit_log',
        'command_outcome',
      ]) {
        const message = await relay.query(`select * from ${table}`).then(
          () => 'done',
          (error: Error) => error.message,
        )
        expect(message, table).to.contain('permission denied')
      }
    } finally {
      await relay.end()
    }
  })

  it('uses the index on the tenant, with the setting read once', async () => {
    const plan = await inTenants(app, [tenants[0]], async (client) => {
      await client.query('set local enable_seqscan = off')
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain select * from entity where entity_key = 'default/lead/1'`,
      )
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
    expect(plan).to.match(/InitPlan/)
    expect(plan).to.match(/Index Cond: .*tenant_id = ANY/)
  })
})
