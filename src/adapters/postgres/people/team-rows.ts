import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { Decision } from '../../../sales-core/decide/decision.ts'
import type { LoadedTeam, TeamRef } from '../../../sales-core/people/team-book.ts'
import type { RepState } from '../../../sales-core/people/team-state.ts'
import { repKind } from '../../../sales-core/people/task-types.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

const teamColumns = 'tenant_id uuid, workspace text, team text'

const makeTeams = {
  name: 'team_make',
  text: `
insert into team_rotation (tenant_id, workspace, team)
select tenant_id, workspace, team from json_to_recordset($1::json) as x(${teamColumns})
order by tenant_id, workspace, team
on conflict do nothing`,
}

/** In the order of their names, so that two batches that need the same teams wait for each other, never both at once. */
const lockTeams = {
  name: 'team_lock',
  text: `
select t.tenant_id, t.workspace, t.team, t.turn
from (select * from json_to_recordset($1::json) as k(${teamColumns}) order by tenant_id, workspace, team) x
cross join lateral (
  select * from team_rotation t
  where t.tenant_id = x.tenant_id and t.workspace = x.workspace and t.team = x.team limit 1 for no key update) t`,
}

/** What a member has, and what its entity says of it: the latter as it was committed last, of another entity's order. */
const readReps = {
  name: 'team_reps',
  text: `
select x.tenant_id, x.workspace, x.team, x.rep, l.open, l.last_turn, e.available
from json_to_recordset($1::json) as x(${teamColumns}, rep text, rep_key text)
left join lateral (
  select open, last_turn from rep_load l
  where l.tenant_id = x.tenant_id and l.workspace = x.workspace and l.team = x.team and l.rep = x.rep limit 1) l on true
left join lateral (
  select e.fields->'available' as available from entity e
  where e.tenant_id = x.tenant_id and e.entity_key = x.rep_key limit 1) e on true`,
}

/** Held since they were read; the turn is compared all the same, as the second belt. */
const turnTeams = {
  name: 'team_turn',
  text: `
update team_rotation t set turn = x.turn
from json_to_recordset($1::json) as x(${teamColumns}, was_turn bigint, turn bigint)
cross join lateral (
  select ctid from team_rotation k
  where k.tenant_id = x.tenant_id and k.workspace = x.workspace and k.team = x.team and k.turn = x.was_turn limit 1) found
where t.ctid = found.ctid`,
}

/** Differences, so that what is closed needs no lock of its team. */
const changeLoads = {
  name: 'rep_load_change',
  text: `
insert into rep_load as l (tenant_id, workspace, team, rep, open, last_turn)
select tenant_id, workspace, team, rep, change, coalesce(last_turn, 0)
from json_to_recordset($1::json) as x(${teamColumns}, rep text, change integer, last_turn bigint)
order by tenant_id, workspace, team, rep
on conflict (tenant_id, workspace, team, rep) do update
  set open = greatest(0, l.open + excluded.open), last_turn = greatest(l.last_turn, excluded.last_turn)`,
}

interface TeamRow {
  readonly tenant_id: string
  readonly workspace: string
  readonly team: string
  readonly turn: number
}

interface RepRow extends Omit<TeamRow, 'turn'> {
  readonly rep: string
  readonly open: number | null
  readonly last_turn: number | null
  readonly available: unknown
}

/** Holds these teams for the transaction, and reads them. Teams that nobody ever picked from are made. */
export async function readTeams(
  client: pg.ClientBase,
  wanted: readonly TeamRef[],
): Promise<readonly LoadedTeam[]> {
  if (wanted.length === 0) return []
  const keys = jsonText(
    wanted.map(({ tenantId, workspace, team }) => ({ tenant_id: tenantId, workspace, team })),
  )
  let rows = await run<TeamRow>(client, lockTeams, [keys])
  if (rows.length < wanted.length) {
    await run(client, makeTeams, [keys])
    rows = await run<TeamRow>(client, lockTeams, [keys])
  }
  const turns = new Map(rows.map((row) => [idOf(row.tenant_id, row.workspace, row.team), row.turn]))
  const reps = Map.groupBy(
    await run<RepRow>(client, readReps, [jsonText(wanted.flatMap(memberKeys))]),
    (row) => idOf(row.tenant_id, row.workspace, row.team),
  )
  return wanted.map((ref) => {
    const id = idOf(ref.tenantId, ref.workspace, ref.team)
    const states = (reps.get(id) ?? []).map((row): [string, RepState] => [row.rep, stateOf(row)])
    return { ...ref, state: { turn: turns.get(id) ?? 0, reps: new Map(states) } }
  })
}

function memberKeys({ tenantId, workspace, team, members }: TeamRef): readonly object[] {
  return members.map((rep) => ({
    tenant_id: tenantId,
    workspace,
    team,
    rep,
    rep_key: entityKey(workspace, { kind: repKind, id: rep }),
  }))
}

function stateOf({ open, last_turn, available }: RepRow): RepState {
  return { open: Math.max(0, open ?? 0), lastTurn: last_turn ?? 0, available: available !== false }
}

interface Load {
  readonly tenant_id: string
  readonly workspace: string
  readonly team: string
  readonly rep: string
  change: number
  last_turn: number | null
}

interface Turn extends TeamRow {
  readonly was_turn: number
  turn: number
}

/** Writes what decisions do to teams. Throws NX-DB-RETRY when a team moved on since it was read. */
export async function writeTeams(
  client: pg.ClientBase,
  decided: ReadonlyArray<{ readonly event: LoggedEvent; readonly decision: Decision }>,
): Promise<void> {
  const turns = new Map<string, Turn>()
  const loads = new Map<string, Load>()
  for (const { event, decision } of decided)
    for (const move of decision.teams?.moves ?? []) {
      const { tenantId, workspace } = event
      const { team, rep } = move
      const id = idOf(tenantId, workspace, team)
      const load = loads.get(`${id}/${rep}`) ?? {
        tenant_id: tenantId,
        workspace,
        team,
        rep,
        change: 0,
        last_turn: null,
      }
      loads.set(`${id}/${rep}`, load)
      load.change += move.move === 'picked' ? 1 : -1
      if (move.move === 'closed') continue
      load.last_turn = move.turn
      const turn = turns.get(id)
      if (turn === undefined)
        turns.set(id, { tenant_id: tenantId, workspace, team, was_turn: move.turn - 1, turn: move.turn })
      else turn.turn = move.turn
    }
  if (turns.size > 0) {
    const { rowCount } = await client.query({ ...turnTeams, values: [jsonText([...turns.values()])] })
    if (rowCount !== turns.size)
      throw new NxError('unavailable', 'NX-DB-RETRY', 'A team changed while it was being picked from', {
        retryable: true,
      })
  }
  if (loads.size > 0) await run(client, changeLoads, [jsonText([...loads.values()])])
}

function idOf(tenantId: string, workspace: string, team: string): string {
  return `${tenantId}/${workspace}/${team}`
}
