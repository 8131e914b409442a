const columns = `
r.id, r.tenant_id, r.candidate_digest, r.policy, r.risk, r.predictions, r.plan_id, r.reason, r.state, r.version, r.assigned_version,
r.started_at, r.started_by, r.ended_at, r.lease_epoch::text,
(select json_agg(json_build_object('tenantId', s.tenant_id, 'slug', t.slug, 'workspace', s.workspace,
    'baselineId', b.id, 'baselineDigest', b.digest, 'candidateId', c.id, 'candidateDigest', c.digest))
  from rollout_scope s join revision b on b.id = s.baseline_revision_id join revision c on c.id = s.candidate_revision_id
  left join tenant t on t.id = s.tenant_id where s.rollout_id = r.id) as scopes
from rollout r`

/** `$1` null: whoever asks may see all. A tenant sees what touches its scopes or the global one. */
const visible = `
($1::uuid is null or exists (
  select from rollout_scope v where v.rollout_id = r.id and (v.tenant_id = $1 or v.tenant_id is null)))`

export const byId = { name: 'rollout_by_id', text: `select ${columns} where r.id = $1` }

export const forUpdate = {
  name: 'rollout_for_update',
  text: `select ${columns} where r.id = $1 for update of r`,
}

/** Ids between two, for one that was given by its beginning. */
export const between = {
  name: 'rollout_between',
  text: `select ${columns} where ${visible} and r.id >= $2::uuid and r.id <= $3::uuid order by r.id limit 2`,
}

export const list = {
  name: 'rollout_list',
  text: `
select ${columns} where ${visible} and ($2::boolean is null or r.live = $2)
  and ($3::timestamptz is null or r.ended_at is null or r.ended_at > $3)
order by r.started_at desc, r.id desc limit $4`,
}

export const records = {
  name: 'rollout_records',
  text: `
select rollout_id, seq, transition, state, judged from rollout_transition where rollout_id = $1 order by seq`,
}

/** What is on its way, few at a time: all of it. */
export const live = {
  name: 'rollout_live',
  text: `select ${columns} where r.live order by r.started_at, r.id`,
}

export const served = {
  name: 'rollout_served',
  text: `
select ${columns} where r.id in (
  select s.rollout_id from rollout_scope s where s.live and (s.tenant_id = $1 or s.tenant_id is null))
order by r.started_at, r.id`,
}

export const claim = {
  name: 'rollout_claim',
  text: `
with due as (
  select id from rollout
  where live and look_at <= now() and (lease_until is null or lease_until < clock_timestamp())
  order by look_at limit 1 for update skip locked
)
update rollout r set lease_owner = $1, lease_epoch = r.lease_epoch + 1, lease_until = clock_timestamp() + $2 * interval '1 ms'
from due where r.id = due.id returning r.id`,
}

export const release = {
  name: 'rollout_release',
  text: `
update rollout set lease_owner = null, lease_until = null, look_at = clock_timestamp() + $3 * interval '1 ms'
where id = $1 and lease_epoch = $2`,
}

export const insert = {
  name: 'rollout_insert',
  text: `
insert into rollout (id, tenant_id, label, candidate_digest, policy, risk, predictions, plan_id, reason, state, state_name, live, step,
  weight, started_by, started_at)
values ($1, $2, $3, $4, $5::jsonb, $6, $7::jsonb, $8, $9, $10::jsonb, $11, true, $12, $13, $14, $15)`,
}

export const insertScope = {
  name: 'rollout_scope_insert',
  text: `
insert into rollout_scope (rollout_id, tenant_id, workspace, baseline_revision_id, candidate_revision_id)
values ($1, $2, $3, $4, $5)`,
}

/** `$2`: the version that the change was decided on; `$3` the epoch, null: a person acts, who needs no lease. */
export const change = {
  name: 'rollout_change',
  text: `
update rollout r
set state = $4::jsonb, state_name = $5, live = $6, step = $7, weight = $8, version = r.version + 1,
  assigned_version = case when $9::boolean then r.version + 1 else r.assigned_version end, ended_at = $10,
  look_at = case when $3::bigint is null then clock_timestamp() else r.look_at end
where r.id = $1 and r.version = $2 and ($3::bigint is null or r.lease_epoch = $3) returning r.id`,
}

export const renew = {
  name: 'rollout_renew',
  text: `
update rollout set lease_until = clock_timestamp() + greatest(lease_until - clock_timestamp(), $3 * interval '1 ms')
where id = $1 and lease_epoch = $2`,
}

export const holdScopes = {
  name: 'rollout_hold_scopes',
  text: 'update rollout_scope set live = $2 where rollout_id = $1 and live <> $2',
}

export const insertTransition = {
  name: 'rollout_transition_insert',
  text: `
insert into rollout_transition (rollout_id, seq, tenant_id, at, from_state, to_state, transition, state, judged)
select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8::jsonb from rollout_transition where rollout_id = $1`,
}

export const insertApproval = {
  name: 'rollout_approval_insert',
  text: `
insert into rollout_approval (rollout_id, step, by, tenant_id, reason) values ($1, $2, $3, $4, $5)
on conflict (rollout_id, step, by) do nothing returning by`,
}

/** Looked at again at once: what it waits for may be there. */
export const lookNow = {
  name: 'rollout_look_now',
  text: 'update rollout set look_at = clock_timestamp() where id = $1',
}

export const databaseNow = {
  name: 'rollout_now',
  text: `select floor(extract(epoch from clock_timestamp()) * 1000)::double precision as "nowMs", clock_timestamp() as now`,
}

export const acknowledge = {
  name: 'rollout_acknowledge',
  text: `
insert into rollout_ack as a (rollout_id, daemon_id, version)
select r.id, $1, x.version from json_to_recordset($2::json) as x(rollout_id uuid, version bigint)
cross join lateral (select id from rollout r where r.id = x.rollout_id limit 1) r order by r.id
on conflict (rollout_id, daemon_id) do update set version = greatest(a.version, excluded.version), at = clock_timestamp()`,
}

/** Those of rollouts that are over, and of daemons that are gone. */
export const forgetAcks = {
  name: 'rollout_forget_acks',
  text: `
delete from rollout_ack a where not exists (select from daemon d where d.id = a.daemon_id)
  or exists (select from rollout r where r.id = a.rollout_id and r.ended_at is not null)`,
}
