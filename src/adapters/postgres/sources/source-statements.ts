/** A source whose settings are others begins anew; what was remembered of it stays when it is the same place. */
export const announceSources = {
  name: 'config_source_announce',
  text: `
insert into config_source as s (name, settings, settings_digest, memory)
select x.name, x.settings, x.digest, x.memory
from json_to_recordset($1::json) as x(name text, settings jsonb, digest text, memory jsonb)
on conflict (name) do update set settings = excluded.settings, settings_digest = excluded.settings_digest,
  memory = case when s.settings -> 'from' = excluded.settings -> 'from' then s.memory else excluded.memory end,
  state = case when s.settings -> 'from' = excluded.settings -> 'from' then s.state else 'waiting' end,
  since = case when s.settings -> 'from' = excluded.settings -> 'from' then s.since else clock_timestamp() end,
  message = case when s.settings -> 'from' = excluded.settings -> 'from' then s.message else '' end,
  code = case when s.settings -> 'from' = excluded.settings -> 'from' then s.code end,
  findings = case when s.settings -> 'from' = excluded.settings -> 'from' then s.findings else '[]' end,
  due_at = clock_timestamp(), lease_owner = null, lease_until = null, lease_epoch = s.lease_epoch + 1
where s.settings_digest <> excluded.settings_digest`,
}

const columns = `
s.name, s.settings, s.state, s.code, s.message, s.findings, s.memory, s.since, s.looked_at, s.due_at, s.sync_requested_at,
case when s.lease_until > clock_timestamp() then s.lease_owner end as followed_by`

/** The lease is kept from look to look by its owner; others wait until it has run out. */
export const claimSource = {
  name: 'config_source_claim',
  text: `
update config_source s set lease_owner = $3, lease_epoch = s.lease_epoch + 1,
  lease_until = clock_timestamp() + $4 * interval '1 ms'
where s.name = (
  select c.name from config_source c
  join unnest($1::text[], $2::text[]) as mine(name, digest) on mine.name = c.name and mine.digest = c.settings_digest
  where c.due_at <= statement_timestamp()
    and (c.lease_owner is null or c.lease_owner = $3 or c.lease_until is null or c.lease_until <= clock_timestamp())
  order by c.due_at, c.name limit 1 for update of c skip locked)
returning ${columns}, s.lease_epoch::text as epoch, clock_timestamp() as at,
  s.sync_requested_at is not null and s.sync_requested_at > coalesce(s.looked_at, '-infinity') as forced`,
}

export const renewSource = {
  name: 'config_source_renew',
  text: `
update config_source set lease_until = clock_timestamp() + $4 * interval '1 ms'
where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint returning name`,
}

/** Looked at: when the look began, so that a request that came meanwhile is not taken for answered. */
export const recordSource = {
  name: 'config_source_record',
  text: `
update config_source set state = $4, code = $5, message = $6, findings = $7::jsonb, memory = $8::jsonb,
  since = case when state = $4 then since else clock_timestamp() end, looked_at = $9::timestamptz,
  due_at = case when sync_requested_at > $9::timestamptz then clock_timestamp()
    else clock_timestamp() + $10 * interval '1 ms' end,
  lease_until = clock_timestamp() + ($10 + $11) * interval '1 ms'
where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint returning name`,
}

export const releaseSources = {
  name: 'config_source_release',
  text: `
update config_source set lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1 where lease_owner = $1`,
}

export const listSources = {
  name: 'config_source_list',
  text: `select ${columns} from config_source s order by s.name`,
}

export const requestSync = {
  name: 'config_source_sync',
  text: `
update config_source s set sync_requested_at = clock_timestamp(), due_at = least(s.due_at, clock_timestamp())
where s.name = $1 returning ${columns}`,
}
