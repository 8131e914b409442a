import { commandColumns } from './command-row.ts'

/** Rows `l` of commands (`$1`) together with the heads of the lanes (`$2`) that get a command more, locked in lane order. */
export const lockedInLaneOrder = `(
  select k.n, k.lane_key from unnest($1::uuid[]) x(command_id)
  cross join lateral (select n, lane_key from command_lane l where l.command_id = x.command_id limit 1) k
  union
  select k.n, k.lane_key from unnest($2::text[]) x(lane_key)
  cross join lateral (
    select n, lane_key from command_lane l
    where l.lane_key = x.lane_key and l.state in ('ready', 'leased', 'in_doubt') limit 1) k
  order by lane_key
) k
cross join lateral (select * from command_lane l where l.n = k.n limit 1 for update) l`

/** The attempts that still hold their lease. */
export const lockLeased = {
  name: 'settle_lock',
  text: `
select l.command_id, l.run_lease::text as run_lease from ${lockedInLaneOrder} where l.state = 'leased'`,
}

export const removeLanes = {
  name: 'settle_remove',
  text: 'delete from command_lane where command_id = any($1::uuid[]) returning lane_key, state',
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

/** One that is held back (`held`) again and again for the same reason has one row of it: it may wait for months. */
export const insertAttempts = {
  name: 'settle_attempts',
  text: `
insert into command_attempt (command_id, run_lease, tenant_id, attempt, error, duration_ms, untouched)
select command_id, run_lease, tenant_id, attempt, error, duration_ms, untouched
from json_to_recordset($1::json) as x(command_id uuid, run_lease bigint, tenant_id uuid, attempt integer, error jsonb,
  duration_ms integer, held boolean, untouched boolean)
where not held or error->>'code' is distinct from (
  select a.error->>'code' from command_attempt a where a.command_id = x.command_id order by a.run_lease desc limit 1)`,
}

/** Letters of doubts that are no more, and of replays that have ended. */
export const resolveLetters = {
  name: 'settle_resolve_letters',
  text: `
update dead_letter set status = 'resolved'
where tenant_id = $1 and command_id = $2 and (status = 'replaying' or (status = 'open' and class = 'in_doubt'))
returning id`,
}

/** Letters whose replay has ended, and how. */
export const resolveReplayed = {
  name: 'settle_resolve',
  text: `
update dead_letter set status = 'resolved', last_replay = last_replay || jsonb_build_object('outcome', $3::text)
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

/** As `release`, and not before so long. What was never tried has waited for nothing: `first_attempt_at` is as before. */
export const deferLater = {
  name: 'settle_defer',
  text: `
update command_lane l
set state = 'ready', next_attempt_at = clock_timestamp() + x.delay_ms * interval '1 ms', attempt = l.attempt - 1,
  owner = null, lease_until = null, sent_at = null,
  first_attempt_at = case when l.attempt <= 1 then null else l.first_attempt_at end
from json_to_recordset($1::json) as x(command_id uuid, delay_ms double precision)
where l.command_id = x.command_id`,
}

export const putInDoubt = {
  name: 'settle_in_doubt',
  text: `
update command_lane
set state = 'in_doubt', owner = null, lease_until = null, looks = 0, look_at = clock_timestamp() + $2 * interval '1 ms'
where command_id = any($1::uuid[])`,
}

/** As if it had not been claimed. The lease number stays spent: whoever held it can write nothing more. */
export const release = {
  name: 'release',
  text: `
update command_lane l
set state = 'ready', attempt = l.attempt - 1, owner = null, lease_until = null, sent_at = null,
  first_attempt_at = case when l.attempt <= 1 then null else l.first_attempt_at end
from unnest($1::uuid[], $2::bigint[]) as x(command_id, run_lease)
where l.command_id = x.command_id and l.run_lease = x.run_lease and l.state = 'leased'`,
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
where state = 'leased' and lease_until < statement_timestamp() order by lease_until limit $1`,
}

export const lockExpired = {
  name: 'recover_lock',
  text: `
select l.run_lease::text as run_lease, l.attempt, l.first_attempt_at, l.sent_at, ${commandColumns}
from unnest($1::uuid[]) x(command_id) join command_lane l on l.command_id = x.command_id join command c on c.id = l.command_id
where l.state = 'leased' and l.lease_until < clock_timestamp()
order by l.lane_key for update of l skip locked`,
}

/**
 * Heads that fell due `$2` ms ago behind a gate that has been shut for as long and is shut now, `$1` at most. Behind one whose
 * time is over they are tried first: perhaps only nobody was there to call.
 */
export const findForgotten = {
  name: 'give_up_find',
  text: `
select l.command_id, l.tenant_id
from dispatch_gate g
cross join (values (0::smallint), (1::smallint), (2::smallint)) v(priority)
cross join lateral (
  select c.command_id, c.tenant_id from command_lane c
  where c.state = 'ready' and c.tenant_id = g.tenant_id and c.integration = g.integration and c.priority = v.priority
    and c.next_attempt_at < statement_timestamp() - $2 * interval '1 ms'
  order by c.next_attempt_at limit $1) l
where g.shut_since < clock_timestamp() - $2 * interval '1 ms' and g.not_before > clock_timestamp() limit $1`,
}

/** Looked at again, locked: somebody may have claimed or cancelled them meanwhile. */
export const lockForgotten = {
  name: 'give_up_lock',
  text: `
select l.run_lease::text as run_lease, l.attempt, l.first_attempt_at, g.reason as gate_reason, ${commandColumns}
from unnest($1::uuid[]) x(command_id)
cross join lateral (select * from command_lane l where l.command_id = x.command_id limit 1) l
cross join lateral (select * from command c where c.id = x.command_id limit 1) c
join dispatch_gate g on g.tenant_id = l.tenant_id and g.integration = l.integration and g.not_before > clock_timestamp()
where l.state = 'ready' and l.next_attempt_at < clock_timestamp() - $2 * interval '1 ms'
order by l.lane_key`,
}

/** Of those, the ones that are still as they were read; from here on nobody else can take them. */
export const holdForgotten = {
  name: 'give_up_hold',
  text: `
select l.command_id from unnest($1::uuid[], $2::bigint[]) x(command_id, run_lease)
cross join lateral (
  select k.command_id from command_lane k
  where k.command_id = x.command_id and k.run_lease = x.run_lease and k.state = 'ready' limit 1 for update skip locked) l`,
}
