// The floor of the outbox: the statements of neuronx in its batches, its messages with their acknowledgements, and nothing else.
import { PostgresShardLeaseStore } from '../../../src/adapters/postgres/events/postgres-shard-lease-store.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { shardOf } from '../../../src/messaging/events/entity-key.ts'
import { openSinkClient } from '../../pipeline/contestants/sink-client.ts'
import { tenantSlug } from '../../pipeline/contestants/installation.ts'
import { openFloorBus } from '../../pipeline/floor/floor-bus.ts'
import { inTenant, openFloorPools } from '../../pipeline/floor/floor-database.ts'
import { consume } from '../../pipeline/floor/floor-effects.ts'
import { relayOnce } from '../../pipeline/floor/floor-relay.ts'
import type { Floor } from '../../pipeline/floor/floor.ts'
import { floorDaemonId, learnSql } from '../../pipeline/floor/learned-sql.ts'
import { repeat } from '../../pipeline/floor/repeat.ts'
import { leadEvent, leadId } from '../../pipeline/harness/lead-events.ts'
import { CommitWatch } from '../commit-watch.ts'
import type { WorkDone } from '../outbox-contestant.ts'
import type { NeuronxStart } from './open-parts.ts'
import { serveContestant } from './serve-contestant.ts'

const watch = new CommitWatch()
let floor: Floor
let wake: () => void = () => {}

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const { sql, tenantId } = floor
  const [inboxRow, logRow] = [sql.row('take_inbox_keys'), sql.row('append_events')]
  const events = Array.from({ length: count }, (_, offset) => {
    const { id: external, data } = leadEvent(phase, from + offset) as { id: string; data: JsonObject }
    return { external, data, id: newId(), key: `default/lead/${leadId(phase, from + offset)}` }
  })
  await inTenant(floor, async (client) => {
    const keys = events.map(({ external, id }) => ({ ...inboxRow, external_id: external, event_id: id }))
    await sql.run(client, 'take_inbox_keys', [JSON.stringify(keys)])
    const rows = events.map(({ external, data, id, key }, ord) => ({
      ...logRow,
      ord,
      event_id: id,
      root_id: id,
      shard: shardOf(tenantId, key),
      entity_key: key,
      external_id: external,
      data,
      headers: { ...(logRow['headers'] as JsonObject), correlationid: id, rootid: id },
    }))
    await sql.run(client, 'append_events', [JSON.stringify(rows)])
  })
  wake()
}

let working: Promise<void> | null = null

const work = async (): Promise<void> => {
  working ??= (async () => {
    await consume(floor, (ids) => {
      for (const id of ids) watch.committed(id)
    })
    wake = repeat(async () => await relayOnce(floor))
  })()
  await working
}

serveContestant<NeuronxStart>({
  watch,
  insert,
  work,
  start: async ({ databaseUrl, natsUrl, tenantId }: NeuronxStart): Promise<void> => {
    const pools = openFloorPools(databaseUrl)
    const leases = await new PostgresShardLeaseStore(pools.relay).heartbeat({
      daemonId: floorDaemonId,
      host: 'bench',
      version: '0',
      leaseMs: 86_400_000,
    })
    const sql = await learnSql(pools, tenantId, leases)
    const [bus, sink] = [await openFloorBus(natsUrl), openSinkClient('http://127.0.0.1:9', 1)]
    floor = { pools, sql, bus, sink, leases, tenantId, tenantSlug }
  },
  /** Less the event with which the statements were learned. */
  count: async (): Promise<WorkDone> => {
    let rows: readonly WorkDone[] = []
    await inTenant(floor, async (client) => {
      const found = await client.query<WorkDone>(
        `select (select count(*) from decision)::integer - 1 as events, (select count(*) from entity)::integer - 1 as states,
           (select count(*) from command)::integer - 1 as commands`,
      )
      rows = found.rows
    })
    return rows[0] ?? { events: 0, states: 0, commands: 0 }
  },
})
