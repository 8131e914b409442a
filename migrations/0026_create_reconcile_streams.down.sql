drop table neuronx.reconcile_sighting;
drop table neuronx.reconcile_stream;
