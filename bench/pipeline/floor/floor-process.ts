// The floor: what neuronx does to the outside, without anything that makes it neuronx. The same HTTP requests in and out,
// the same SQL statements in the same batches, the same JetStream messages with acknowledgements; no validation, tokens,
// rules, retries, leases to keep, logs or metrics. One process, one event loop. Four steps: 1 is here, 2 in floor-relay.ts, 3 and 4 in
// floor-effects.ts.
import { PostgresShardLeaseStore } from '../../../src/adapters/postgres/events/postgres-shard-lease-store.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { shardOf } from '../../../src/messaging/events/entity-key.ts'
import { leadOf, openEventServer } from '../contestants/event-server.ts'
import type { IncomingLead } from '../contestants/event-server.ts'
import { openSinkClient } from '../contestants/sink-client.ts'
import { serveRequests } from '../harness/child-process.ts'
import { batched } from './batched.ts'
import type { Floor } from './floor.ts'
import { openFloorBus } from './floor-bus.ts'
import { relayOnce } from './floor-relay.ts'
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

// The limits of the daemon's intake batcher.
const intakeWriters = 2
const intakeRequestsMax = 40

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

export type FloorHandlers = typeof handlers

serveRequests(handlers)
