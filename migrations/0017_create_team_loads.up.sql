-- Whose turn it is in a team of a workspace. Its row is held while a decision picks from the team: picks follow one another.
create table neuronx.team_rotation (
  tenant_id uuid not null,
  workspace text not null,
  team text not null,
  -- Picks so far.
  turn bigint not null default 0,
  primary key (tenant_id, workspace, team)
) with (fillfactor = 70);
select neuronx.isolate_by_tenant('neuronx.team_rotation');
grant select, insert, update on neuronx.team_rotation to neuronx_app;

-- What a member of a team has. A member that was never picked has no row.
create table neuronx.rep_load (
  tenant_id uuid not null,
  workspace text not null,
  team text not null,
  rep text not null,
  open integer not null default 0,
  -- The turn at which the member was picked last.
  last_turn bigint not null default 0,
  primary key (tenant_id, workspace, team, rep)
) with (fillfactor = 70);
select neuronx.isolate_by_tenant('neuronx.rep_load');
grant select, insert, update on neuronx.rep_load to neuronx_app;

-- What tasks are looked for by, and when something becomes of one by itself. The entity task/<id> is what is true; this follows it
-- in the same transaction.
create table neuronx.task (
  tenant_id uuid not null,
  entity_key text not null,
  workspace text not null,
  id text not null,
  shard smallint not null check (shard between 0 and 63),
  status text not null check (status in ('open', 'done', 'cancelled')),
  assignee text,
  team text,
  -- kind/id of the entity that it is about.
  about text,
  due_at timestamptz,
  -- due_at, or infinity: what lists are in the order of.
  sort_at timestamptz not null default 'infinity',
  rung integer not null,
  -- null: nothing more becomes of it, or its timer has fired.
  next_at timestamptz,
  -- Of the event that made it: its timers carry it on.
  correlation_id text not null,
  opened_by uuid not null,
  opened_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, entity_key)
) with (fillfactor = 80);
create index task_due on neuronx.task (shard, next_at) where next_at is not null;
-- Due first first, page by page; the second for one person's.
create index task_list on neuronx.task (tenant_id, workspace, status, sort_at, entity_key);
create index task_assignee on neuronx.task (tenant_id, workspace, assignee, status, sort_at, entity_key);
select neuronx.isolate_by_tenant('neuronx.task');
select neuronx.cross_tenants('neuronx.task', 'neuronx_relay');
grant select, insert, update on neuronx.task to neuronx_app;
grant select (tenant_id, entity_key, shard, next_at) on neuronx.task to neuronx_relay;
