-- Data keys of tenants, each sealed under the master key: once per master key, so that two of them work while one replaces the other.
create table neuronx.data_key (
  id uuid not null,
  tenant_id uuid not null references neuronx.tenant,
  master_key_id text not null,
  ciphertext bytea not null,
  nonce bytea not null,
  tag bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (id, master_key_id)
);
create index on neuronx.data_key (tenant_id, master_key_id, created_at);
create index on neuronx.data_key (master_key_id, id);
select neuronx.isolate_by_tenant('neuronx.data_key');
select neuronx.cross_tenants('neuronx.data_key', 'neuronx_control');
grant select, insert on neuronx.data_key to neuronx_app;
grant select, insert, delete on neuronx.data_key to neuronx_control;

-- null: sealed under the master key itself, as all were before there were data keys. key_id names the key that seals the value.
alter table neuronx.secret add column data_key_id uuid;
create index secret_without_data_key on neuronx.secret (key_id) where data_key_id is null;
grant update (ciphertext, nonce, tag, key_id, data_key_id) on neuronx.secret to neuronx_control;

-- Tokens of integrations that log in. Times are the database's.
create table neuronx.integration_credential (
  tenant_id uuid not null references neuronx.tenant,
  workspace text not null,
  integration text not null,
  -- Goes up with every new token. Whoever writes one says which version it replaces.
  version bigint not null default 0,
  -- Digest of the client and the token endpoint that the tokens belong to.
  binding text not null,
  -- failed: the vendor refused the refresh token; only a new login helps.
  state text not null default 'empty' check (state in ('empty', 'ready', 'failed')),
  ciphertext bytea,
  nonce bytea,
  tag bytea,
  key_id text,
  data_key_id uuid,
  scopes text[] not null default '{}',
  -- What the vendor told with the token about the connection. No secrets.
  captured jsonb not null default '{}',
  -- Can it be renewed without a person?
  renewable boolean not null default false,
  obtained_at timestamptz,
  expires_at timestamptz,
  refresh_at timestamptz,
  refresh_expires_at timestamptz,
  -- The vendor did not accept the access token of this version.
  stale boolean not null default false,
  -- One refresh at a time: the call is made under the lease, outside of any transaction.
  lease_owner uuid,
  lease_until timestamptz,
  -- A refresh with this version's refresh token was begun, and nobody knows how it ended.
  unclear boolean not null default false,
  attempts integer not null default 0,
  retry_at timestamptz,
  failed_at timestamptz,
  error_code text,
  error_text text,
  primary key (tenant_id, workspace, integration),
  check (state = 'empty' or (ciphertext is not null and nonce is not null and tag is not null and key_id is not null))
) with (fillfactor = 50);
create index integration_credential_due on neuronx.integration_credential (refresh_at) where state = 'ready' and refresh_at is not null;
create index integration_credential_failing on neuronx.integration_credential (failed_at) where failed_at is not null;
create index integration_credential_ending on neuronx.integration_credential (refresh_expires_at) where refresh_expires_at is not null;
create index integration_credential_unrenewed on neuronx.integration_credential (expires_at) where not renewable;
select neuronx.isolate_by_tenant('neuronx.integration_credential');
select neuronx.cross_tenants('neuronx.integration_credential', 'neuronx_relay');
select neuronx.cross_tenants('neuronx.integration_credential', 'neuronx_control');
grant select, insert, update on neuronx.integration_credential to neuronx_app;
grant select (tenant_id, workspace, integration, state, renewable, expires_at, refresh_at, refresh_expires_at, lease_until, attempts,
  retry_at, failed_at, error_code) on neuronx.integration_credential to neuronx_relay;
grant select (tenant_id, retry_at, data_key_id), update (retry_at) on neuronx.integration_credential to neuronx_control;

-- As in 0008, and for integrations that log in: their next refresh may work with the new secret or configuration.
create or replace function neuronx.reopen_gates() returns trigger
language plpgsql set search_path = neuronx, pg_temp as $$
begin
  update neuronx.integration_credential set retry_at = null
  where (tenant_id = new.tenant_id or new.tenant_id is null) and retry_at is not null;
  update neuronx.dispatch_gate set breaker = 'half_open', opens = 0, not_before = clock_timestamp() + interval '1 second'
  where (tenant_id = new.tenant_id or new.tenant_id is null) and breaker <> 'closed'
    and (reason in ('NX-CALL-CREDENTIALS', 'NX-SECRET-MISSING') or reason like 'NX-AUTH-%');
  return null;
end
$$;
