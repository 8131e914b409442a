import { commandColumns } from './command-row.ts'

/**
 * The (tenant, integration) pairs that have ready commands, by jumping from one to the next through the index rather than
 * reading all their commands. `$1`, `$2`: start behind this pair; `$3`: at most so many.
 */
const readyPairs = `
recursive pairs as (
  (select tenant_id, integration from command_lane
   where state = 'ready' and (tenant_id, integration) > ($1::uuid, $2::text) order by tenant_id, integration limit 1)
  union all
  select n.tenant_id, n.integration from pairs p cross join lateral (
    select l.tenant_id, l.integration from command_lane l
    where l.state = 'ready' and (l.tenant_id, l.integration) > (p.tenant_id, p.integration)
    order by l.tenant_id, l.integration limit 1) n
)`

/**
 * The same pairs, each with its earliest due time, the time before which its gate is shut, and the time at which it has a
 * token. A shut breaker needs none: it lets its probe through as soon as its time is over.
 */
const pairTimes = `
select p.tenant_id, p.integration, d.due, d.lane_key, g.tenant_id is not null as gated, coalesce(g.not_before, '-infinity') as opens,
  case when g.breaker = 'closed' and g.tokens < 1
    then g.tokens_at + least(86400, (1 - g.tokens) / greatest(0.0001, case when g.ramp_from is null then g.per_second else least(1, g.per_second) end))
      * interval '1 second'
    else '-infinity' end as funded
from (select * from pairs limit $3) p
cross join lateral (
  select first.due, first.lane_key from (values (0::smallint), (1::smallint), (2::smallint)) v(priority) cross join lateral (
    select l.next_attempt_at as due, l.lane_key from command_lane l
    where l.state = 'ready' and l.tenant_id = p.tenant_id and l.integration = p.integration and l.priority = v.priority
    order by l.next_attempt_at limit 1) first
  order by first.due limit 1
) d
left join dispatch_gate g on g.tenant_id = p.tenant_id and g.integration = p.integration`

/** All pairs with ready commands: `due` says whether the gate lets them through now, `funded` whether it has a token. */
export const duePairs = {
  name: 'claim_pairs',
  text: `with ${readyPairs}
select tenant_id, integration, lane_key, gated, greatest(due, opens) <= clock_timestamp() as due, funded <= clock_timestamp() as funded
from (${pairTimes}) t`,
}

/** Milliseconds until the first of them may be claimed. */
export const nextDue = {
  name: 'claim_next_due',
  text: `with ${readyPairs}
select extract(epoch from min(greatest(due, opens, funded)) - clock_timestamp())::double precision * 1000 as ms from (${pairTimes}) t`,
}

/** Gates of integrations that were never called, with their burst. */
export const makeGates = {
  name: 'claim_make_gates',
  text: `
insert into dispatch_gate (tenant_id, integration, not_before, reason, tokens, tokens_at, per_second)
select tenant_id, integration, clock_timestamp(), '', burst, clock_timestamp(), per_second
from unnest($1::uuid[], $2::text[], $3::double precision[], $4::double precision[]) as x(tenant_id, integration, per_second, burst)
order by tenant_id, integration
on conflict (tenant_id, integration) do nothing`,
}

/**
 * Leases commands. The arrays `$1` to `$9` are the pairs with their shares; `$10` the most in all, `$11` the owner, `$12` the
 * lease.
 *   quota   pairs with `spare` tokens, taken earlier by this daemon, need no look at their gate
 *   gate    the other gates, locked and filled up; one that somebody else is just taking from is passed over
 *   locked  due heads of each pair, at most its allowance; rows that another claim holds are passed over. A lane's head is
 *           its only ready row, so order within a lane cannot be jumped; `no key update` leaves alone those who hold a head
 *           still while they queue behind it
 *   picked  per tenant by priority, pairs taking turns; between tenants by (calls under way + place) / weight, which hands
 *           out by weight and leaves nothing lying that a tenant alone could take
 *   paid    takes the tokens, some more than were used where the rate is high: a gate is written ten times a second, not
 *           once a claim, so that a held snapshot does not make its versions pile up
 */
