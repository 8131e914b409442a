import type { StoryStage } from './play-story.ts'
import type { StoryVendor } from './story-vendor.ts'

/** Everything that a story left in the database, by table. Ids and
 * times of the database's clock are masked: they are others in every play. */
const looks: Readonly<Record<string, string>> = {
  entities: `select replace(entity_key, '/', ' / ') as key, kind, version::integer, applied_seq::integer, fields, scores, marks
    from entity where tenant_id = $1`,
  decisions: `select entity_key as key, entity_seq::integer as seq, event_type, changes from decision where tenant_id = $1`,
  log: `select entity_key as key, entity_seq::integer as seq, type, origin, data from event_log where tenant_id = $1 and entity_seq is not null`,
  instances: `select workflow, entity_key as key, status, state, seq, vars, steps,
      not exists (select from workflow_timer t where t.instance_id = i.id) as awake
    from workflow_instance i where tenant_id = $1`,
  commands: `select c.integration, c.operation, c.entity_key as key, c.cause, c.input, coalesce(o.state, l.state) as state
    from command c left join command_outcome o on o.command_id = c.id left join command_lane l on l.command_id = c.id
    where c.tenant_id = $1`,
  waits: `select rule, entity_key as key, kind from rule_wait where tenant_id = $1`,
  tasks: `select entity_key as key, status, assignee, team, rung from task where tenant_id = $1`,
  turns: `select team, turn::integer from team_rotation where tenant_id = $1`,
  loads: `select team, rep, open, last_turn::integer from rep_load where tenant_id = $1`,
  letters: `select source, class, code, integration, cause from dead_letter where tenant_id = $1 and status = 'open'`,
}

const timePattern = /\d{4}-\d\d-\d\dT[\d:.]+Z/g
const idPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

export type StoryFacts = Readonly<Record<string, readonly string[]>>

export async function storyFacts({ behind, tenantId }: StoryStage, vendor: StoryVendor): Promise<StoryFacts> {
  const facts: Record<string, readonly string[]> = {}
  for (const [name, text] of Object.entries(looks)) {
    const { rows } = await behind.query<object>(text, [tenantId])
    facts[name] = masked(rows)
  }
  return { ...facts, effects: masked(vendor.effects.map(({ operation, input }) => ({ operation, input }))) }
}

function masked(rows: readonly object[]): readonly string[] {
  return rows
    .map((row) => JSON.stringify(row).replaceAll(idPattern, '#').replaceAll(timePattern, '@'))
    .toSorted()
}

/** What must never be, whatever else came of it: something twice, or something that nothing leads to. Empty: all is well. */
export async function storyProblems(
  { behind, tenantId }: StoryStage,
  vendor: StoryVendor,
): Promise<readonly string[]> {
  const { rows } = await behind.query<{ problem: string }>(
    `select 'logged twice: ' || external_id as problem from event_log where tenant_id = $1 group by source, external_id having count(*) > 1
     union all select 'decided twice: ' || event_id from decision where tenant_id = $1 group by event_id having count(*) > 1
     union all select 'not decided: ' || type from event_log l where tenant_id = $1 and entity_seq is not null
       and not exists (select from decision d where d.tenant_id = $1 and d.event_id = l.event_id)
       and not exists (select from dead_letter d where d.tenant_id = $1 and d.event_id = l.event_id and d.source = 'event')
     union all select 'neither timer nor awaited event: ' || workflow || ' ' || state::text from workflow_instance i
       where tenant_id = $1 and status = 'waiting' and state->'wait'->>'until' is not null
         and not exists (select from workflow_timer t where t.instance_id = i.id)
     union all select 'still in the queue: ' || command_id from command_lane where tenant_id = $1`,
    [tenantId],
  )
  const keys = vendor.effects.map(({ key }) => key)
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
  return [...rows.map(({ problem }) => problem), ...twice.map((key) => `took effect twice: ${key}`)]
}
