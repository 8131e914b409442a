/** As a row's columns are named in Alert. */
const alertColumns = `a.id, a.tenant_id as "tenantId", a.code, a.subject, a.severity, a.title, a.detail, a.fix, a.facts, a.status,
  a.first_at as "firstAt", a.last_at as "lastAt", a.seen, a.acknowledged_by as "acknowledgedBy",
  a.acknowledged_at as "acknowledgedAt", a.resolved_at as "resolvedAt"`

/**
 * `$1` codes that were looked at, `$2` what was found. New conditions are inserted, known ones counted, and what was not found
 * any more is resolved: one statement, one snapshot. Returns what is new. An upsert that updates keeps the row's id, so the id
 * offered tells new from known.
 */
export const report = {
  name: 'alert_report',
  text: `
with found as (
  select * from json_to_recordset($2::json) as x(
    id uuid, tenant_id uuid, code text, subject text, severity text, title text, detail text, fix text, facts jsonb)
), written as (
  insert into alert as a (id, tenant_id, code, subject, severity, title, detail, fix, facts)
  select id, tenant_id, code, subject, severity, title, detail, fix, facts from found order by tenant_id, code, subject
  on conflict (tenant_id, code, subject) where status <> 'resolved' do update
  set last_at = clock_timestamp(), seen = a.seen + 1, severity = excluded.severity, title = excluded.title,
    detail = excluded.detail, fix = excluded.fix, facts = excluded.facts
  returning a.*
), gone as (
  update alert a set status = 'resolved', resolved_at = clock_timestamp()
  where a.code = any($1::text[]) and a.status <> 'resolved'
    and not exists (
      select from found f
      where f.code = a.code and f.subject = a.subject and f.tenant_id is not distinct from a.tenant_id)
)
select ${alertColumns} from written a join found f on f.id = a.id order by a.id`,
}

/** `$1` null: the installation's. */
const ofTenant = 'a.tenant_id is not distinct from $1::uuid'

export const list = {
  name: 'alert_list',
  text: `
select ${alertColumns} from alert a
where ${ofTenant} and ($2::text is null or a.status = $2) and ($3::text is null or a.severity = $3)
  and ($4::text is null or a.code = $4) and ($5::timestamptz is null or (a.first_at, a.id) < ($5::timestamptz, $6::uuid))
order by a.first_at desc, a.id desc limit $7`,
}

export const byId = {
  name: 'alert_by_id',
  text: `select ${alertColumns} from alert a where ${ofTenant} and a.id = $2`,
}

export const acknowledge = {
  name: 'alert_acknowledge',
  text: `
update alert a set status = 'acknowledged', acknowledged_by = $3, acknowledged_at = clock_timestamp()
where ${ofTenant} and a.id = $2 and a.status = 'open' returning ${alertColumns}`,
}

export const countsByCode = {
  name: 'alert_counts_by_code',
  text: `
select code, severity, count(*)::integer as count from alert where status <> 'resolved'
group by code, severity order by code, severity`,
}

/** Alerts that a route may have to be told of: what is unresolved, and what was resolved within `$1` milliseconds. */
export const noticeable = {
  name: 'alert_noticeable',
  text: `
select ${alertColumns},
  (select coalesce(jsonb_agg(jsonb_build_object('route', n.route, 'occurrence', n.occurrence, 'sent', n.command_id is not null, 'at', n.at)), '[]')
   from alert_notice n where n.alert_id = a.id) as notices
from (
  (select * from alert where status <> 'resolved' order by code, id limit $2)
  union all
  (select * from alert where status = 'resolved' and resolved_at > now() - $1 * interval '1 ms' order by resolved_at limit $2)
) a order by a.id`,
}

/**
 * Written first: whoever comes second writes no command either. Neither returning nor a named key: both would ask for the right to
 * see the row, and the installation's no tenant sees.
 */
export const insertNotice = {
  name: 'alert_notice_insert',
  text: `
insert into alert_notice (alert_id, route, occurrence, tenant_id, command_id, note) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing`,
}

/** Resolved long ago: `$1` milliseconds, at most `$2`. */
export const forget = {
  name: 'alert_forget',
  text: `
delete from alert where id in (
  select id from alert where status = 'resolved' and resolved_at < now() - $1 * interval '1 ms' order by resolved_at limit $2)
returning id`,
}