export const claim = {
  name: 'claim',
  text: `
with at as materialized (select clock_timestamp() as now), quota as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::double precision[], $5::double precision[],
      $6::double precision[], $7::integer[], $8::integer[], $9::double precision[])
    as q(tenant_id, integration, room, per_second, burst, weight, busy, tenant_room, spare)
), gate as materialized (
  select q.*, g.breaker, g.ramped, false as prepaid,
    least(case when g.ramped then greatest(1, least(q.burst, g.rate)) else q.burst end,
      g.tokens + greatest(0, extract(epoch from g.now - g.tokens_at)::double precision) * g.rate) as tokens
  from quota q cross join lateral (
    select d.breaker, d.tokens, d.tokens_at, d.ramp_from is not null as ramped, at.now,
      case when d.ramp_from is null then q.per_second
        else least(q.per_second, 2 ^ least(30, floor(greatest(0, extract(epoch from at.now - d.ramp_from)::double precision)))) end as rate
    from dispatch_gate d, at
    where d.tenant_id = q.tenant_id and d.integration = q.integration and d.not_before <= at.now
    limit 1 for no key update of d skip locked) g
  where q.spare < 1
  union all
  select q.*, 'closed', false, true, q.spare from quota q where q.spare >= 1
), allowance as materialized (
  select *, least(room, case when breaker = 'closed' then floor(tokens) else 1 end, $10)::integer as allowed from gate
), locked as materialized (
  select l.n, l.priority, l.next_attempt_at, l.first_attempt_at, q.tenant_id, q.integration, q.weight, q.busy, q.tenant_room, q.allowed,
    q.breaker <> 'closed' as probe,
    row_number() over (partition by q.tenant_id, q.integration order by l.priority, l.next_attempt_at, l.n) as place
  from allowance q
  cross join (values (0::smallint), (1::smallint), (2::smallint)) v(priority)
  cross join lateral (
    select c.n, c.priority, c.next_attempt_at, c.first_attempt_at from command_lane c
    where c.state = 'ready' and c.tenant_id = q.tenant_id and c.integration = q.integration and c.priority = v.priority
      and c.next_attempt_at <= statement_timestamp()
    order by c.next_attempt_at, c.n limit q.allowed
    for no key update skip locked
  ) l
), ranked as (
  select *, row_number() over (partition by tenant_id order by priority, place, next_attempt_at, n) as turn
  from locked where place <= allowed
), picked as materialized (
  select * from ranked where turn <= tenant_room
  order by (busy + turn) / weight, priority, place, next_attempt_at, n limit $10
), paid as (
  update dispatch_gate d
  set tokens = case when s.breaker = 'closed' then s.tokens - s.taken else d.tokens end,
    tokens_at = case when s.breaker = 'closed' then greatest(d.tokens_at, s.now) else d.tokens_at end, per_second = s.per_second,
    breaker = case when s.breaker = 'closed' then 'closed' else 'half_open' end,
    not_before = case when s.breaker = 'closed' then d.not_before else clock_timestamp() + $12 * interval '1 ms' end
  from (
    select a.tenant_id, a.integration, a.breaker, a.tokens, a.per_second, at.now,
      least(floor(a.tokens), greatest(n.used, case when a.ramped then 0 else floor(a.per_second / 10) end)) as taken
    from (select tenant_id, integration, count(*) as used from picked group by tenant_id, integration) n
    join allowance a on a.tenant_id = n.tenant_id and a.integration = n.integration and not a.prepaid, at
  ) s
  where d.tenant_id = s.tenant_id and d.integration = s.integration
  returning d.tenant_id, d.integration, s.taken
), leased as (
  update command_lane l
  set state = 'leased', owner = $11, lease_until = clock_timestamp() + $12 * interval '1 ms', run_lease = l.run_lease + 1,
    attempt = l.attempt + 1, sent_at = case when l.repeatable then clock_timestamp() end,
    first_attempt_at = coalesce(l.first_attempt_at, clock_timestamp())
  from picked p where l.n = p.n
  returning l.command_id, l.attempt, l.run_lease::text as run_lease, p.first_attempt_at, p.probe, p.tenant_id, p.integration, p.turn,
    p.priority as rank
)
select l.attempt, l.run_lease, l.first_attempt_at, l.probe, coalesce(p.taken, 0) as taken, ${commandColumns}
from leased l
cross join lateral (select * from command c where c.id = l.command_id limit 1) c
left join paid p on p.tenant_id = l.tenant_id and p.integration = l.integration
order by l.rank, l.turn`,
}
