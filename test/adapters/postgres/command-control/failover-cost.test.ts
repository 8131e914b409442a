import { expect } from 'chai'
import {
  shutGates,
  stuckBehind,
  takeMoves,
} from '../../../../src/adapters/postgres/command-control/failover-statements.ts'
import { refused } from '../../../../src/adapters/postgres/command-control/postgres-refused-gates.ts'
import { querySuperuser } from '../../../support/database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { shutGate, textMessage } from './failover-setup.ts'

/** Every daemon asks these every two seconds. */
describe('what failover reads of a queue with many commands', () => {
  let opened: TestQueue
  let tenantId: string
  before(async () => {
    opened = await openTestQueue()
    tenantId = (await createTenant(opened.database)).id
    await opened.enqueue(textMessage(tenantId, 'one'))
    await shutGate(opened)
    await querySuperuser(opened.test, fill(tenantId))
    await querySuperuser(opened.test, 'analyze command_lane, command_attempt, dispatch_gate')
  })
  after(async () => opened.close())

  const asked: readonly [string, string, readonly string[]][] = [
    ['gates that are shut', shutGates.text, ['00000000-0000-0000-0000-000000000000', '', '50']],
    ['commands behind one', stuckBehind.text, ['TENANT', 'first', '-1', '-infinity', '0', '100']],
    [
      'gates that refuse credentials',
      refused.text,
      ['6000', '00000000-0000-0000-0000-000000000000', '', '50'],
    ],
    ['commands to be moved', takeMoves.text, ['[]']],
  ]
  for (const [what, text, values] of asked)
    it(`finds ${what} by an index`, async () => {
      const literals = values.map((value) => `'${value === 'TENANT' ? tenantId : value}'`)
      const bound = text.replaceAll(/\$(\d)/g, (_, n: string) => literals[Number(n) - 1]!)
      const rows = await querySuperuser<{ 'QUERY PLAN': string }>(opened.test, `explain (costs off) ${bound}`)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).to.not.match(/Seq Scan on command_(lane|attempt)/)
      expect(plan).to.not.contain('hashed SubPlan')
    })
})

/** Ready commands and tried ones, and gates that are shut with nothing behind them. */
function fill(tenantId: string): string {
  return `set session_replication_role = replica;
insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, repeatable, run_lease)
select gen_random_uuid(), 'lane' || g, '${tenantId}', 'first', 1, 'ready', now(), false, 0 from generate_series(1, 20000) g;
insert into command_attempt (command_id, run_lease, tenant_id, attempt, error, duration_ms)
select gen_random_uuid(), 1, '${tenantId}', 1, '{}', 1 from generate_series(1, 20000);
insert into dispatch_gate (tenant_id, integration, breaker, not_before, shut_since, reason, tokens)
select tenant_id, 'idle' || n, breaker, now() + interval '1 hour', shut_since, reason, tokens from dispatch_gate, generate_series(1, 5) n`
}
