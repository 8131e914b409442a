import { isUuid } from '../../../kernel/ids.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { EventReplayOptions, EventSelection } from '../../../platform/jobs/event-replays.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'

const conditions = `e.tenant_id = $1 and e.entity_seq is not null and ($2::text is null or e.type = $2)
  and ($3::text is null or e.entity_key = $3) and ($4::timestamptz is null or e.created_at >= $4)
  and ($5::timestamptz is null or e.created_at < $5)`

/** Text of a sub-select of the selected rows of event_log in commit order; `$1` to `$6`, by ids `$7` as well. */
export const selectedEvents = {
  filter: `select e.* from event_log e where ${conditions} order by e.txid, e.pos limit $6`,
  ids: `
select e.* from unnest($7::uuid[]) x(id)
cross join lateral (select * from event_log l where l.event_id = x.id limit 1) e where ${conditions} order by e.txid, e.pos limit $6`,
} as const

export interface BoundEvents {
  readonly by: 'filter' | 'ids'
  readonly values: readonly unknown[]
}

export function bindEvents(tenantId: string, selection: EventSelection): BoundEvents {
  const { ids, entity, type = null, since = null, until = null, max } = selection
  const key = entity === undefined ? null : entityKey(entity.workspace, entity)
  // One more than may be, which tells that there are more.
  const most = Math.min(max ?? jobItemsMax + 1, jobItemsMax + 1)
  const values = [tenantId, type, key, since, until, most]
  return ids === undefined
    ? { by: 'filter', values }
    : { by: 'ids', values: [...values, [...new Set(ids)].filter(isUuid)] }
}

/** Why an event is left alone: short, as a plan counts it; and the sentence for a person. */
export const eventsLeftAlone = {
  'commands succeeded':
    'Commands that it caused succeeded; they would be asked for once more. Allow the repeat to do so.',
  'commands at work': 'Commands that it caused are still in the queue; they would be asked for once more.',
} as const

export type EventLeftAlone = keyof typeof eventsLeftAlone

/** Text of an expression over an event `e`; needs `eventJudgeJoins`. */
export function judgeEvent(allowRepeat: string): string {
  return `case
    when ${allowRepeat}::boolean then null
    when c.succeeded then 'commands succeeded'
    when c.at_work then 'commands at work'
  end`
}

/** What the event and its replays caused, and of it what the one rule did, if only that is to be replayed. */
export function eventJudgeJoins(cause: string): string {
  return `
cross join lateral (
  select coalesce(bool_or(o.state = 'succeeded'), false) as succeeded, coalesce(bool_or(l.state is not null), false) as at_work
  from command c
  left join lateral (select state from command_outcome o where o.command_id = c.id limit 1) o on true
  left join lateral (select state from command_lane l where l.command_id = c.id limit 1) l on true
  where c.tenant_id = e.tenant_id and c.root_id = e.root_id
    and (c.event_id = e.event_id or exists (
      select from event_log r
      where r.event_id = c.event_id and r.tenant_id = e.tenant_id and r.source = 'neuronx/replay'
        and r.headers->>'causationid' = e.event_id::text))
    and (${cause}::text is null or c.cause = ${cause})) c`
}

/** The values of `judgeEvent` and `eventJudgeJoins`: `inbound/hot` is `RuleSet/inbound#hot` as a cause. */
export function eventJudgeValues({
  rule,
  allowRepeat,
}: EventReplayOptions): readonly [boolean, string | null] {
  return [allowRepeat, rule === null ? null : `RuleSet/${rule.replace('/', '#')}`]
}
