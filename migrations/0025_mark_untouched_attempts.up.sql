-- Since when the integration only reads because its credentials are refused; counts while it is not before shut_since. Before the other
-- table: a gate may be waited for, and no call is to be held up by that.
alter table neuronx.dispatch_gate add column read_only_since timestamptz;

-- The other side certainly did nothing in this attempt. Only a command whose every attempt is such may go out over another integration.
-- What was written before says nothing, so it counts as unknown.
alter table neuronx.command_attempt add column untouched boolean not null default false;
