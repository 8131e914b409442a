drop table neuronx.config_source;
