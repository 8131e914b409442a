import { commandColumns } from '../commands/command-row.ts'

/** The lanes in which these commands of one tenant (`$1`) are. */
export const lanesForControl = {
  name: 'control_lanes',
  text: `
select distinct k.lane_key from unnest($2::uuid[]) x(command_id)
cross join lateral (select lane_key from command_lane l where l.command_id = x.command_id and l.tenant_id = $1 limit 1) k`,
}

/**
 * Holds the heads of lanes still while others of their lanes are taken out: whoever ends one promotes the next, and must not
 * choose one that is about to go. Queuers pass.
 */
export const holdHeadsForControl = {
  name: 'control_hold_heads',
  text: `
select lane_key from command_lane
where lane_key = any($1::text[]) and state in ('ready', 'leased', 'in_doubt')
order by lane_key for no key update`,
}

/** Lane rows of commands of one tenant (`$1`), locked in lane order: claims, settlements and other hands wait or pass. */
export const lockForControl = {
  name: 'control_lock',
  text: `
select l.command_id, l.state, l.attempt, l.run_lease::text as run_lease, l.first_attempt_at, l.looks
from (
  select k.n, k.lane_key from unnest($2::uuid[]) x(command_id)
  cross join lateral (
    select n, lane_key from command_lane l where l.command_id = x.command_id and l.tenant_id = $1 limit 1) k
  order by k.lane_key, k.n
) k
cross join lateral (select * from command_lane l where l.n = k.n limit 1 for update) l`,
}

export const commandsById = {
  name: 'control_commands',
  text: `
select ${commandColumns} from unnest($2::uuid[]) x(command_id)
cross join lateral (select * from command c where c.id = x.command_id and c.tenant_id = $1 limit 1) c`,
}

/** How the others of those ids stand: ended, or unknown. */
export const outcomeStates = {
  name: 'control_outcomes',
  text: `
select o.command_id, o.state from unnest($2::uuid[]) x(command_id)
cross join lateral (select * from command_outcome o where o.command_id = x.command_id and o.tenant_id = $1 limit 1) o`,
}

/** A person says that it had no effect: tried anew, with all its attempts, and it begins to wait now. */
export const retryFromDoubt = {
  name: 'control_retry',
  text: `
update command_lane
set state = 'ready', next_attempt_at = clock_timestamp(), attempt = 0, sent_at = null, first_attempt_at = null, look_at = null,
  queued_at = clock_timestamp()
where command_id = $1`,
}

/** A look has shown that it had no effect: its attempt counts. */
export const readyFromDoubt = {
  name: 'doubt_ready',
  text: `
update command_lane set state = 'ready', next_attempt_at = clock_timestamp(), sent_at = null, look_at = null
where command_id = $1`,
}

export const lettersToReplaying = {
  name: 'control_replaying',
  text: `
update dead_letter set status = 'replaying', replays = replays + 1
where tenant_id = $1 and command_id = $2 and status = 'open' and class = 'in_doubt'`,
}

/** Doubts whose look is due, their next one moved on by the lease, so that nobody else takes them meanwhile. */
export const takeDoubts = {
  name: 'doubt_take',
  text: `
with due as materialized (
  select l.n from command_lane l
  where l.state = 'in_doubt' and l.look_at <= statement_timestamp()
    and not exists (select from dispatch_gate g
      where g.tenant_id = l.tenant_id and g.integration = l.integration and g.not_before > clock_timestamp())
  order by l.look_at limit $1 for no key update skip locked
), taken as (
  update command_lane l set look_at = clock_timestamp() + $2 * interval '1 ms', looks = l.looks + 1
  from due d where l.n = d.n
  returning l.command_id, l.attempt, l.run_lease::text as run_lease, l.first_attempt_at, l.looks,
    extract(epoch from clock_timestamp() - coalesce(l.sent_at, clock_timestamp()))::double precision * 1000 as sent_ago
)
select t.attempt, t.run_lease, t.first_attempt_at, t.looks, t.sent_ago, ${commandColumns}
from taken t cross join lateral (select * from command c where c.id = t.command_id limit 1) c`,
}

/** The next look; null: none. Guarded by the count of looks. */
export const planLook = {
  name: 'doubt_plan',
  text: `
update command_lane set look_at = clock_timestamp() + $4 * interval '1 ms'
where command_id = $1 and run_lease = $2 and looks = $3 and state = 'in_doubt' returning command_id`,
}
