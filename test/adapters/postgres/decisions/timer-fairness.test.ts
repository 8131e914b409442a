import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

/** Rows of each kind: $1 tenant, $2 entity keys begin so, $3 how many, $4 how many seconds ago they fell due. */
const kinds = {
  workflow: `
with made as (
  insert into workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars, started_by,
    started_at, correlation_id, steps)
  select gen_random_uuid(), $1, 'default/lead/' || $2 || n, 1, 'w', 'd', 'waiting', '{}', 1, '{}', gen_random_uuid(), now(), 'c', 1
  from generate_series(1, $3) n
  returning *)
insert into workflow_timer (tenant_id, entity_key, instance_id, shard, seq, wake_at)
select tenant_id, entity_key, id, shard, seq, now() - $4 * interval '1 s' from made`,
  rule: `
insert into rule_wait (id, tenant_id, entity_key, shard, rule, kind, due_at, event, correlation_id, fire_at)
select gen_random_uuid(), $1, 'default/lead/' || $2 || n, 1, 'r/a', 'absence', now(), jsonb_build_object('id', gen_random_uuid()), 'c',
  now() - $4 * interval '1 s' from generate_series(1, $3) n`,
  task: `
insert into task (tenant_id, entity_key, workspace, id, shard, status, rung, correlation_id, opened_by, next_at)
select $1, 'default/task/' || $2 || n, 'default', $2 || n, 1, 'open', 0, 'c', gen_random_uuid(),
  now() - $4 * interval '1 s' from generate_series(1, $3) n`,
  score: `
insert into score_timer (tenant_id, entity_key, model, shard, fire_at)
select $1, 'default/lead/' || $2 || n, 'm', 1, now() - $4 * interval '1 s' from generate_series(1, $3) n`,
}
type Kind = keyof typeof kinds

describe('timers of a tenant beside a burst of another', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  beforeEach(async () => {
    opened = await openTestDatabase()
  })
  afterEach(async () => opened.close())

  /** Timers that fell due so many seconds ago, of a tenant of their own. */
  async function due(kind: Kind, name: string, count: number, secondsAgo: number): Promise<string> {
    const { id } = await createTenant(opened.database)
    await querySuperuser(opened.test, kinds[kind], [id, name, count, secondsAgo])
    return id
  }

  const firedOf = async (tenantId: string): Promise<number> =>
    (await querySuperuser(opened.test, 'select 1 from event_log where tenant_id = $1', [tenantId])).length

  for (const kind of Object.keys(kinds) as Kind[]) {
    it(`fire in the same round: ${kind}`, async () => {
      const burst = await due(kind, 'b', 100, 600)
      const one = await due(kind, 'o', 1, 1)
      expect(await opened.database.stores.timers.fireDue([1], 10)).to.equal(10)
      expect([await firedOf(burst), await firedOf(one)]).to.deep.equal([9, 1])
    })
  }

  it('have their turn when the burst is of another kind: in as many rounds as there are kinds', async () => {
    await due('workflow', 'b', 100, 600)
    const ones = await Promise.all((['rule', 'task', 'score'] as const).map((kind) => due(kind, 'o', 10, 1)))
    for (const _kind of Object.keys(kinds)) await opened.database.stores.timers.fireDue([1], 10)
    expect(await Promise.all(ones.map(firedOf))).to.deep.equal([10, 10, 10])
  })

  it('never overtake an older one of their own entity', async () => {
    const { id } = await createTenant(opened.database)
    for (const secondsAgo of [900, 600, 1])
      await querySuperuser(opened.test, kinds.rule, [id, 'e', 1, secondsAgo])
    await due('rule', 'b', 100, 800)
    await opened.database.stores.timers.fireDue([1], 2)
    const left = await querySuperuser<{ ago: number }>(
      opened.test,
      `select extract(epoch from now() - fire_at)::integer as ago from rule_wait
       where tenant_id = $1 and fire_at is not null order by fire_at`,
      [id],
    )
    expect(left.map(({ ago }) => Math.round(ago / 100))).to.deep.equal([6, 0])
  })
})
