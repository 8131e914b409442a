import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { laneKey, priorityRanks } from '../../../messaging/commands/command.ts'
import type { Command } from '../../../messaging/commands/command.ts'
import { jsonText } from '../connection/json-text.ts'
import { together } from '../connection/together.ts'
import { run } from '../connection/transaction.ts'

/** Rounds in which another transaction came first on a lane. More means that something else is wrong. */
const roundsMax = 10

const insertBodies = {
  name: 'insert_commands',
  text: `
insert into command (id, tenant_id, workspace, entity_key, event_id, root_id, correlation_id, depth, cause, instance_id,
  integration, operation, input, idempotency_key, priority, repeatable, due_at, route_result, parent_id)
select id, tenant_id, workspace, entity_key, event_id, root_id, correlation_id, depth, cause, instance_id,
  integration, operation, input, idempotency_key, priority, repeatable, due_at, route_result, parent_id
from json_to_recordset($1::json) as x(
  id uuid, tenant_id uuid, workspace text, entity_key text, event_id uuid, root_id uuid, correlation_id text, depth integer,
  cause text, instance_id uuid, integration text, operation text, input jsonb, idempotency_key text, priority smallint,
  repeatable boolean, due_at timestamptz, route_result boolean, parent_id uuid)
on conflict (id) do nothing
returning id`,
}

/**
 * Holds the heads of lanes still: a completer that wants to remove one waits until our rows are committed, and then sees
 * them when it promotes the next.
 */
const holdHeads = {
  name: 'lane_hold_heads',
  text: `
select lane_key from command_lane
where lane_key = any($1::text[]) and state in ('ready', 'leased', 'in_doubt')
order by lane_key for key share`,
}

const laneColumns =
  'ord integer, command_id uuid, lane_key text, tenant_id uuid, integration text, priority smallint, next_attempt_at timestamptz, repeatable boolean, run_lease bigint, due_in_ms double precision'

/** What is due by the clock of who queues it is due by the database's after as long: the two may be far apart. */
const laneRows = `(
  select ord, command_id, lane_key, tenant_id, integration, priority, repeatable, run_lease,
    coalesce(clock_timestamp() + due_in_ms * interval '1 ms', next_attempt_at) as next_attempt_at
  from json_to_recordset($1::json) as r(${laneColumns})) x`

interface HeldHead {
  readonly lane_key: string
}

/** Becomes the head, or loses to another transaction that made one meanwhile. */
const insertHeads = {
  name: 'lane_insert_heads',
  text: `
insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, repeatable, run_lease)
select command_id, lane_key, tenant_id, integration, priority, 'ready', next_attempt_at, repeatable, run_lease
from ${laneRows} order by lane_key
on conflict (lane_key) where state in ('ready', 'leased', 'in_doubt') do nothing
returning lane_key`,
}

const insertWaiting = {
  name: 'lane_insert_waiting',
  text: `
insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, repeatable, run_lease)
select command_id, lane_key, tenant_id, integration, priority, 'waiting', next_attempt_at, repeatable, run_lease
from ${laneRows} order by ord`,
}

/** A command on its way into its lane. `runLease`: the last lease number it had, '0' for a new command. */
export interface LaneEntry {
  readonly command: Pick<
    Command,
    'id' | 'tenantId' | 'entityKey' | 'integration' | 'priority' | 'repeatable' | 'dueAt'
  >
  readonly runLease: string
  /** When `dueAt` comes, from now, milliseconds; left out: `dueAt` is by the database's clock. */
  readonly dueInMs?: number
}

/**
 * A command that may be new. `dueInMs`: how long after now it is due, by the clock that said `dueAt` at the time when it did,
 * for that clock may be wrong, or set, before this is written; left out: `dueAt` is by the database's clock. Milliseconds.
 */
export interface NewCommand {
  readonly command: Command
  readonly dueInMs?: number
}

