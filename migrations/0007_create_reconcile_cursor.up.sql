-- The bus may lose what it acknowledged. How far each shard's published events are known to be applied; what lies behind
-- this cursor for too long is published again.
create table neuronx.reconcile_cursor (
  shard smallint primary key,
  txid xid8 not null default '0',
  pos bigint not null default 0,
  -- Of the last row that was passed: partitions before it need not be looked at.
  at timestamptz not null default clock_timestamp()
) with (fillfactor = 20);
insert into neuronx.reconcile_cursor (shard) select generate_series(0, 63);
grant select on neuronx.reconcile_cursor to neuronx_app, neuronx_relay, neuronx_control;
grant update on neuronx.reconcile_cursor to neuronx_relay;

-- Applied or not is all that the reconciler asks of an entity.
select neuronx.cross_tenants('neuronx.entity', 'neuronx_relay');
grant select (tenant_id, entity_key, applied_seq) on neuronx.entity to neuronx_relay;
