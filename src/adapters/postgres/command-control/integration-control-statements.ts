/** Later than any clock: who opens it is a person. Finite, because reports of calls under way are reckoned with it. */
const never = `'9999-01-01T00:00:00Z'`

/** `$3` the reason of a gate that is switched off. */
export const switchOff = {
  name: 'integration_switch_off',
  text: `
insert into dispatch_gate as g (tenant_id, integration, not_before, reason, breaker, opens, shut_since)
values ($1, $2, ${never}, $3, 'open', 0, clock_timestamp())
on conflict (tenant_id, integration) do update
set breaker = 'open', reason = excluded.reason, not_before = excluded.not_before, opens = 0, shut_since = excluded.shut_since,
  ramp_from = null
where g.reason <> excluded.reason
returning g.integration`,
}

export const switchOn = {
  name: 'integration_switch_on',
  text: `
update dispatch_gate set breaker = 'half_open', reason = '', opens = 0, not_before = clock_timestamp(), shut_since = null
where tenant_id = $1 and integration = $2 and reason = $3
returning integration`,
}

/** Who did it and why stands in the audit log. `$3` the action, `$4` what the target begins with. */
export const switchedOff = {
  name: 'integration_switched_off',
  text: `
select g.integration, g.shut_since as at, coalesce(a.actor, '') as by, coalesce(a.reason, '') as reason
from (select integration, shut_since from dispatch_gate where tenant_id = $1 and reason = $2 order by integration limit 500) g
left join lateral (
  select l.actor, l.reason from audit_log l
  where l.tenant_id = $1 and l.action = $3 and l.target = $4 || g.integration order by l.id desc limit 1) a on true
order by g.integration`,
}

/** A budget is written when tokens are taken from it, and when a call tells how it went; a pause dates it ahead. */
export const lastCalls = {
  name: 'integration_last_calls',
  text: `
select integration, at from (
  select integration, greatest(window_at, case when tokens_at <= clock_timestamp() then tokens_at else 'epoch' end) as at
  from dispatch_gate where tenant_id = $1) g
where at > 'epoch' order by integration limit 500`,
}

/** `$2` the target. */
export const lastRegistration = {
  name: 'integration_last_registration',
  text: `
select at, coalesce(after->>'end', '') as "end", after->>'secret' as secret from audit_log
where tenant_id = $1 and action = 'integration.webhook_register' and target = $2
order by id desc limit 1`,
}

/** Of the session, not of a transaction: a vendor and a person are waited for. `$1` the tenant, `$2` the integration. */
export const holdAlone = {
  name: 'integration_hold_alone',
  text: `select pg_try_advisory_lock(hashtextextended('neuronx.integration.' || $1 || '/' || $2, 0)) as held`,
}
export const letGo = {
  name: 'integration_let_go',
  text: `select pg_advisory_unlock(hashtextextended('neuronx.integration.' || $1 || '/' || $2, 0))`,
}
