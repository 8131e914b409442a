-- What somebody must know of, as durable rows: one per occurrence. tenant_id null: the installation's own, reached by the
-- roles that cross tenants only.
create table neuronx.alert (
  id uuid primary key,
  tenant_id uuid references neuronx.tenant,
  code text not null check (code ~ '^NX-ALERT-[A-Z0-9-]+$'),
  subject text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  title text not null,
  detail text not null,
  fix text not null,
  facts jsonb not null default '{}',
  status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  seen bigint not null default 1,
  acknowledged_by text,
  acknowledged_at timestamptz,
  resolved_at timestamptz
) with (fillfactor = 70);
-- The same condition is the same alert until it is resolved.
create unique index alert_unresolved on neuronx.alert (tenant_id, code, subject) nulls not distinct where status <> 'resolved';
create index alert_unresolved_code on neuronx.alert (code, id) where status <> 'resolved';
create index alert_recent on neuronx.alert (tenant_id, first_at, id);
create index alert_ended on neuronx.alert (resolved_at) where status = 'resolved';
select neuronx.isolate_by_tenant('neuronx.alert');
select neuronx.cross_tenants('neuronx.alert', 'neuronx_relay');
select neuronx.cross_tenants('neuronx.alert', 'neuronx_control');
grant select, update (status, acknowledged_by, acknowledged_at) on neuronx.alert to neuronx_app, neuronx_control;
grant select, insert, update, delete on neuronx.alert to neuronx_relay;

-- What was sent about an alert, by route and occurrence (`raised`, `repeat-1`, `resolved`): written with the command, so that
-- nothing is sent twice. command_id null: it was not sent, and note says why. tenant_id: the alert's.
create table neuronx.alert_notice (
  alert_id uuid not null references neuronx.alert on delete cascade,
  route text not null,
  occurrence text not null,
  tenant_id uuid references neuronx.tenant,
  command_id uuid,
  note text,
  at timestamptz not null default clock_timestamp(),
  primary key (alert_id, route, occurrence)
);
select neuronx.isolate_by_tenant('neuronx.alert_notice');
select neuronx.cross_tenants('neuronx.alert_notice', 'neuronx_relay');
-- An installation's alert is sent by the tenant that its route names.
create policy notices_of_the_installation on neuronx.alert_notice for insert to neuronx_app with check (tenant_id is null);
grant select, insert on neuronx.alert_notice to neuronx_app;
grant select on neuronx.alert_notice to neuronx_relay;

-- What a daemon measured of itself and of its machine: see src/platform/alerts/daemon-health.ts.
alter table neuronx.daemon add column health jsonb not null default '{}';

-- What the watch looks at in other tables. Its columns never change, so that no update of a lane costs more.
create index command_lane_in_doubt on neuronx.command_lane (tenant_id, integration, n) where state = 'in_doubt';
create index dead_letter_open_group on neuronx.dead_letter (tenant_id, fingerprint, created_at) where status = 'open';
grant select (fingerprint, class, code, integration, cause) on neuronx.dead_letter to neuronx_relay;
-- Which paused jobs wait for somebody who does not know it yet.
alter table neuronx.job add column paused_itself boolean not null default false;
create index job_paused_itself on neuronx.job (id) where status = 'paused' and paused_itself;
