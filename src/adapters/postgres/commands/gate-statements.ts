import { credentialReasons, credentialReasonStart } from '../../../messaging/dispatch/failover.ts'

/** Of a gate: is its reason one of `isCredentialReason`? */
export const isForCredentials = `(reason in (${credentialReasons.map((reason) => `'${reason}'`).join(', ')})
  or starts_with(reason, '${credentialReasonStart}'))`

/** Gates in the order in which every writer locks them, with the database's time. */
export const lockGates = {
  name: 'gate_lock',
  text: `
select g.* from (
  select tenant_id, integration from unnest($1::uuid[], $2::text[]) x(tenant_id, integration) order by tenant_id, integration
) k cross join lateral (
  select d.tenant_id, d.integration, d.breaker, d.reason, d.opens, d.calls, d.failures, d.calls_before, d.failures_before, d.tokens,
    d.per_second, extract(epoch from d.not_before)::double precision * 1000 as not_before,
    extract(epoch from d.shut_since)::double precision * 1000 as shut_since,
    extract(epoch from d.ramp_from)::double precision * 1000 as ramp_from,
    extract(epoch from d.window_at)::double precision * 1000 as window_at,
    extract(epoch from d.tokens_at)::double precision * 1000 as tokens_at,
    extract(epoch from clock_timestamp())::double precision * 1000 as now
  from dispatch_gate d where d.tenant_id = k.tenant_id and d.integration = k.integration limit 1 for no key update) g`,
}

export const writeGates = {
  name: 'gate_write',
  text: `
update dispatch_gate d
set breaker = x.breaker, reason = x.reason, opens = x.opens, calls = x.calls, failures = x.failures, calls_before = x.calls_before,
  failures_before = x.failures_before, tokens = x.tokens, not_before = to_timestamp(x.not_before / 1000),
  shut_since = to_timestamp(x.shut_since / 1000), ramp_from = to_timestamp(x.ramp_from / 1000),
  window_at = to_timestamp(x.window_at / 1000), tokens_at = to_timestamp(x.tokens_at / 1000)
from json_to_recordset($1::json) as x(tenant_id uuid, integration text, breaker text, reason text, opens integer, calls integer,
  failures integer, calls_before integer, failures_before integer, tokens double precision, not_before double precision,
  shut_since double precision, ramp_from double precision, window_at double precision, tokens_at double precision)
where d.tenant_id = x.tenant_id and d.integration = x.integration`,
}
