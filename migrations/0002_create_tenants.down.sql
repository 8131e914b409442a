drop table neuronx.secret;
drop table neuronx.api_token;
drop table neuronx.tenant;
drop table neuronx.audit_log;
drop table neuronx.directory_version;
drop function neuronx.bump_directory();
