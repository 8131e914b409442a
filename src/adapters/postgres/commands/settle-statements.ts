import { commandColumns } from './command-row.ts'

/** The attempts that still hold their lease, locked in lane order. */
export const lockLeased = {
  name: 'settle_lock',
  text: `
select l.command_id, l.run_lease::text as run_lease
from (
  select k.n, k.lane_key from unnest($1::uuid[]) x(command_id)
  cross join lateral (select n, lane_key from command_lane l where l.command_id = x.command_id limit 1) k order by k.lane_key
) k
cross join lateral (select * from command_lane l where l.n = k.n and l.state = 'leased' limit 1 for update) l`,
}

export const removeLanes = {
  name: 'settle_remove',
  text: 'delete from command_lane where command_id = any($1::uuid[]) returning lane_key',
}

/**
 * The next of each lane. A statement after the one that removed the head: a queuer that held the head still has committed
 * by then, and what it queued must be seen.
 */
export const promote = {
  name: 'settle_promote',
  text: `
update command_lane set state = 'ready' where n in (
  select w.n from unnest($1::text[]) k(lane_key) cross join lateral (
    select n from command_lane l where l.lane_key = k.lane_key and l.state = 'waiting' order by n limit 1) w)`,
}

export const insertOutcomes = {
  name: 'settle_outcomes',
  text: `
insert into command_outcome (command_id, tenant_id, state, attempts, run_lease, error, result, duration_ms)
select command_id, tenant_id, state, attempts, run_lease, error, result, duration_ms
from json_to_recordset($1::json) as x(command_id uuid, tenant_id uuid, state text, attempts integer, run_lease bigint,
  error jsonb, result jsonb, duration_ms integer)`,
}

export const insertAttempts = {
  name: 'settle_attempts',
  text: `
insert into command_attempt (command_id, run_lease, tenant_id, attempt, error, duration_ms)
select command_id, run_lease, tenant_id, attempt, error, duration_ms
from json_to_recordset($1::json) as x(command_id uuid, run_lease bigint, tenant_id uuid, attempt integer, error jsonb,
  duration_ms integer)`,
}

/** Letters whose replay has ended: well, or with a letter of its own. */
export const resolveReplayed = {
  name: 'settle_resolve',
  text: `
update dead_letter set status = 'resolved'
where tenant_id = any($1::uuid[]) and command_id = any($2::uuid[]) and status = 'replaying'`,
}

export const retryLater = {
  name: 'settle_retry',
  text: `
update command_lane l
set state = 'ready', next_attempt_at = clock_timestamp() + x.delay_ms * interval '1 ms', attempt = l.attempt - x.give_back,
  owner = null, lease_until = null, sent_at = null
from json_to_recordset($1::json) as x(command_id uuid, delay_ms double precision, give_back integer)
where l.command_id = x.command_id`,
}

export const putInDoubt = {
  name: 'settle_in_doubt',
  text: `update command_lane set state = 'in_doubt', owner = null, lease_until = null where command_id = any($1::uuid[])`,
}

export const markSent = {
  name: 'mark_sent',
  text: `
update command_lane l set sent_at = clock_timestamp()
from unnest($1::uuid[], $2::bigint[]) as x(command_id, run_lease)
where l.command_id = x.command_id and l.run_lease = x.run_lease and l.state = 'leased' and l.lease_until > clock_timestamp()
returning l.command_id`,
}

/** Found across tenants; looked at again, locked, in the transaction of their tenants. */
export const findExpired = {
  name: 'recover_find',
  text: `
select command_id, tenant_id from command_lane
where state = 'leased' and lease_until < clock_timestamp() order by lease_until limit $1`,
}

export const lockExpired = {
  name: 'recover_lock',
  text: `
select l.run_lease::text as run_lease, l.attempt, l.first_attempt_at, l.sent_at, ${commandColumns}
from unnest($1::uuid[]) x(command_id) join command_lane l on l.command_id = x.command_id join command c on c.id = l.command_id
where l.state = 'leased' and l.lease_until < clock_timestamp()
order by l.lane_key for update of l skip locked`,
}

export const closeGate = {
  name: 'park',
  text: `
insert into dispatch_gate as g (tenant_id, integration, not_before, reason)
values ($1, $2, clock_timestamp() + $3 * interval '1 ms', $4)
on conflict (tenant_id, integration) do update
  set not_before = greatest(g.not_before, excluded.not_before), reason = excluded.reason`,
}
