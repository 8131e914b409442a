import type { TimedRows } from './row-timers.ts'

/** A table whose rows are timers of entities, with an index on (shard, `at`) and one that begins with (tenant_id, entity_key). */
export interface TimerTable {
  /** What its statements' names begin with. */
  readonly name: string
  readonly table: string
  /** The column that says when a row is due; null in it: it is not. */
  readonly at: string
  /** What tells the rows of a tenant apart. */
  readonly key: readonly string[]
}

/** Of one shard, `$1` shards and `$2` in all: twice its share. Each shard's whole `$2` would be read to take one of 64. */
const perShard = 'least($2, greatest(8, 2 * $2 / greatest(1, cardinality($1))))'

/**
 * What is due is found across tenants, shard by shard along the index, and looked at again, locked, in the transaction of its
 * tenants. Where more is due than a round takes, half of it are the oldest, half the newest: what has just fallen due does not wait
 * behind another tenant's burst. In the place of a new one comes the first that is due for its entity: of one entity none overtakes
 * another. Where most of it is due in few shards, a round takes less.
 */
export function timerStatements(of: TimerTable): Pick<TimedRows<never>, 'someDue' | 'findDue' | 'nextDue'> {
  const { name, table, at } = of
  const key = ['tenant_id', ...of.key].join(', ')
  const columns = ['tenant_id', ...of.key].map((column) => `t.${column}`).join(', ')
  const dueOfShard = `from ${table} t where t.shard = s.shard and t.${at} <= statement_timestamp() order by t.${at}`
  const shards = 'from unnest($1::smallint[]) s(shard) cross join lateral'
  return {
    // In the order of the index: whatever the planner believes of how many are due, it walks that.
    someDue: `(select t.${at} from ${table} t where t.shard = any($1::smallint[]) and t.${at} <= statement_timestamp()
  order by t.shard, t.${at} limit 1) is not null`,
    findDue: {
      name: `${name}_find_due`,
      text: `
with oldest as materialized (
  select f.* ${shards} (select ${columns}, t.${at} as at ${dueOfShard} limit ${perShard}) f order by f.at limit $2
), newest as materialized (
  select f.* ${shards} (select t.tenant_id, t.entity_key, t.${at} as at ${dueOfShard} desc limit (${perShard} / 2)) f
  where (select count(*) from oldest) >= ${perShard}
  order by f.at desc limit ($2 / 2)
)
select ${key} from (
  select f.*, 0 as rank from newest n cross join lateral (
    select t.* from (
      select ${columns}, t.${at} as at from ${table} t where t.tenant_id = n.tenant_id and t.entity_key = n.entity_key offset 0) t
    where t.at <= n.at order by t.at limit 1) f
  union all
  select o.*, 1 from oldest o) due
group by ${key} order by min(rank), min(at) limit $2`,
    },
    nextDue: {
      name: `${name}_next_due`,
      text: `
select extract(epoch from min(f.at) - clock_timestamp())::double precision * 1000 as ms
${shards} (select t.${at} as at from ${table} t where t.shard = s.shard and t.${at} is not null order by t.${at} limit 1) f`,
    },
  }
}
