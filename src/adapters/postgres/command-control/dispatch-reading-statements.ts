/**
 * Where integrations stand: every one of the tenant (`$1`) that has a gate or open commands, or `$2` alone. Tokens are filled up
 * to now; the lane is read by state.
 */
export const standings = {
  name: 'dispatch_standings',
  text: `
with named as (
  select g.integration from dispatch_gate g where g.tenant_id = $1 and ($2::text is null or g.integration = $2)
  union
  select l.integration from command_lane l where l.tenant_id = $1 and ($2::text is null or l.integration = $2)
), counted as (
  select l.integration,
    count(*) filter (where l.state = 'leased')::integer as in_flight, count(*) filter (where l.state = 'ready')::integer as ready,
    count(*) filter (where l.state = 'waiting')::integer as waiting, count(*) filter (where l.state = 'in_doubt')::integer as in_doubt,
    min(l.next_attempt_at) filter (where l.state = 'ready' and l.next_attempt_at <= clock_timestamp()) as oldest
  from command_lane l where l.tenant_id = $1 and ($2::text is null or l.integration = $2) group by l.integration
)
select k.integration, coalesce(g.breaker, 'closed') as breaker,
  case when g.not_before > clock_timestamp() then g.not_before end as "shutUntil", g.shut_since as "shutSince",
  case when g.read_only_since >= g.shut_since then g.read_only_since end as "readOnlySince", nullif(g.reason, '') as reason,
  least(greatest(1, r.rate), g.tokens + greatest(0, extract(epoch from clock_timestamp() - g.tokens_at)::double precision) * r.rate) as tokens,
  g.per_second as "perSecond",
  case when g.window_at > clock_timestamp() - interval '1 minute' then g.calls + g.calls_before else 0 end as calls,
  case when g.window_at > clock_timestamp() - interval '1 minute' then g.failures + g.failures_before else 0 end as failures,
  coalesce(c.in_flight, 0) as "inFlight", coalesce(c.ready, 0) as ready, coalesce(c.waiting, 0) as waiting,
  coalesce(c.in_doubt, 0) as "inDoubt", c.oldest as "oldestDue"
from (select integration from named order by integration limit 500) k
left join dispatch_gate g on g.tenant_id = $1 and g.integration = k.integration
cross join lateral (select case when g.ramp_from is null then g.per_second
  else least(g.per_second, 2 ^ least(30, floor(greatest(0, extract(epoch from clock_timestamp() - g.ramp_from)::double precision)))) end as rate) r
left join counted c on c.integration = k.integration
order by k.integration`,
}

/** The lane of a command; its key and place are null once it has ended. */
export const laneOf = {
  name: 'dispatch_lane_of',
  text: `
select c.integration, l.lane_key, l.n from command c left join command_lane l on l.command_id = c.id
where c.tenant_id = $1 and c.id = $2`,
}

/** The last 100, oldest first. */
export const attemptsOf = {
  name: 'dispatch_attempts_of',
  text: `
select a.attempt, a.at, a.duration_ms as "durationMs", a.error from (
  select * from command_attempt a where a.command_id = $2 and a.tenant_id = $1 order by a.run_lease desc limit 100) a
order by a.run_lease`,
}

export const clearancesOf = {
  name: 'dispatch_clearances_of',
  text: `
select s.cleared_at as at, s.relied_on as "reliedOn" from send_clearance s
where s.command_id = $2 and s.tenant_id = $1 order by s.run_lease limit 100`,
}

/** The head of the lane, then those waiting before `$2`. */
export const aheadInLane = {
  name: 'dispatch_ahead',
  text: `
with ahead as materialized (
  select l.n, l.command_id, l.state, l.next_attempt_at from command_lane l
  where l.lane_key = $1 and l.state in ('ready', 'leased', 'in_doubt') and l.n <> $2
    and exists (select from command_lane own where own.n = $2 and own.state = 'waiting')
  union all
  select w.n, w.command_id, w.state, w.next_attempt_at from command_lane w
  where w.lane_key = $1 and w.state = 'waiting' and w.n < $2
)
select c.id, c.operation, a.state, a.next_attempt_at as "nextAttemptAt", a.total
from (select *, count(*) over ()::integer as total from ahead order by state = 'waiting', n limit 20) a
cross join lateral (select * from command c where c.id = a.command_id limit 1) c
order by a.state = 'waiting', a.n`,
}
