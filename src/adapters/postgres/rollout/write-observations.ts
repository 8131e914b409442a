import type pg from 'pg'
import { mergeObservations } from '../../../control-plane/rollout/observe/merge-observations.ts'
import type { UnitCommand, UnitSighting } from '../../../control-plane/rollout/observe/merge-observations.ts'
import type { UnitObservation } from '../../../control-plane/rollout/rollout.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

/** Config errors kept of a rollout: one is enough to roll it back. */
export const configErrorsMax = 1_000

/**
 * Only what changes something takes a lock: a unit that is a whole workspace is in every batch. `$1` units, `$2` commands, `$3`
 * tallies, `$4` config errors.
 */
const insertObservations = {
  name: 'rollout_observe',
  text: `
with fresh as (
  select x.* from json_to_recordset($1::json) as x(rollout_id uuid, step smallint, tenant_id uuid, workspace text, unit_key text,
    arm text, entity_key text, failed boolean, slow boolean, signals text[], actions integer, both_arms boolean)
  left join lateral (
    select * from rollout_unit k where k.rollout_id = x.rollout_id and k.tenant_id = x.tenant_id and k.workspace = x.workspace
      and k.unit_key = x.unit_key and k.step = x.step limit 1) u on true
  where u.rollout_id is null or x.actions > 0 or (x.failed and not u.failed) or (x.slow and u.arm <> 'p' and u.slow is not true)
    or ((x.both_arms or x.arm <> u.arm) and not u.both_arms) or not x.signals <@ u.signals
), units as (
  insert into rollout_unit as u (rollout_id, step, tenant_id, workspace, unit_key, arm, entity_key, failed, slow, signals, actions,
    both_arms)
  select rollout_id, step, tenant_id, workspace, unit_key, arm, entity_key, failed, slow, signals, actions, both_arms
  from fresh order by rollout_id, tenant_id, workspace, unit_key, step
  on conflict (rollout_id, tenant_id, workspace, unit_key, step) do update
  set failed = u.failed or excluded.failed,
    slow = case when u.arm = 'p' and u.slow is not null then u.slow
      when u.slow or excluded.slow then true else coalesce(u.slow, excluded.slow) end,
    signals = case when excluded.signals <@ u.signals then u.signals
      else array(select distinct s from unnest(u.signals || excluded.signals) s order by s) end,
    actions = u.actions + excluded.actions,
    both_arms = u.both_arms or excluded.both_arms or u.arm <> excluded.arm,
    pending = u.pending or excluded.failed or coalesce(excluded.slow, false) or not excluded.signals <@ u.signals
), commands as (
  insert into rollout_command (rollout_id, command_id, tenant_id, workspace, unit_key, step, arm, event_id)
  select rollout_id, command_id, tenant_id, workspace, unit_key, step, arm, event_id
  from json_to_recordset($2::json) as x(rollout_id uuid, command_id uuid, tenant_id uuid, workspace text, unit_key text,
    step smallint, arm text, event_id uuid)
  on conflict do nothing
), tallies as (
  insert into rollout_tally (rollout_id, step, tenant_id, events, unassignable, both_failed)
  select rollout_id, step, tenant_id, events, unassignable, both_failed
  from json_to_recordset($3::json) as x(rollout_id uuid, step smallint, tenant_id uuid, events integer, unassignable integer,
    both_failed integer)
)
insert into rollout_config_error (rollout_id, event_id, tenant_id, unit_key, document, code, message)
select rollout_id, event_id, tenant_id, unit_key, document, code, message
from json_to_recordset($4::json) as x(rollout_id uuid, event_id uuid, tenant_id uuid, unit_key text, document text, code text,
  message text)
where (select count(*) from (select from rollout_config_error e where e.rollout_id = x.rollout_id limit ${configErrorsMax}) k)
  < ${configErrorsMax}
on conflict do nothing`,
}

/** As the column `arm` has it. */
export const armColumn = { candidate: 'c', baseline: 'b', pair: 'p' } as const

/**
 * Writes what a batch showed of the units of rollouts, in the transaction of its decisions and as its last statement: one round
 * trip, none when there is nothing. `client` works as neuronx_app within the tenants of the batch.
 */
export async function writeObservations(
  client: pg.ClientBase,
  observations: readonly UnitObservation[],
): Promise<void> {
  if (observations.length === 0) return
  const { units, commands, tallies, errors } = mergeObservations(observations)
  await run(client, insertObservations, [
    jsonText(units.map(unitRow)),
    jsonText(commands.map(commandRow)),
    jsonText(
      tallies.map(({ rolloutId, tenantId, bothFailed, ...tally }) => ({
        ...tally,
        rollout_id: rolloutId,
        tenant_id: tenantId,
        both_failed: bothFailed,
      })),
    ),
    jsonText(
      errors.map(({ rolloutId, tenantId, eventId, unit, ...error }) => ({
        ...error,
        rollout_id: rolloutId,
        tenant_id: tenantId,
        event_id: eventId,
        unit_key: unit,
      })),
    ),
  ])
}

function unitRow(unit: UnitSighting): object {
  return {
    rollout_id: unit.rolloutId,
    step: unit.step,
    tenant_id: unit.tenantId,
    workspace: unit.workspace,
    unit_key: unit.unit,
    arm: armColumn[unit.arm],
    entity_key: unit.entityKey,
    failed: unit.failed,
    slow: unit.slow,
    signals: [...unit.signals].sort(),
    actions: unit.actions,
    both_arms: unit.bothArms,
  }
}

function commandRow(command: UnitCommand): object {
  return {
    rollout_id: command.rolloutId,
    command_id: command.commandId,
    tenant_id: command.tenantId,
    workspace: command.workspace,
    unit_key: command.unit,
    step: command.step,
    arm: armColumn[command.arm],
    event_id: command.eventId,
  }
}
