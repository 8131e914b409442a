import { runColumns } from './schedule-statements.ts'

const ofPlace =
  's.tenant_id = $1 and ($2::text is null or s.workspace = $2) and ($3::text is null or s.name = $3)'

/** A tenant has few: hundreds at most. */
export const listSchedules = {
  name: 'schedule_list',
  text: `
select s.workspace, s.name, s.digest, s.times, s.next_at as "nextAt", s.paused_at as "pausedAt", s.paused_by as "pausedBy",
  s.trouble
from schedule s where ${ofPlace} order by s.workspace, s.name limit 5000`,
}

/** Of each the run under way, else the last one that came. */
export const lastRuns = {
  name: 'schedule_last_runs',
  text: `
select l.* from schedule s cross join lateral (
  select ${runColumns} from schedule_run r
  where r.tenant_id = s.tenant_id and r.workspace = s.workspace and r.schedule = s.name
  order by r.due_at desc, r.id desc limit 1) l
where ${ofPlace}`,
}

export const recentRuns = {
  name: 'schedule_runs',
  text: `
select ${runColumns} from schedule_run r
where r.tenant_id = $1 and r.workspace = $2 and r.schedule = $3
  and ($4::timestamptz is null or (r.due_at, r.id) < ($4::timestamptz, $5::uuid))
order by r.due_at desc, r.id desc limit $6`,
}

export const lockOne = {
  name: 'schedule_lock_one',
  text: 'select name from schedule where tenant_id = $1 and workspace = $2 and name = $3 for no key update',
}

export const waitingRequest = {
  name: 'schedule_waiting_request',
  text: `
select id from schedule_run where tenant_id = $1 and workspace = $2 and schedule = $3 and cause = 'manual'
  and status in ('waiting', 'running') limit 1`,
}

export const wakeNow = {
  name: 'schedule_wake_now',
  text: `
update schedule set wake_at = least(wake_at, clock_timestamp())
where tenant_id = $1 and workspace = $2 and name = $3 returning clock_timestamp() as now`,
}

export const pause = {
  name: 'schedule_pause',
  text: `
update schedule set paused_at = clock_timestamp(), paused_by = $4, turn = turn + 1
where tenant_id = $1 and workspace = $2 and name = $3`,
}

/** What came due meanwhile is not caught up: when it is next due is reckoned anew. */
export const resume = {
  name: 'schedule_resume',
  text: `
update schedule set paused_at = null, paused_by = null, next_at = null, wake_at = clock_timestamp(), turn = turn + 1
where tenant_id = $1 and workspace = $2 and name = $3`,
}
