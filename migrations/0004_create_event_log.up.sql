-- What recognises an event that comes again.
create table neuronx.inbox (
  tenant_id uuid not null,
  source text not null,
  external_id text not null,
  digest text not null,
  event_id uuid not null,
  expires_at timestamptz not null,
  primary key (tenant_id, source, external_id)
);
create index on neuronx.inbox (expires_at);
select neuronx.isolate_by_tenant('neuronx.inbox');
select neuronx.cross_tenants('neuronx.inbox', 'neuronx_relay');
grant select, insert, update on neuronx.inbox to neuronx_app;
grant select, delete on neuronx.inbox to neuronx_relay;

-- The last number given out in an entity's order. Its row lock makes commit order and numbering the same.
create table neuronx.entity_head (
  tenant_id uuid not null,
  entity_key text not null,
  seq bigint not null,
  primary key (tenant_id, entity_key)
) with (fillfactor = 70);
select neuronx.isolate_by_tenant('neuronx.entity_head');
grant select, insert, update on neuronx.entity_head to neuronx_app;

-- A plain sequence rather than an identity column: those are not inherited by partitions before Postgres 17.
create sequence neuronx.event_log_pos as bigint;

-- Outbox and log at once. Append-only: nothing updates or deletes a row, partitions are dropped whole.
create table neuronx.event_log (
  pos bigint not null default nextval('neuronx.event_log_pos'),
  event_id uuid not null,
  tenant_id uuid not null,
  workspace text not null,
  shard smallint not null check (shard between 0 and 63),
  txid xid8 not null default pg_current_xact_id(),
  entity_key text not null,
  -- Null: recorded, does not travel the bus.
  entity_seq bigint,
  type text not null,
  source text not null,
  external_id text not null,
  origin text not null,
  data jsonb not null,
  -- time, correlationid, causationid, rootid, depth, only: as they go on the wire.
  headers jsonb not null,
  root_id uuid not null,
  -- The key that a person's data is encrypted with, once erasure by destroying keys is in use.
  subject_key_id uuid,
  created_at timestamptz not null default clock_timestamp()
) partition by range (created_at);
create index event_log_relay on neuronx.event_log (shard, txid, pos) where entity_seq is not null;
create index event_log_entity on neuronx.event_log (tenant_id, entity_key, entity_seq);
create index event_log_id on neuronx.event_log (event_id);
create index event_log_root on neuronx.event_log (tenant_id, root_id);
create index event_log_tenant on neuronx.event_log (tenant_id, txid, pos);
select neuronx.isolate_by_tenant('neuronx.event_log');
select neuronx.cross_tenants('neuronx.event_log', 'neuronx_relay');
grant select, insert on neuronx.event_log to neuronx_app;
grant select on neuronx.event_log to neuronx_relay;
grant usage on sequence neuronx.event_log_pos to neuronx_app;

-- A lease on a shard. Renewal changes no key, so it does not wait for the key-share locks by which writers hold the epoch
-- still; a change of owner locks the row for update first, and does wait for them.
create table neuronx.shard (
  shard smallint primary key check (shard between 0 and 63),
  owner text,
  epoch bigint not null default 0,
  lease_until timestamptz
);
insert into neuronx.shard (shard) select generate_series(0, 63);

-- How far each shard was published. Beside the lease, because it moves with every batch.
create table neuronx.relay_cursor (
  shard smallint primary key,
  txid xid8 not null default '0',
  pos bigint not null default 0,
  at timestamptz not null default clock_timestamp()
) with (fillfactor = 20);
insert into neuronx.relay_cursor (shard) select generate_series(0, 63);

create table neuronx.daemon (
  id text primary key,
  host text not null,
  version text not null,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  lease_ms integer not null
);

grant select on neuronx.shard, neuronx.relay_cursor, neuronx.daemon to neuronx_app, neuronx_relay, neuronx_control;
-- Locking a row asks for the right to change a column of it; the app role changes none, its transactions hold the epoch still.
grant update (lease_until) on neuronx.shard to neuronx_app;
grant update on neuronx.shard, neuronx.relay_cursor to neuronx_relay;
grant insert, update, delete on neuronx.daemon to neuronx_relay;

-- Trouble with publishing, kept beside the log so that the log is never updated.
create table neuronx.publish_trouble (
  event_id uuid primary key,
  tenant_id uuid not null,
  retry_count integer not null default 1,
  last_error text not null,
  last_at timestamptz not null default clock_timestamp()
);
select neuronx.isolate_by_tenant('neuronx.publish_trouble');
select neuronx.cross_tenants('neuronx.publish_trouble', 'neuronx_relay');
grant select on neuronx.publish_trouble to neuronx_app;
grant select, insert, update, delete on neuronx.publish_trouble to neuronx_relay;

-- Makes the daily partitions (UTC) from yesterday to days_ahead of every partitioned table of the schema. They are made
-- beside their parent and attached, which does not stop writers as `create ... partition of` would.
create function neuronx.ensure_partitions(days_ahead integer default 14) returns integer
language plpgsql security definer set search_path = neuronx, pg_temp set timezone = 'UTC' as $$
declare
  parent name;
  day date;
  child text;
  made integer := 0;
begin
  if days_ahead not between 1 and 60 then
    raise exception 'days_ahead must be between 1 and 60';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('neuronx.ensure_partitions', 0));
  for parent in
    select c.relname from pg_class c
    where c.relnamespace = 'neuronx'::regnamespace and c.relkind = 'p' order by 1
  loop
    for day in
      select d::date from generate_series(current_date - 1, current_date + days_ahead, interval '1 day') d
    loop
      child := format('%s_p%s', parent, to_char(day, 'YYYYMMDD'));
      continue when to_regclass(format('neuronx.%I', child)) is not null;
      execute format('create table neuronx.%I (like neuronx.%I including all)', child, parent);
      -- Reached through the parent only: no grants, and no policy that would let a row through.
      execute format('alter table neuronx.%I enable row level security', child);
      execute format('alter table neuronx.%I force row level security', child);
      execute format('alter table neuronx.%I attach partition neuronx.%I for values from (%L) to (%L)',
        parent, child, day::timestamptz, (day + 1)::timestamptz);
      made := made + 1;
    end loop;
  end loop;
  return made;
end
$$;
revoke execute on function neuronx.ensure_partitions(integer) from public;
grant execute on function neuronx.ensure_partitions(integer) to neuronx_app, neuronx_relay, neuronx_control;
select neuronx.ensure_partitions();

-- The outbox as others expect to see it. Its rights and row-level security are those of whoever reads it.
create view neuronx.event_outbox with (security_invoker = true) as
select e.event_id as id,
  e.tenant_id,
  e.type as event_type,
  e.data as event_data,
  case
    when e.entity_seq is null then 'recorded'
    when (e.txid, e.pos) <= (c.txid, c.pos) then 'published'
    else 'pending'
  end as status,
  coalesce(t.retry_count, 0) as retry_count,
  e.created_at
from neuronx.event_log e
join neuronx.relay_cursor c on c.shard = e.shard
left join neuronx.publish_trouble t on t.event_id = e.event_id;
grant select on neuronx.event_outbox to neuronx_app;
