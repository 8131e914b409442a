/** What the trigger on active_revision notes beside who and when: see migrations/0013. */
export const describeActivation = {
  name: 'activation_describe',
  text: `select set_config('nx.activation', $1, true)`,
}

/** What is active in the global scope and in all scopes of these tenants. */
export const heads = {
  name: 'revision_heads',
  text: `
select t.slug, a.workspace, r.id as revision_id, r.digest, r.source, a.activated_at, a.activated_by
from active_revision a join revision r on r.id = a.revision_id left join tenant t on t.id = a.tenant_id
where a.tenant_id is null or a.tenant_id = any($1::uuid[])
order by t.slug nulls first, a.workspace nulls first`,
}

/** Revisions of one scope whose digest begins so; two are enough to see that it is ambiguous. */
export const revisionsByPrefix = {
  name: 'revision_by_prefix',
  text: `
select r.id, t.slug, r.workspace, r.digest, r.source, r.places, r.created_at, r.created_by
from revision r left join tenant t on t.id = r.tenant_id
where r.tenant_id is not distinct from $1::uuid and r.workspace is not distinct from $2::text
  and r.digest >= $3 and r.digest < $3 || 'g'
order by r.digest limit 2`,
}

export const revisionsByIds = {
  name: 'revision_by_ids',
  text: `
select r.id, t.slug, r.workspace, r.digest, r.source, r.places, r.created_at, r.created_by
from revision r left join tenant t on t.id = r.tenant_id where r.id = any($1::uuid[])`,
}

const activationColumns = `
h.id::text, t.slug, h.workspace, h.revision_id, r.digest, p.digest as previous, h.kind, h.at, h.by, h.reason, h.plan_id, r.source
from revision_activation h join revision r on r.id = h.revision_id
left join revision p on p.id = h.previous_id left join tenant t on t.id = h.tenant_id`

export const activationsOfScope = {
  name: 'activation_of_scope',
  text: `
select ${activationColumns}
where h.tenant_id is not distinct from $1::uuid and h.workspace is not distinct from $2::text and h.id < $3
order by h.id desc limit $4`,
}

/** Of a tenant (null: of none) and of the global scope. */
export const activationsOfTenant = {
  name: 'activation_of_tenant',
  text: `
select ${activationColumns}
where (h.tenant_id = $1 or h.tenant_id is null) and h.id < $2 order by h.id desc limit $3`,
}

export const activationsOfAll = {
  name: 'activation_of_all',
  text: `select ${activationColumns} where h.id < $1 order by h.id desc limit $2`,
}

/** What was active before the active revision came by something other than a rollback: going back again goes further back. */
export const previousOfActive = {
  name: 'activation_previous',
  text: `
select p.digest from active_revision a
join revision_activation h on h.tenant_id is not distinct from a.tenant_id and h.workspace is not distinct from a.workspace
  and h.revision_id = a.revision_id
join revision p on p.id = h.previous_id
where a.tenant_id is not distinct from $1::uuid and a.workspace is not distinct from $2::text
  and h.kind not in ('rollback', 'candidate')
order by h.id desc limit 1`,
}

export const quarantinedOfTenants = {
  name: 'quarantine_of_tenants',
  text: `
select t.slug, q.workspace, q.digest, q.reason, q.evidence, q.at, q.by
from quarantined_revision q left join tenant t on t.id = q.tenant_id
where q.lifted_at is null and (q.tenant_id is null or q.tenant_id = any($1::uuid[]))
order by q.at, q.id`,
}

export const insertQuarantine = {
  name: 'quarantine_insert',
  text: `
insert into quarantined_revision (id, tenant_id, workspace, digest, reason, evidence, by)
values ($1, $2, $3, $4, $5, $6::jsonb, $7)
on conflict (tenant_id, workspace, digest) where lifted_at is null do nothing returning id`,
}

export const liftQuarantine = {
  name: 'quarantine_lift',
  text: `
update quarantined_revision set lifted_at = clock_timestamp(), lifted_by = $4, lifted_reason = $5
where tenant_id is not distinct from $1::uuid and workspace is not distinct from $2::text and digest = $3 and lifted_at is null
returning reason`,
}
