-- What rules and workflows remember of an entity: small named facts with an end. Written with the row, no table of their own.
alter table neuronx.entity add column marks jsonb not null default '{}';

-- A rule that held and waits: for an event that must not come, or for a burst to end.
create table neuronx.rule_wait (
  id uuid primary key,
  tenant_id uuid not null,
  entity_key text not null,
  shard smallint not null check (shard between 0 and 63),
  -- <set>/<rule>, as it is named in whatever configuration stands when the wait is over.
  rule text not null,
  wait_key text not null default '',
  kind text not null check (kind in ('absence', 'burst')),
  due_at timestamptz not null,
  -- The event that it waits after, as its conditions and texts see it.
  event jsonb not null,
  correlation_id text not null,
  sends_blocked text,
  -- Its rule failed when it was over: kept until a replay of that rule, or until it is too old.
  failed boolean not null default false,
  -- When its timer is to fire; null: it has, and its event will end the wait.
  fire_at timestamptz,
  opened_at timestamptz not null default clock_timestamp()
) with (fillfactor = 80);
create index rule_wait_due on neuronx.rule_wait (shard, fire_at) where fire_at is not null;
create index rule_wait_entity on neuronx.rule_wait (tenant_id, entity_key);
select neuronx.isolate_by_tenant('neuronx.rule_wait');
select neuronx.cross_tenants('neuronx.rule_wait', 'neuronx_relay');
grant select, insert, update, delete on neuronx.rule_wait to neuronx_app;
grant select on neuronx.rule_wait to neuronx_relay;

-- Rules that failed lately, counted over all daemons. A rule without a row is well.
create table neuronx.rule_breaker (
  tenant_id uuid not null,
  -- <set>/<rule>
  rule text not null,
  failures integer not null default 0,
  window_from timestamptz not null default clock_timestamp(),
  -- Until then what the rule would do is parked; after it the rule is on probation. null: it has not failed too often yet.
  open_until timestamptz,
  -- How often in a row it opened: it stays open longer each time.
  trips integer not null default 0,
  last_code text,
  primary key (tenant_id, rule)
) with (fillfactor = 60);
create index rule_breaker_open on neuronx.rule_breaker (open_until) where open_until is not null;
select neuronx.isolate_by_tenant('neuronx.rule_breaker');
select neuronx.cross_tenants('neuronx.rule_breaker', 'neuronx_relay');
grant select, insert, update, delete on neuronx.rule_breaker to neuronx_app;
grant select on neuronx.rule_breaker to neuronx_relay;
