const columns =
  'k.id, k.tenant_id as "tenantId", k.master_key_id as "masterKeyId", k.ciphertext, k.nonce, k.tag'

export const newest = {
  name: 'data_key_newest',
  text: `select ${columns} from data_key k where tenant_id = $1 and master_key_id = $2 order by created_at desc, id desc limit 1`,
}

export const seals = {
  name: 'data_key_seals',
  text: `select ${columns} from data_key k where tenant_id = $1 and id = $2 order by created_at`,
}

export const add = {
  name: 'data_key_add',
  text: `
insert into data_key (id, tenant_id, master_key_id, ciphertext, nonce, tag) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing`,
}

/** How much hangs on each master key, the oldest first: what one seals itself is from before there were data keys. */
export const standings = {
  name: 'data_key_standings',
  text: `
select coalesce(k.id, s.id) as "masterKeyId", coalesce(k.data_keys, 0)::integer as "dataKeys", coalesce(k.alone, 0)::integer as alone,
  coalesce(s.secrets, 0)::integer as secrets
from (
  select master_key_id as id, count(*) as data_keys, min(created_at) as since,
    count(*) filter (where not exists (
      select from data_key o where o.id = d.id and o.master_key_id <> d.master_key_id)) as alone
  from data_key d group by master_key_id) k
full join (select key_id as id, count(*) as secrets from secret where data_key_id is null group by key_id) s on s.id = k.id
order by k.since nulls first, 1`,
}

export const toReseal = {
  name: 'data_key_to_reseal',
  text: `
select ${columns} from data_key k
where k.master_key_id = $1 and not exists (select from data_key o where o.id = k.id and o.master_key_id = $2)
order by k.id limit $3`,
}

export const sealedBy = {
  name: 'data_key_sealed_by',
  text: `
select ${columns} from data_key k
where k.master_key_id = $1 and ($2::uuid is null or k.id > $2::uuid) order by k.id limit $3`,
}

export const retire = {
  name: 'data_key_retire',
  text: `
delete from data_key k
where k.master_key_id = $1 and exists (select from data_key o where o.id = k.id and o.master_key_id = $2) returning k.id`,
}

export const directSecrets = {
  name: 'secret_direct',
  text: `
select tenant_id as "tenantId", name, version, ciphertext, nonce, tag, key_id as "keyId", data_key_id as "dataKeyId" from secret
where data_key_id is null and key_id = $1 order by tenant_id, name, version limit $2`,
}

export const replaceSeal = {
  name: 'secret_replace_seal',
  text: `
update secret set ciphertext = $4, nonce = $5, tag = $6, key_id = $7, data_key_id = $8
where tenant_id = $1 and name = $2 and version = $3 and data_key_id is null returning version`,
}
