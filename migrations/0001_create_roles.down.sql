-- The roles stay: they belong to the cluster, and other databases may use them.
drop function neuronx.cross_tenants(regclass, text);
drop function neuronx.isolate_by_tenant(regclass, text);
revoke select on neuronx.migration from neuronx_app, neuronx_relay, neuronx_control;
revoke usage on schema neuronx from neuronx_app, neuronx_relay, neuronx_control;
