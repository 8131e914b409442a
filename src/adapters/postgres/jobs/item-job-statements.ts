import { jobColumns } from './job-row.ts'

/** Whoever holds the row with the right run works on the job; pausing, cancelling and claiming wait for it, or pass it over. */
export const holdJob = {
  name: 'job_hold',
  text: `
select ${jobColumns}, j.canary_passed,
  greatest(0, extract(epoch from j.next_item_at - clock_timestamp()) * 1000)::double precision as wait_ms,
  greatest(0, extract(epoch from clock_timestamp() - j.next_item_at) * 1000)::double precision as idle_ms
from job j where j.id = $1 and j.run = $2 and j.status = 'running' for no key update`,
}

/** Not at every item: the lease's end is indexed. */
export const renewLease = {
  name: 'job_renew',
  text: `
update job set claimable_at = clock_timestamp() + $2 * interval '1 ms'
where id = $1 and claimable_at < clock_timestamp() + $2 / 2 * interval '1 ms'`,
}

export const nextItem = {
  name: 'job_next_item',
  text: `
select ord, target, status, note from job_item where job_id = $1 and status = 'pending' order by ord limit 1`,
}

export const endItem = {
  name: 'job_end_item',
  text: `update job_item set status = $3, note = $4 where job_id = $1 and ord = $2`,
}

/** A burst is at most what 100 ms let through: a slow item is made good, an hour's pause is not. */
export const countItem = {
  name: 'job_count_item',
  text: `
update job j set done = done + ($2 = 'done')::integer, skipped = skipped + ($2 = 'skipped')::integer,
  failed = failed + ($2 = 'failed')::integer,
  first_error = coalesce(first_error, case when $2 = 'failed' then $3 end),
  next_item_at = case when per_second is null then clock_timestamp()
    else greatest(next_item_at, clock_timestamp() - interval '100 ms') + interval '1 s' / per_second end
where j.id = $1 returning ${jobColumns}`,
}

/** Items whose effects may still fail: `$2` to `$3`, newest first. */
export const doneItems = {
  name: 'job_done_items',
  text: `
select ord, target, status, note from job_item
where job_id = $1 and status = 'done' and ord between $2 and $3 order by ord desc`,
}

export const itemFailedLater = {
  name: 'job_item_failed_later',
  text: `
with item as (update job_item set status = 'failed', note = $3 where job_id = $1 and ord = $2 and status = 'done' returning ord)
update job set done = done - 1, failed = failed + 1, first_error = coalesce(first_error, $3)
where id = $1 and exists (select from item)`,
}

export const passCanary = {
  name: 'job_pass_canary',
  text: 'update job set canary_passed = true where id = $1',
}

export const pauseItself = {
  name: 'job_pause_itself',
  text: `update job set status = 'paused', paused_because = $2, paused_itself = true, owner = null, run = run + 1 where id = $1`,
}

/** Is there a daemon that could carry on what items set going? */
export const daemonAlive = {
  name: 'job_daemon_alive',
  text: `
select exists (
  select from daemon where heartbeat_at >= clock_timestamp() - lease_ms * interval '1 ms') as alive`,
}

export const endJob = {
  name: 'job_end',
  text: `
update job j set status = case when failed > 0 then 'partly_failed' else 'succeeded' end, owner = null,
  ended_at = clock_timestamp()
where j.id = $1 returning ${jobColumns}`,
}
