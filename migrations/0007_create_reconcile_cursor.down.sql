revoke select (tenant_id, entity_key, applied_seq) on neuronx.entity from neuronx_relay;
drop policy neuronx_relay_crosses_tenants on neuronx.entity;
drop table neuronx.reconcile_cursor;
