-- What is sealed under a data key could never be opened again.
alter table neuronx.secret no force row level security;
do $$
begin
  if exists (select from neuronx.secret where data_key_id is not null) then
    raise exception 'secrets are sealed under data keys, which going down would drop'
      using hint = 'Stay on this version, or delete those secrets first and set them again afterwards.';
  end if;
end
$$;
alter table neuronx.secret force row level security;

create or replace function neuronx.reopen_gates() returns trigger
language plpgsql set search_path = neuronx, pg_temp as $$
begin
  update neuronx.dispatch_gate set breaker = 'half_open', opens = 0, not_before = clock_timestamp() + interval '1 second'
  where (tenant_id = new.tenant_id or new.tenant_id is null) and breaker <> 'closed'
    and reason in ('NX-CALL-CREDENTIALS', 'NX-SECRET-MISSING');
  return null;
end
$$;

drop table neuronx.integration_credential;
revoke update (ciphertext, nonce, tag, key_id, data_key_id) on neuronx.secret from neuronx_control;
alter table neuronx.secret drop column data_key_id;
drop table neuronx.data_key;
