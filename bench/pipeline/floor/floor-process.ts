// The floor: what neuronx does to the outside, without anything that makes it neuronx. The same HTTP requests in and out,
// the same SQL statements in the same batches, the same JetStream messages with acknowledgements; no validation, tokens,
// rules, retries, leases to keep, logs or metrics. One process, one event loop. Four steps: 1 and 2 are here, 3 and 4 in
// floor-effects.ts.
import { PostgresShardLeaseStore } from '../../../src/adapters/postgres/events/postgres-shard-lease-store.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { shardOf } from '../../../src/messaging/events/entity-key.ts'
import { encodeWireEvent } from '../../../src/messaging/events/wire-event.ts'
import { leadOf, openEventServer } from '../contestants/event-server.ts'
import type { IncomingLead } from '../contestants/event-server.ts'
import { openSinkClient } from '../contestants/sink-client.ts'
import { serveRequests } from '../harness/child-process.ts'
import { batched } from './batched.ts'
import type { Floor } from './floor.ts'
import { openFloorBus } from './floor-bus.ts'
import { callsMax, consume, dispatcher } from './floor-effects.ts'
import { inTenant, openFloorPools } from './floor-database.ts'
import { floorDaemonId, learnSql } from './learned-sql.ts'
import { repeat } from './repeat.ts'

export interface FloorStart {
  readonly databaseUrl: string
  readonly natsUrl: string
  readonly sinkOrigin: string
  readonly tenantId: string
  readonly tenantSlug: string
}

// The limits of the daemon's parts: intake batcher and relay.
const intakeWriters = 2
const intakeRequestsMax = 40
const relayPerShardMax = 100

const handlers = {
  start: async ({ databaseUrl, natsUrl, sinkOrigin, tenantId, tenantSlug }: FloorStart): Promise<string> => {
    const pools = openFloorPools(databaseUrl)
    const leases = await new PostgresShardLeaseStore(pools.relay).heartbeat({
      daemonId: floorDaemonId,
      host: 'bench',
      version: '0',
      leaseMs: 86_400_000,
    })
    const sql = await learnSql(pools, tenantId, leases)
    const bus = await openFloorBus(natsUrl)
    const sink = openSinkClient(sinkOrigin, callsMax)
    const floor: Floor = { pools, sql, bus, sink, leases, tenantId, tenantSlug }
    const dispatch: () => void = repeat(dispatcher(floor, () => dispatch()))
    await consume(floor, dispatch)
    const relay = repeat(async () => await relayOnce(floor))
    return await openEventServer(intake(floor, relay))
  },
}

/** 1. HTTP in: what arrives while a transaction is under way shares the next; answered after the commit. */
function intake(floor: Floor, committed: () => void): (events: readonly IncomingLead[]) => Promise<void> {
  return batched(intakeRequestsMax, intakeWriters, async (requests: readonly (readonly IncomingLead[])[]) => {
    const { sql, tenantId } = floor
    const [inboxRow, logRow] = [sql.row('take_inbox_keys'), sql.row('append_events')]
    const events = requests
      .flat()
      .map((event) => ({ event, id: newId(), key: `default/lead/${leadOf(event)}` }))
    await inTenant(floor, async (client) => {
      const keys = events.map(({ event, id }) => ({ ...inboxRow, external_id: event.id, event_id: id }))
      await sql.run(client, 'take_inbox_keys', [JSON.stringify(keys)])
      const rows = events.map(({ event, id, key }, ord) => ({
        ...logRow,
        ord,
        event_id: id,
        root_id: id,
        shard: shardOf(tenantId, key),
        entity_key: key,
        external_id: event.id,
        data: event.data,
        headers: { ...(logRow['headers'] as JsonObject), correlationid: id, rootid: id },
      }))
      await sql.run(client, 'append_events', [JSON.stringify(rows)])
    })
    committed()
  })
}

interface LogRow {
  readonly shard: number | null
  readonly txid: string
  readonly pos: string
  readonly event_id: string
  readonly tenant_id: string
  readonly slug: string
  readonly entity_key: string
  readonly entity_seq: number
  readonly type: string
  readonly source: string
  readonly external_id: string
  readonly origin: 'external'
  readonly data: string
  readonly headers: string
  readonly created_at: string
}

/** 2. Relay: rows behind the shards' cursors, onto the bus, cursors moved. */
async function relayOnce({ sql, pools, bus, leases }: Floor): Promise<number> {
  const found = await sql.run<LogRow>(pools.relay, 'outbox_unpublished', [
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    leases.map(() => '-infinity'),
    relayPerShardMax,
  ])
  const rows = found.filter(({ shard }) => shard !== null)
  if (rows.length === 0) return 0
  await bus.publish(
    rows.map((row) => ({
      subject: `nx.events.${row.shard}.${row.slug}.${row.type}`,
      messageId: `${row.event_id}:1`,
      text: encodeWireEvent(
        {
          id: row.event_id,
          tenantId: row.tenant_id,
          tenantSlug: row.slug,
          entityKey: row.entity_key,
          type: row.type,
          source: row.source,
          externalId: row.external_id,
          origin: row.origin,
          shard: row.shard ?? 0,
          entitySeq: row.entity_seq,
          acceptedAt: row.created_at,
          headersText: row.headers,
        },
        row.data,
      ),
    })),
  )
  const last = [...new Map(rows.map((row) => [row.shard, row])).values()]
  const epochs = new Map(leases.map(({ shard, epoch }) => [shard, epoch]))
  await sql.run(pools.relay, 'outbox_advance', [
    last.map(({ shard }) => shard),
    last.map(({ shard }) => epochs.get(shard ?? -1)),
    last.map(({ txid }) => txid),
    last.map(({ pos }) => pos),
  ])
  return rows.length
}

export type FloorHandlers = typeof handlers

serveRequests(handlers)
