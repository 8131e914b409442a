import { commandColumns } from '../commands/command-row.ts'
import { eventColumns } from '../events/event-row.ts'

export const eventStatus = `case when e.entity_seq is null then 'recorded'
  when (e.txid, e.pos) <= (r.txid, r.pos) then 'published' else 'pending' end`

const eventView = `select ${eventColumns}, e.txid::text as txid, e.pos::text as pos, ${eventStatus} as status
from event_log e join relay_cursor r on r.shard = e.shard`

/** Newest first, in commit order; a transaction's rows in the order in which they were inserted. */
export const events = {
  name: 'read_events',
  text: `${eventView}
where e.tenant_id = $1 and ($2::text is null or e.type = $2) and ($3::text is null or e.entity_key = $3)
  and ($4::timestamptz is null or e.created_at >= $4) and ($5::timestamptz is null or e.created_at < $5)
  and ($6::xid8 is null or (e.txid, e.pos) < ($6::xid8, $7::bigint))
order by e.txid desc, e.pos desc limit $8`,
}

/** Behind the fence like the relay, so that a tail misses nothing that commits late. */
export const eventsAfter = {
  name: 'read_events_after',
  text: `${eventView}
where e.tenant_id = $1 and (e.txid, e.pos) > ($2::xid8, $3::bigint) and e.txid < (select pg_snapshot_xmin(pg_current_snapshot()))
  and e.created_at >= now() - interval '1 day' and e.created_at < now() + interval '1 hour'
order by e.txid, e.pos limit $4`,
}

export const fence = {
  name: 'read_fence',
  text: 'select pg_snapshot_xmin(pg_current_snapshot())::text as txid',
}

export const eventById = {
  name: 'read_event',
  text: `${eventView} where e.tenant_id = $1 and e.event_id = $2`,
}

export const eventsOfRoot = {
  name: 'read_events_of_root',
  text: `${eventView} where e.tenant_id = $1 and e.root_id = $2 order by e.created_at, e.pos limit $3`,
}

export const decisionsOfRoot = {
  name: 'read_decisions_of_root',
  text: `
select event_id, entity_version, config_digest, changes, trace, decided_at from decision
where tenant_id = $1 and root_id = $2 order by pos limit $3`,
}

const commandView = `
select ${commandColumns}, c.created_at, coalesce(o.state, l.state) as state, coalesce(o.attempts, l.attempt) as attempts,
  l.next_attempt_at, l.sent_at, o.ended_at, o.duration_ms, coalesce(o.error, a.error) as error, o.result
from command c
left join command_lane l on l.command_id = c.id
left join command_outcome o on o.command_id = c.id
left join lateral (
  select error from command_attempt a where a.command_id = c.id order by a.run_lease desc limit 1) a on o.state is null`

/** Newest first. */
export const commands = {
  name: 'read_commands',
  text: `${commandView}
where c.tenant_id = $1 and ($2::text is null or coalesce(o.state, l.state) = $2) and ($3::text is null or c.integration = $3)
  and ($4::text is null or c.entity_key = $4)
  and ($5::timestamptz is null or (c.created_at, c.id) < ($5::timestamptz, $6::uuid))
  and ($8::timestamptz is null or c.created_at >= $8) and ($9::timestamptz is null or c.created_at < $9)
order by c.created_at desc, c.id desc limit $7`,
}

export const commandById = {
  name: 'read_command',
  text: `${commandView} where c.tenant_id = $1 and c.id = $2`,
}

export const commandsOfRoot = {
  name: 'read_commands_of_root',
  text: `${commandView} where c.tenant_id = $1 and c.root_id = $2 order by c.created_at, c.id limit $3`,
}

const letter = `
select id, tenant_id as "tenantId", workspace, source, class, code, reason, integration, entity_key as "entityKey",
  event_id as "eventId", command_id as "commandId", cause, payload, status, fingerprint, replays, created_at as "createdAt",
  resolution, last_replay as "lastReplay"
from dead_letter d`

/** Newest first. */
export const deadLetters = {
  name: 'read_dead_letters',
  text: `${letter}
where d.tenant_id = $1 and ($2::text is null or d.status = $2) and ($3::text is null or d.class = $3)
  and ($4::text is null or d.integration = $4) and ($5::text is null or d.fingerprint = $5)
  and ($6::timestamptz is null or (d.created_at, d.id) < ($6::timestamptz, $7::uuid))
  and ($9::text is null or d.source = $9) and ($10::text is null or d.code = $10)
  and ($11::text is null or d.entity_key = $11)
  and ($12::timestamptz is null or d.created_at >= $12) and ($13::timestamptz is null or d.created_at < $13)
order by d.created_at desc, d.id desc limit $8`,
}

export const deadLetterById = {
  name: 'read_dead_letter',
  text: `${letter} where d.tenant_id = $1 and d.id = $2`,
}

export const deadLettersOf = {
  name: 'read_dead_letters_of',
  text: `${letter}
where d.tenant_id = $1 and (d.event_id = any($2::uuid[]) or d.command_id = any($3::uuid[])) order by d.created_at, d.id limit $4`,
}

export const daemonsAlive = {
  name: 'read_daemons_alive',
  text: `select count(*)::integer as alive from daemon where heartbeat_at >= clock_timestamp() - lease_ms * interval '1 ms'`,
}

export const counts = {
  name: 'read_counts',
  text: `
select
  (select count(*) from event_log where tenant_id = $1 and origin = 'external') as "eventsAccepted",
  (select count(*) from decision where tenant_id = $1) as decisions,
  (select count(*) from dead_letter where tenant_id = $1 and status = 'open') as "deadLettersOpen",
  (select count(*) from workflow_instance where tenant_id = $1) as "workflowsStarted",
  (select count(*) from workflow_instance where tenant_id = $1 and status = 'waiting') as "workflowsWaiting",
  (select coalesce(jsonb_object_agg(state, n), '{}') from (
    select state, count(*) as n from command_lane where tenant_id = $1 group by state
    union all
    select state, count(*) from command_outcome where tenant_id = $1 group by state) s) as commands`,
}