/** Inserts commands and queues them. One that exists already is left alone. Returns how many were new. */
export async function insertCommands(
  client: pg.ClientBase,
  commands: readonly NewCommand[],
): Promise<number> {
  if (commands.length === 0) return 0
  const bodies = commands.map(({ command }) => commandRecord(command))
  const lanes = [...new Set(commands.map(({ command }) => laneKey(command)))]
  const [rows, held] = await together(
    run<{ id: string }>(client, insertBodies, [jsonText(bodies)]),
    run<HeldHead>(client, holdHeads, [lanes]),
  )
  const fresh = new Set(rows.map((row) => row.id))
  const inserted = commands.filter(({ command }) => fresh.delete(command.id))
  await enqueue(
    client,
    inserted.map((one) => ({ ...one, runLease: '0' })),
    held,
  )
  return rows.length
}

/**
 * Puts commands at the end of their lanes, in the order given. Looking at a lane's head and inserting behind it are
 * statements of their own: only a new snapshot shows what was committed while the lock was waited for. `known`: the heads of these
 * lanes, when they are held already.
 */
export async function enqueue(
  client: pg.ClientBase,
  entries: readonly LaneEntry[],
  known: readonly HeldHead[] | null = null,
): Promise<void> {
  let lanes = byLane(entries)
  let first = known
  for (let round = 0; lanes.size > 0; round += 1) {
    if (round === roundsMax) {
      throw new NxError('unavailable', 'NX-DB-RETRY', 'A lane changed too often while a command was queued', {
        retryable: true,
      })
    }
    const held = first ?? (await run<HeldHead>(client, holdHeads, [[...lanes.keys()]]))
    first = null
    const headed = new Set(held.map((row) => row.lane_key))
    const firsts = [...lanes]
      .filter(([key]) => !headed.has(key))
      .map(([, records]) => records[0] as LaneRecord)
    if (firsts.length > 0) {
      const made = await run<{ lane_key: string }>(client, insertHeads, [jsonText(firsts)])
      for (const { lane_key: key } of made) {
        headed.add(key)
        lanes.set(key, (lanes.get(key) ?? []).slice(1))
      }
    }
    const behind = [...lanes].filter(([key]) => headed.has(key)).flatMap(([, records]) => records)
    if (behind.length > 0) await run(client, insertWaiting, [jsonText(behind)])
    lanes = new Map([...lanes].filter(([key]) => !headed.has(key)))
  }
}

type LaneRecord = ReturnType<typeof laneRecord>

function byLane(entries: readonly LaneEntry[]): Map<string, LaneRecord[]> {
  const lanes = new Map<string, LaneRecord[]>()
  for (const [ord, entry] of entries.entries()) {
    const record = laneRecord(entry, ord)
    const lane = lanes.get(record.lane_key)
    if (lane === undefined) lanes.set(record.lane_key, [record])
    else lane.push(record)
  }
  return lanes
}

function laneRecord({ command, runLease, dueInMs }: LaneEntry, ord: number) {
  return {
    ord,
    command_id: command.id,
    lane_key: laneKey(command),
    tenant_id: command.tenantId,
    integration: command.integration,
    priority: priorityRanks[command.priority],
    next_attempt_at: command.dueAt,
    repeatable: command.repeatable === 'yes',
    run_lease: runLease,
    due_in_ms: dueInMs,
  }
}

function commandRecord(command: Command): object {
  return {
    id: command.id,
    tenant_id: command.tenantId,
    workspace: command.workspace,
    entity_key: command.entityKey,
    event_id: command.eventId,
    root_id: command.rootId,
    correlation_id: command.correlationId,
    depth: command.depth,
    cause: command.cause,
    instance_id: command.instanceId,
    integration: command.integration,
    operation: command.operation,
    input: command.input,
    idempotency_key: command.idempotencyKey,
    priority: priorityRanks[command.priority],
    repeatable: command.repeatable === 'yes',
    due_at: command.dueAt,
    route_result: command.routeResult,
    parent_id: command.parentId,
  }
}
