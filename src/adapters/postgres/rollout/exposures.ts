import type pg from 'pg'
import type { Exposure } from '../../../control-plane/rollout/rollout-store.ts'
import { NxError } from '../../../kernel/errors.ts'
import { inReadOnlyRole, inReadOnlyTenants, run } from '../connection/transaction.ts'

/** Actions shown of one unit: a unit may be a whole tenant. */
const actionsMax = 1_000

const units = {
  name: 'rollout_exposed_units',
  text: `
select u.tenant_id, u.workspace, u.unit_key, u.entity_key, u.first_at from rollout_unit u
where u.rollout_id = $1 and u.arm = 'c' and ($2::uuid is null or u.tenant_id = $2)
  and ($3::timestamptz is null or (u.first_at, u.tenant_id, u.workspace, u.unit_key) > ($3::timestamptz, $4::uuid, $5, $6))
  and not exists (
    select from rollout_unit p where p.rollout_id = u.rollout_id and p.tenant_id = u.tenant_id and p.workspace = u.workspace
      and p.unit_key = u.unit_key and p.step < u.step and p.arm = 'c')
order by u.first_at, u.tenant_id, u.workspace, u.unit_key limit $7`,
}

const actionsOfUnits = {
  name: 'rollout_exposed_actions',
  text: `
select x.place, c.command_id, c.event_id, c.at
from json_to_recordset($2::json) as x(place integer, tenant_id uuid, workspace text, unit_key text)
cross join lateral (
  select command_id, event_id, at from rollout_command k
  where k.rollout_id = $1 and k.tenant_id = x.tenant_id and k.workspace = x.workspace and k.unit_key = x.unit_key and k.arm = 'c'
  order by k.at, k.command_id limit ${actionsMax}) c
order by x.place, c.at, c.command_id`,
}

/** In the tenants of the transaction. Null state: kept no longer. */
const commandStates = {
  name: 'rollout_exposed_commands',
  text: `
select c.id, c.integration, c.operation, coalesce(o.state, l.state) as state from unnest($1::uuid[]) x(id)
cross join lateral (select * from command c where c.id = x.id limit 1) c
left join lateral (select state from command_outcome o where o.command_id = x.id limit 1) o on true
left join lateral (select state from command_lane l where l.command_id = x.id limit 1) l on true`,
}

interface UnitRow {
  readonly tenant_id: string
  readonly workspace: string
  readonly unit_key: string
  readonly entity_key: string
  readonly first_at: string
}

interface ActionRow {
  readonly place: number
  readonly command_id: string
  readonly event_id: string
  readonly at: string
}

interface CommandRow {
  readonly id: string
  readonly integration: string
  readonly operation: string
  readonly state: string | null
}

/** A page of what the candidate touched. See RolloutStore.exposures. */
export async function readExposures(
  pools: { readonly app: pg.Pool; readonly control: pg.Pool },
  id: string,
  tenantId: string | null,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<{ exposures: readonly Exposure[]; after: string | null }> {
  const { rows, actions } = await inReadOnlyRole(pools.control, async (client) => {
    const found = await run<UnitRow>(client, units, [id, tenantId, ...positionOf(after), limit + 1])
    const page = found.slice(0, limit).map((row, place) => ({ ...row, place }))
    const wanted = page.map(({ place, tenant_id, workspace, unit_key }) => ({
      place,
      tenant_id,
      workspace,
      unit_key,
    }))
    return {
      rows: found,
      actions: await run<ActionRow>(client, actionsOfUnits, [id, JSON.stringify(wanted)]),
    }
  })
  const page = rows.slice(0, limit)
  const tenants = page.map((row) => row.tenant_id)
  const commands = await inReadOnlyTenants(pools.app, tenants, async (client) =>
    run<CommandRow>(client, commandStates, [actions.map((action) => action.command_id)]),
  )
  const byId = new Map(commands.map((command) => [command.id, command]))
  const last = page.at(-1)
  return {
    exposures: page.map((row, place) => ({
      tenantId: row.tenant_id,
      unit: row.unit_key,
      entityKey: row.entity_key,
      firstAt: row.first_at,
      actions: actions
        .filter((action) => action.place === place)
        .map(({ command_id: commandId, event_id: eventId, at }) => {
          const { integration = '', operation = '', state = null } = byId.get(commandId) ?? {}
          return { commandId, eventId, integration, operation, state: state ?? 'forgotten', at }
        }),
    })),
    after: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}

function cursorOf({ first_at, tenant_id, workspace, unit_key }: UnitRow): string {
  return Buffer.from(JSON.stringify([first_at, tenant_id, workspace, unit_key])).toString('base64url')
}

function positionOf(after: string | null): readonly (string | null)[] {
  if (after === null) return [null, null, null, null]
  try {
    const parts: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'))
    if (Array.isArray(parts) && parts.length === 4 && parts.every((part) => typeof part === 'string'))
      return parts
  } catch {
    // Not ours either.
  }
  throw new NxError('usage', 'NX-CURSOR', 'This is no place in the list', {
    fix: 'Leave it out to begin at the first page.',
  })
}
