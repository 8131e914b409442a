// Steps 3 and 4 of the floor (floor-process.ts): from the bus to the sink.
import { newId } from '../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { shardOf } from '../../../src/messaging/events/entity-key.ts'
import { batched } from './batched.ts'
import type { Floor } from './floor.ts'
import { inRole, inTenant } from './floor-database.ts'
import { floorDaemonId } from './learned-sql.ts'

// The limits of the daemon's parts: consumer and dispatcher; the sink's concurrency is that of config/.
const consumers = 2
const consumeMax = 200
export const callsMax = 64
const settleMax = 200
/** Of config/: more than anybody reaches. */
const ratePerSecond = 100_000

interface Delivered {
  readonly event: {
    readonly id: string
    readonly externalid: string
    readonly subject: string
    readonly shard: number
    readonly data: JsonObject
  }
  readonly ack: () => void
}

/** 3. Consumer: up to 200 events a transaction, acknowledged after the commit. A shard belongs to one of two workers. */
export async function consume(
  floor: Floor,
  committed: (externalIds: readonly string[]) => void,
): Promise<void> {
  const workers = Array.from({ length: consumers }, () =>
    batched(consumeMax, 1, async (batch: readonly Delivered[]) => {
      await apply(floor, batch)
      for (const { ack } of batch) ack()
      committed(batch.map(({ event }) => event.externalid))
    }),
  )
  for (const { shard } of floor.leases) {
    const worker = workers[shard % consumers]
    await floor.bus.subscribe(shard, (text, ack) => {
      const parsed = JSON.parse(text) as Delivered['event'] | Delivered['event'][]
      const events = Array.isArray(parsed) ? parsed : [parsed]
      let left = events.length
      const done = (): void => {
        left -= 1
        if (left === 0) ack()
      }
      for (const event of events) void worker?.({ event, ack: done })
    })
  }
}

async function apply(floor: Floor, batch: readonly Delivered[]): Promise<void> {
  const { sql, tenantId } = floor
  const entities = batch.map(({ event }) => {
    const key = `default/${event.subject}`
    const id = event.subject.slice(event.subject.indexOf('/') + 1)
    return {
      tenant_id: tenantId,
      entity_key: key,
      workspace: 'default',
      kind: 'lead',
      id,
      event,
      command: newId(),
    }
  })
  const rows = (name: string, of: (entity: (typeof entities)[number], row: JsonObject) => object): string => {
    const row = sql.row(name)
    return JSON.stringify(entities.map((entity) => ({ ...row, ...of(entity, row) })))
  }
  const lane = (key: string): string => `${tenantId}/sink/${key}`
  await inTenant(floor, async (client) => {
    await sql.run(client, 'shard_hold', [[...new Set(batch.map(({ event }) => event.shard))]])
    const keys = JSON.stringify(entities.map(({ event: _event, command: _command, ...key }) => key))
    await sql.run(client, 'entity_lock', [keys])
    await sql.run(client, 'instance_waiting', [keys])
    await sql.run(client, 'entity_insert', [
      rows('entity_insert', ({ entity_key, id }) => ({ entity_key, id })),
    ])
    await sql.run(client, 'decision_insert', [
      rows('decision_insert', ({ entity_key, event }) => ({
        entity_key,
        event_id: event.id,
        root_id: event.id,
      })),
    ])
    await sql.run(client, 'insert_commands', [
      rows('insert_commands', ({ entity_key, id, event, command }) => ({
        id: command,
        entity_key,
        event_id: event.id,
        root_id: event.id,
        correlation_id: event.id,
        idempotency_key: command,
        input: { lead: id, score: 50 },
      })),
    ])
    await sql.run(client, 'lane_hold_heads', [entities.map(({ entity_key }) => lane(entity_key))])
    await sql.run(client, 'lane_insert_heads', [
      rows('lane_insert_heads', ({ entity_key, command }) => ({
        command_id: command,
        lane_key: lane(entity_key),
      })),
    ])
  })
}

interface CommandRow {
  readonly id: string
  readonly entity_key: string
  readonly event_id: string
  readonly idempotency_key: string
  readonly run_lease: string
  readonly input: { readonly lead: string; readonly score: number }
}

/** 4. Dispatcher: claims what is due, calls the sink, 64 calls at once; ends of calls are written together. */
export function dispatcher(floor: Floor, settled: () => void): () => Promise<number> {
  const { sql, pools, sink, tenantId } = floor
  let calls = 0
  const settle = batched(settleMax, 1, async (ended: readonly CommandRow[]) => {
    await settleAll(floor, ended)
    settled()
  })
  return async () => {
    const free = callsMax - calls
    if (free <= 0) return 0
    const pairs = await inRole(pools.relay, async (client) =>
      sql.run(client, 'claim_pairs', ['00000000-0000-0000-0000-000000000000', '', 200]),
    )
    if (pairs.length === 0) return 0
    const claimed = await inRole(pools.relay, async (client) =>
      sql.run<CommandRow>(client, 'claim', [
        [tenantId],
        ['sink'],
        [free],
        [ratePerSecond],
        [ratePerSecond],
        [1],
        [0],
        [free],
        [0],
        free,
        floorDaemonId,
        30_000,
      ]),
    )
    for (const command of claimed) {
      calls += 1
      void sink
        .hit(command.idempotency_key, command.input.lead, command.input.score)
        .finally(() => (calls -= 1))
        .then(() => settle(command))
    }
    return claimed.length
  }
}

async function settleAll(floor: Floor, ended: readonly CommandRow[]): Promise<void> {
  const { sql } = floor
  const [outcome, result] = [sql.row('settle_outcomes'), sql.row('append_events', 1)]
  const ids = ended.map(({ id }) => id)
  await inTenant(floor, async (client) => {
    await sql.run(client, 'settle_lock', [ids])
    const removed = await sql.run<{ lane_key: string }>(client, 'settle_remove', [ids])
    await sql.run(client, 'settle_promote', [removed.map((row) => row.lane_key)])
    await sql.run(client, 'settle_outcomes', [
      JSON.stringify(ended.map(({ id, run_lease }) => ({ ...outcome, command_id: id, run_lease }))),
    ])
    const events = ended.map((command, ord) => {
      const id = newId()
      const { entity_key, event_id } = command
      const headers = {
        ...(result['headers'] as JsonObject),
        correlationid: event_id,
        causationid: command.id,
        rootid: event_id,
      }
      const data = { ...(result['data'] as JsonObject), commandId: command.id }
      return {
        ...result,
        ord,
        event_id: id,
        external_id: id,
        root_id: event_id,
        entity_key,
        shard: shardOf(floor.tenantId, entity_key),
        headers,
        data,
      }
    })
    await sql.run(client, 'append_events', [JSON.stringify(events)])
  })
}
