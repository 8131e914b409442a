import { switchedOffReason } from '../../../messaging/commands/integration-control.ts'
import { isForCredentials } from '../commands/gate-statements.ts'

const inMs = (column: string): string =>
  `extract(epoch from ${column} - clock_timestamp())::double precision * 1000`

const facts = `
  workspace, integration, version, binding, state, scopes, captured, renewable, obtained_at as "obtainedAt", expires_at as "expiresAt",
  refresh_expires_at as "refreshExpiresAt", ${inMs('expires_at')} as "expiresInMs", ${inMs('refresh_at')} as "refreshInMs",
  ${inMs('refresh_expires_at')} as "refreshExpiresInMs",
  greatest(0, coalesce(${inMs('retry_at')}, 0)) as "retryInMs", greatest(0, coalesce(${inMs('lease_until')}, 0)) as "leasedForMs",
  stale, unclear, attempts, failed_at as "failedAt", error_code as "errorCode", error_text as "errorText"`

const sealed = 'ciphertext, nonce, tag, key_id as "keyId", data_key_id as "dataKeyId"'

const place = 'tenant_id = $1 and workspace = $2 and integration = $3'

export const read = {
  name: 'credential_read',
  text: `select ${facts}, ${sealed} from integration_credential where ${place}`,
}

export const list = {
  name: 'credential_list',
  text: `select ${facts} from integration_credential where tenant_id = $1 order by workspace, integration`,
}

/** A row to lease for a place that has none. */
export const prepare = {
  name: 'credential_prepare',
  text: `
insert into integration_credential (tenant_id, workspace, integration, binding) values ($1, $2, $3, $4)
on conflict do nothing`,
}

/** `$4` version, `$5` owner, `$6` milliseconds. A lease that nobody ended is a try that nobody knows the end of. */
export const lease = {
  name: 'credential_lease',
  text: `
update integration_credential
set lease_owner = $5, lease_until = clock_timestamp() + $6 * interval '1 ms', unclear = unclear or lease_owner is not null
where ${place} and version = $4 and (lease_until is null or lease_until <= clock_timestamp())
returning ${facts}, ${sealed}`,
}

/** `$4` the version that is replaced. */
export const save = {
  name: 'credential_save',
  text: `
update integration_credential
set version = version + 1, state = 'ready', binding = $5, ciphertext = $6, nonce = $7, tag = $8, key_id = $9, data_key_id = $10,
  scopes = $11, captured = $12::jsonb, renewable = $13, obtained_at = clock_timestamp(),
  expires_at = clock_timestamp() + $14::double precision * interval '1 ms',
  refresh_at = clock_timestamp() + $15::double precision * interval '1 ms',
  refresh_expires_at = clock_timestamp() + $16::double precision * interval '1 ms',
  stale = false, lease_owner = null, lease_until = null, unclear = false, attempts = 0, retry_at = null, failed_at = null,
  error_code = null, error_text = null
where ${place} and version = $4
returning version`,
}

/** `$4` version, `$5` owner, `$6` milliseconds, `$7` code, `$8` text, `$9` unclear. */
export const backOff = {
  name: 'credential_back_off',
  text: `
update integration_credential
set lease_owner = null, lease_until = null, attempts = attempts + 1, retry_at = clock_timestamp() + $6 * interval '1 ms',
  failed_at = coalesce(failed_at, clock_timestamp()), error_code = $7, error_text = $8, unclear = unclear or $9
where ${place} and version = $4 and lease_owner = $5
returning version`,
}

/** `$4` version, `$5` owner, `$6` code, `$7` text. */
export const fail = {
  name: 'credential_fail',
  text: `
update integration_credential
set state = 'failed', lease_owner = null, lease_until = null, attempts = attempts + 1, retry_at = null,
  failed_at = clock_timestamp(), error_code = $6, error_text = $7
where ${place} and version = $4 and lease_owner = $5
returning version`,
}

export const markStale = {
  name: 'credential_mark_stale',
  text: `update integration_credential set stale = true where ${place} and version = $4 and not stale`,
}

/** The row stays, with its version: a refresh that was under way must not find its own again after the next login. */
export const remove = {
  name: 'credential_remove',
  text: `
update integration_credential
set version = version + 1, state = 'empty', ciphertext = null, nonce = null, tag = null, key_id = null, data_key_id = null,
  scopes = '{}', captured = '{}', renewable = false, obtained_at = null, expires_at = null, refresh_at = null,
  refresh_expires_at = null, stale = false, lease_owner = null, lease_until = null, unclear = false, attempts = 0, retry_at = null,
  failed_at = null, error_code = null, error_text = null
where ${place} and (state <> 'empty' or failed_at is not null)
returning version`,
}

export const postpone = {
  name: 'credential_postpone',
  text: `
update integration_credential set refresh_at = clock_timestamp() + $4 * interval '1 ms'
where ${place} and refresh_at <= clock_timestamp()`,
}

/** Across tenants. What nothing renews is due for a person, not here. */
export const due = {
  name: 'credential_due',
  text: `
select tenant_id as "tenantId", workspace, integration from integration_credential
where state = 'ready' and renewable and refresh_at <= statement_timestamp() and (retry_at is null or retry_at <= statement_timestamp())
  and (lease_until is null or lease_until <= statement_timestamp())
order by refresh_at limit $1`,
}

/**
 * The gate opens at the next try of a login that failed: a person must act. One that a person switched off stays as it is: a new login
 * must not switch it on. `$3` code.
 */
export const shutGate = {
  name: 'credential_shut_gate',
  text: `
insert into dispatch_gate as g (tenant_id, integration, not_before, reason, breaker, opens, shut_since)
values ($1, $2, clock_timestamp() + interval '15 minutes', $3, 'open', 1, clock_timestamp())
on conflict (tenant_id, integration) do update
set breaker = 'open', reason = excluded.reason, not_before = greatest(g.not_before, excluded.not_before), opens = g.opens + 1,
  shut_since = coalesce(g.shut_since, excluded.shut_since), ramp_from = null
where g.reason <> '${switchedOffReason}'`,
}

/** There are tokens again: one call finds out whether they are accepted. */
export const reopenGate = {
  name: 'credential_reopen_gate',
  text: `
update dispatch_gate set breaker = 'half_open', opens = 0, not_before = clock_timestamp()
where tenant_id = $1 and integration = $2 and breaker <> 'closed'
  and ${isForCredentials}`,
}
