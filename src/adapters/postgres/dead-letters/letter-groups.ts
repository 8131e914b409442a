import type pg from 'pg'
import type { DeadLetterStatus } from '../../../messaging/dead-letters/dead-letter.ts'
import type { DeadLetterGroup } from '../../../platform/dead-letters/dead-letter-operations.ts'
import { run } from '../connection/transaction.ts'

/** Added up from the index alone; only the newest letter of each group that is shown is looked at. */
const groups = {
  name: 'letter_groups',
  text: `
select g.fingerprint, n.class, n.code, n.integration, n.cause, n.reason as sample, n.id as "sampleId", g.open, g.total,
  g.first_at as "firstAt", g.last_at as "lastAt"
from (
  select fingerprint, count(*) as total, count(*) filter (where status = 'open') as open, min(created_at) as first_at,
    max(created_at) as last_at
  from dead_letter
  where tenant_id = $1 and ($2::timestamptz is null or created_at >= $2) and ($3::text is null or status = $3)
  group by fingerprint order by max(created_at) desc, fingerprint limit $4
) g
cross join lateral (
  select id, class, code, integration, cause, reason from dead_letter d
  where d.tenant_id = $1 and d.fingerprint = g.fingerprint order by d.created_at desc, d.id desc limit 1) n
order by g.last_at desc, g.fingerprint`,
}

/** The most groups of one answer. */
const groupsMax = 500

/** Letters with the same trouble, by last occurrence, newest first. */
export async function letterGroups(
  client: pg.ClientBase,
  tenantId: string,
  filter: { readonly since?: string; readonly status?: DeadLetterStatus; readonly max: number },
): Promise<readonly DeadLetterGroup[]> {
  const { since = null, status = null, max } = filter
  return run<DeadLetterGroup>(client, groups, [
    tenantId,
    since,
    status,
    Math.min(Math.max(1, max), groupsMax),
  ])
}
