import type { DeadLetterAction } from '../../../platform/dead-letters/dead-letter-operations.ts'

/** Why a letter is left alone: short, as a plan counts it; and the sentence for a person. */
export const leftAlone = {
  'being replayed': 'It is being replayed already.',
  'not open': 'It is resolved or discarded already.',
  'already succeeded': 'Its command succeeded meanwhile.',
  'at work': 'Its command is in the queue again.',
  cancelled: 'Its command was cancelled meanwhile.',
  'in doubt':
    'Nobody knows whether the call took effect; replaying it may do it twice. Ask for it explicitly, or resolve it.',
  'lane blocked': 'A command in doubt blocks its lane.',
  'command gone': 'Its command is not in this database.',
  'event gone': 'Its event is no longer in the log.',
  'no rule': 'It does not say which rule it was.',
} as const

export type LeftAlone = keyof typeof leftAlone

/**
 * Text of an expression over a letter `d`: why the action would leave it alone, null when it would not. The same for the plan
 * and for the work itself. Needs `judgeJoins`, and the three parameters of `judgeValues`.
 */
export function judge([action, includeInDoubt, skipBlocked]: readonly [string, string, string]): string {
  return `case
    when d.status = 'replaying' then 'being replayed'
    when d.status <> 'open' then 'not open'
    when l.state in ('waiting', 'ready', 'leased') then 'at work'
    when ${action}::text <> 'replay' then null
    when o.state = 'succeeded' then 'already succeeded'
    when o.state = 'cancelled' then 'cancelled'
    when d.class = 'in_doubt' and not ${includeInDoubt}::boolean then 'in doubt'
    when d.source = 'command' and c.id is null then 'command gone'
    when d.source in ('event', 'rule') and e.event_id is null then 'event gone'
    when d.source = 'rule' and d.cause !~ '^RuleSet/[^#]+#.' then 'no rule'
    when ${skipBlocked}::boolean and l.state is null and b.n is not null then 'lane blocked'
  end`
}

/** Each by key. */
export const judgeJoins = `
left join lateral (select id, tenant_id, integration, entity_key from command c where c.id = d.command_id limit 1) c on true
left join lateral (select state from command_lane l where l.command_id = d.command_id limit 1) l on true
left join lateral (select state from command_outcome o where o.command_id = d.command_id limit 1) o on true
left join lateral (
  select event_id from event_log e where d.source in ('event', 'rule') and e.tenant_id = d.tenant_id and e.event_id = d.event_id limit 1
) e on true
left join lateral (
  select n from command_lane b
  where b.lane_key = c.tenant_id::text || '/' || c.integration || '/' || c.entity_key and b.state = 'in_doubt' limit 1
) b on true`

/** The values of the three parameters of `judge`. */
export function judgeValues(action: DeadLetterAction): readonly [string, boolean, boolean] {
  return action.kind === 'replay'
    ? ['replay', action.includeInDoubt, action.order === 'skip_blocked']
    : [action.kind, false, false]
}
