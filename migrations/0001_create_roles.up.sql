-- Roles belong to the cluster, so another database of it may have made them already (or be making them right now).
--   neuronx_app      one tenant's rows, or those of the tenants of a batch: row-level security by nx.tenants
--   neuronx_relay    what crosses tenants by design: the log's relay, shard ownership, due timers, claims
--   neuronx_control  the platform: tenants, tokens, secrets, revisions
do $$
declare
  wanted text;
begin
  foreach wanted in array array['neuronx_app', 'neuronx_relay', 'neuronx_control'] loop
    begin
      if not exists (select from pg_roles where rolname = wanted) then
        execute format('create role %I nologin nosuperuser nobypassrls nocreatedb nocreaterole', wanted);
      end if;
    exception
      when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;

-- The age of the relay's fence is read from pg_stat_activity; without this right the figure is 0, nothing else suffers.
do $$
begin
  grant pg_read_all_stats to neuronx_relay;
exception
  when insufficient_privilege then raise notice 'neuronx_relay cannot read pg_stat_activity of other logins';
end
$$;

grant usage on schema neuronx to neuronx_app, neuronx_relay, neuronx_control;
-- Every connection compares the applied migrations with its own before it works.
grant select on neuronx.migration to neuronx_app, neuronx_relay, neuronx_control;

-- Row-level security by tenant, enabled and forced. The setting is read in a scalar sub-select, hence once a statement.
create function neuronx.isolate_by_tenant(target regclass, tenant_column text default 'tenant_id') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenants_of_the_transaction on %s to neuronx_app
       using (%I = any ((select nullif(current_setting(''nx.tenants'', true), '''')::uuid[])::uuid[]))',
    target, tenant_column);
end
$$;
revoke execute on function neuronx.isolate_by_tenant(regclass, text) from public;

-- A policy for a role whose work crosses tenants. What it may do at all is said by its grants.
create function neuronx.cross_tenants(target regclass, reader text) returns void
language plpgsql as $$
begin
  execute format('create policy %I on %s to %I using (true) with check (true)', reader || '_crosses_tenants', target, reader);
end
$$;
revoke execute on function neuronx.cross_tenants(regclass, text) from public;
