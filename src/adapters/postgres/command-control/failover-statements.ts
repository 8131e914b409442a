import { commandColumns } from '../commands/command-row.ts'
import { lockedInLaneOrder } from '../commands/settle-statements.ts'

/** Where a look at all gates begins. */
export const beforeAllGates = { tenantId: '00000000-0000-0000-0000-000000000000', integration: '' }

/**
 * Gates that are shut now by what calls told (a probe under way may open them) and have ready commands. `$1`, `$2`: behind this
 * pair; `$3`: at most so many. In the order of the index of what is ready: without it the whole table may be read.
 */
export const shutGates = {
  name: 'failover_gates',
  text: `
select g.tenant_id as "tenantId", g.integration, g.breaker, g.reason,
  greatest(0, extract(epoch from clock_timestamp() - g.shut_since)::double precision * 1000) as "shutMs"
from dispatch_gate g
cross join lateral (
  select l.n from command_lane l where l.state = 'ready' and l.tenant_id = g.tenant_id and l.integration = g.integration
  order by l.tenant_id, l.integration, l.priority, l.next_attempt_at, l.n limit 1) l
where g.shut_since is not null and g.breaker <> 'half_open' and g.not_before > clock_timestamp()
  and (g.tenant_id, g.integration) > ($1::uuid, $2::text)
order by g.tenant_id, g.integration limit $3`,
}

/**
 * Of a table aliased `l`: every attempt so far certainly did nothing, and none is under way. Compared as a value: as `not exists` the
 * attempts of all commands may be read for it.
 */
const untouched = `l.state = 'ready' and l.sent_at is null
  and (select a.untouched from command_attempt a where a.command_id = l.command_id and not a.untouched limit 1) is null`

/**
 * Ready commands of one integration (`$1`, `$2`) behind a place (`$3` priority, `$4` due, `$5` row), with whether they may be moved:
 * untouched, and due. What was tried once was due then, and is parked only as long as the gate is shut.
 */
export const stuckBehind = {
  name: 'failover_stuck',
  text: `
select s.priority as rank, s.next_attempt_at as next, s.n::text as n, s.attempt, s.run_lease::text as run_lease, s.first_attempt_at,
  s.movable, coalesce(e.fields, '{}'::jsonb) as fields, ${commandColumns}
from (values (0::smallint), (1::smallint), (2::smallint)) v(priority)
cross join lateral (
  select l.*, ${untouched} and (l.first_attempt_at is not null or l.next_attempt_at <= statement_timestamp()) as movable
  from command_lane l
  where l.state = 'ready' and l.tenant_id = $1 and l.integration = $2 and l.priority = v.priority
    and (l.priority, l.next_attempt_at, l.n) > ($3::smallint, $4::timestamptz, $5::bigint)
  order by l.next_attempt_at, l.n limit $6) s
cross join lateral (select * from command c where c.id = s.command_id limit 1) c
left join lateral (
  select e.fields from entity e where e.tenant_id = c.tenant_id and e.entity_key = c.entity_key limit 1) e on s.movable
order by s.priority, s.next_attempt_at, s.n limit $6`,
}

/** The commands (`$1`) and the heads of the lanes (`$2`) that they go to. */
export const lockMoves = {
  name: 'failover_lock',
  text: `select l.command_id from ${lockedInLaneOrder}`,
}

/** How the gates of the integrations (`$2`) of a tenant (`$1`) stand: those without one take calls. */
export const targetGates = {
  name: 'failover_targets',
  text: `
select integration, breaker <> 'closed' as "onTrial", not_before > clock_timestamp() or breaker = 'half_open' as shut
from dispatch_gate where tenant_id = $1 and integration = any($2::text[])`,
}

/**
 * Takes those that are still as they were read, and whose gate is still shut, as an attempt of nobody: under the next lease number, so
 * that no other write about them counts. A statement of its own, after the locks.
 */
export const takeMoves = {
  name: 'failover_take',
  text: `
update command_lane l
set state = 'leased', run_lease = l.run_lease + 1, lease_until = clock_timestamp() + interval '30 seconds'
from json_to_recordset($1::json) as x(command_id uuid, run_lease bigint, after_ms double precision)
where l.command_id = x.command_id and l.run_lease = x.run_lease and ${untouched}
  and exists (select from dispatch_gate g
    where g.tenant_id = l.tenant_id and g.integration = l.integration and g.breaker <> 'half_open'
      and g.not_before > clock_timestamp() and g.shut_since <= clock_timestamp() - x.after_ms * interval '1 ms')
returning l.command_id`,
}

/** One message counts once under its tenant's quota, and waits no longer in all, wherever it waits: since when goes with it. */
export const carryFirstAttempts = {
  name: 'failover_carry',
  text: `
update command_lane l set first_attempt_at = x.first_attempt_at
from json_to_recordset($1::json) as x(command_id uuid, first_attempt_at timestamptz)
where l.command_id = x.command_id and x.first_attempt_at is not null and l.first_attempt_at is null
  and l.state in ('ready', 'waiting')`,
}
