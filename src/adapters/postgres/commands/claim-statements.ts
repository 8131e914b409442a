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

/** The same pairs, each with its earliest due time and the time before which its gate is closed. */
const pairTimes = `
select p.tenant_id, p.integration, greatest(d.due, g.not_before) as due
from (select * from pairs limit $3) p
cross join lateral (
  select min(first.due) as due from (values (0::smallint), (1::smallint), (2::smallint)) v(priority) cross join lateral (
    select l.next_attempt_at as due from command_lane l
    where l.state = 'ready' and l.tenant_id = p.tenant_id and l.integration = p.integration and l.priority = v.priority
    order by l.next_attempt_at limit 1) first
) d
left join dispatch_gate g on g.tenant_id = p.tenant_id and g.integration = p.integration`

/** All pairs with ready commands; `due` says whether they may be claimed now. */
export const duePairs = {
  name: 'claim_pairs',
  text: `with ${readyPairs} select tenant_id, integration, due <= clock_timestamp() as due from (${pairTimes}) t`,
}

/** Milliseconds until the first of them falls due. */
export const nextDue = {
  name: 'claim_next_due',
  text: `with ${readyPairs} select extract(epoch from min(due) - clock_timestamp())::double precision * 1000 as ms from (${pairTimes}) t`,
}

/**
 * Leases up to `most` commands of each pair and `$4` in all, high priority first, pairs taking turns. Rows that another
 * claim holds are passed over; a lane's head is its only ready row, so order within a lane cannot be jumped.
 * `no key update` leaves alone those who hold a head still while they queue behind it.
 */
export const claim = {
  name: 'claim',
  text: `
with quota as (
  select * from unnest($1::uuid[], $2::text[], $3::integer[]) as q(tenant_id, integration, most)
), locked as materialized (
  select l.n, l.priority, l.next_attempt_at, l.first_attempt_at,
    row_number() over (partition by q.tenant_id, q.integration order by l.priority, l.next_attempt_at, l.n) as place, q.most
  from quota q
  cross join (values (0::smallint), (1::smallint), (2::smallint)) v(priority)
  cross join lateral (
    select c.n, c.priority, c.next_attempt_at, c.first_attempt_at from command_lane c
    where c.state = 'ready' and c.tenant_id = q.tenant_id and c.integration = q.integration and c.priority = v.priority
      and c.next_attempt_at <= clock_timestamp()
    order by c.next_attempt_at, c.n limit q.most
    for no key update skip locked
  ) l
), picked as (
  select * from locked where place <= most order by priority, place, next_attempt_at, n limit $4
), leased as (
  update command_lane l
  set state = 'leased', owner = $5, lease_until = clock_timestamp() + $6 * interval '1 ms', run_lease = l.run_lease + 1,
    attempt = l.attempt + 1, sent_at = case when l.repeatable then clock_timestamp() end,
    first_attempt_at = coalesce(l.first_attempt_at, clock_timestamp())
  from picked p where l.n = p.n
  returning l.command_id, l.attempt, l.run_lease::text as run_lease, p.first_attempt_at, p.priority as rank, p.place
)
select l.attempt, l.run_lease, l.first_attempt_at, ${commandColumns}
from leased l cross join lateral (select * from command c where c.id = l.command_id limit 1) c order by l.rank, l.place`,
}
