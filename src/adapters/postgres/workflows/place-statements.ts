import { instanceColumns } from '../decisions/instance-row.ts'

/** Where an instance `w` waits. A daemon of an older version leaves the column behind: then the state itself is read. */
const stepsOf = `case
  when w.placed_seq = w.seq then w.waiting_at
  when w.status = 'waiting' then array[w.state->>'stepId']
  else '{}'::text[] end`

/** The same, and of a failed one the step at which it failed. */
export const placesOf = `case when w.status = 'failed' then array[w.state->>'stepId'] else ${stepsOf} end`

/** When an instance `w` wakes; null: its wait has no end, or its timer has fired. */
const wakeAt = `(select t.wake_at from workflow_timer t
  where t.tenant_id = w.tenant_id and t.entity_key = w.entity_key and t.instance_id = w.id and t.seq = w.seq limit 1)`

const inWorkspace = (parameter: string): string => `split_part(w.entity_key, '/', 1) = ${parameter}`

/** Found by name: an index that begins with the workflow has no way to one tenant's. */
const known = `
from workflow_follow n
join workflow_instance w on w.workflow = n.workflow and w.tenant_id = n.tenant_id`

const ofOne = `n.tenant_id = $1 and n.workspace = $2 and ($3::text is null or n.workflow = $3) and ${inWorkspace('n.workspace')}`

export const countPlaces = {
  name: 'workflow_count_places',
  text: `
select w.workflow, w.definition_digest as "definitionDigest", w.status, s.step, count(*)::integer as count ${known}
left join lateral unnest(${stepsOf}) as s(step) on true
where ${ofOne}
group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
}

export const countWaiting = {
  name: 'workflow_count_waiting',
  text: `
select w.workflow, w.definition_digest as "definitionDigest", s.step, count(*)::integer as count ${known}
cross join lateral unnest(${stepsOf}) as s(step)
where n.tenant_id = $1 and n.workspace = $2 and ${inWorkspace('n.workspace')} and w.status = 'waiting'
group by 1, 2, 3 order by 1, 2, 3`,
}

export const countTotals = {
  name: 'workflow_count_totals',
  text: `
select w.workflow, w.status, count(*)::integer as count ${known}
where ${ofOne}
group by 1, 2 order by 1, 2`,
}

export const listInstances = {
  name: 'workflow_list_instances',
  text: `
select w.id, w.workflow, w.definition_digest as "definitionDigest", w.entity_key, w.status, ${placesOf} as steps,
  ${wakeAt} as "wakeAt", w.started_at as "startedAt", w.started_at::text as sort_text
from workflow_instance w
where w.workflow = $3 and w.tenant_id = $1 and w.status = $4 and ${inWorkspace('$2')}
  and ($5::text is null or $5 = any(${placesOf}))
  and ($6::timestamptz is null or (w.started_at, w.id) > ($6::timestamptz, $7::uuid))
order by w.started_at, w.id limit $8`,
}

export const oneInstance = {
  name: 'workflow_one_instance',
  text: `
select ${instanceColumns}, ${wakeAt} as "wakeAt" from workflow_instance w where w.tenant_id = $1 and w.id = $2 limit 1`,
}

export const keysOfInstances = {
  name: 'workflow_instance_keys',
  text: `
select w.id, w.workflow, split_part(w.entity_key, '/', 1) as workspace from workflow_instance w
where w.tenant_id = $1 and w.id = any($2::uuid[])`,
}

export const sampleInstances = {
  name: 'workflow_sample',
  text: `
select ${instanceColumns} from workflow_instance w
where w.workflow = $3 and w.tenant_id = $1 and w.status = 'waiting' and w.definition_digest = $4 and $5 = any(${stepsOf})
  and ${inWorkspace('$2')}
order by w.started_at desc, w.id limit $6`,
}

/** The decisions of an entity from when the instance was started on, the newest first, those that moved it. */
export const movesOf = {
  name: 'workflow_moves',
  text: `
select d.decided_at as at, d.event_id as "eventId", d.event_type as "eventType", t.trace
from decision d
cross join lateral (select t as trace from jsonb_array_elements(d.trace->'workflows') t where t->>'instanceId' = $3) t
where d.tenant_id = $1 and d.entity_key = $2 and d.decided_at >= $4::timestamptz - interval '1 day'
order by d.entity_seq desc limit $5`,
}
