const columns = `
p.id, t.slug, p.digest, p.base, p.candidate, p.source, p.report, p.risk, p.approvers, p.approvals, p.state, p.created_at, p.created_by,
p.expires_at, p.ended_at, p.ended_by, p.ended_because, p.expires_at <= clock_timestamp() as expired
from config_plan p left join tenant t on t.id = p.tenant_id`

export const insertPlan = {
  name: 'plan_insert',
  text: `
insert into config_plan (id, tenant_id, digest, base, candidate, source, report, risk, approvers, created_by, expires_at)
values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, $7::jsonb, $8, $9, $10, $11)`,
}

export const planById = {
  name: 'plan_by_id',
  text: `select ${columns} where p.id = $1`,
}

/** Locked for as long as somebody carries it out, approves it or closes it. */
export const planForUpdate = {
  name: 'plan_for_update',
  text: `select ${columns} where p.id = $1 for update of p`,
}

/** Ids between two, for one that was given by its beginning. */
export const plansBetween = {
  name: 'plan_between',
  text: `select ${columns} where p.id >= $1::uuid and p.id <= $2::uuid order by p.id limit 2`,
}

export const recentPlans = {
  name: 'plan_recent',
  text: `select ${columns} order by p.created_at desc, p.id desc limit $1`,
}

export const closePlan = {
  name: 'plan_close',
  text: `
update config_plan set state = $2, ended_at = clock_timestamp(), ended_by = $3, ended_because = $4
where id = $1 and state = 'open'`,
}

export const approvePlan = {
  name: 'plan_approve',
  text: `
update config_plan
set approvals = approvals || jsonb_build_array(jsonb_build_object('by', $2::text, 'at', to_jsonb(clock_timestamp()), 'reason', $3::text))
where id = $1`,
}
