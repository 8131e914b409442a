/** One apply at a time: what was active before is part of the audit. */
export const serialiseApply = {
  name: 'revision_serialise',
  text: `select pg_advisory_xact_lock(hashtextextended('neuronx.apply', 0))`,
}

export const tenantsBySlug = {
  name: 'revision_tenants',
  text: 'select id, slug from tenant where slug = any($1::text[])',
}

export const insertDocuments = {
  name: 'revision_documents_insert',
  text: `
insert into document (tenant_id, digest, kind, name, body)
select distinct on (digest) $1::uuid, digest, kind, name, body
from json_to_recordset($2::json) as x(digest text, kind text, name text, body jsonb)
on conflict (tenant_id, digest) do nothing`,
}

/** The same content again is the same revision; its first source and author stay. */
export const insertRevision = {
  name: 'revision_insert',
  text: `
with made as (
  insert into revision (id, tenant_id, workspace, digest, documents, source, created_by, places)
  values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8::jsonb)
  on conflict (tenant_id, workspace, digest) do nothing returning id
)
select id from made
union all
select id from revision
where tenant_id is not distinct from $2::uuid and workspace is not distinct from $3::text and digest = $4
limit 1`,
}

export const activate = {
  name: 'revision_activate',
  text: `
insert into active_revision (tenant_id, workspace, revision_id, activated_by) values ($1, $2, $3, $4)
on conflict (tenant_id, workspace) do update
  set revision_id = excluded.revision_id, activated_by = excluded.activated_by, activated_at = clock_timestamp()`,
}

/** Global, tenant, then workspaces by name: the order in which lower scopes see upper ones. */
export const activeOfTenant = {
  name: 'revision_active_of_tenant',
  text: `
select r.id, r.tenant_id, t.slug, r.workspace, r.digest, r.source, r.places, r.created_at, r.created_by
from active_revision a join revision r on r.id = a.revision_id left join tenant t on t.id = a.tenant_id
where a.tenant_id = $1 or a.tenant_id is null
order by a.tenant_id nulls first, a.workspace nulls first`,
}

export const documentsOfRevisions = {
  name: 'revision_documents',
  text: `
select r.id as revision_id, d.kind, d.name, d.digest, d.body
from revision r cross join lateral unnest(r.documents) with ordinality as u(digest, place)
join document d on d.digest = u.digest and d.tenant_id is not distinct from r.tenant_id
where r.id = any($1::uuid[]) order by r.id, u.place`,
}

export const documentByDigest = {
  name: 'document_by_digest',
  text: `
select kind, name, digest, body from document
where digest = $2 and (tenant_id = $1 or tenant_id is null) order by tenant_id nulls last limit 1`,
}
