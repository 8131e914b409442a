// Step 2 of the floor (floor-process.ts): from the log to the bus.
import { packBody, packEvents, packId } from '../../../src/adapters/nats/events/event-packs.ts'
import { outgoingEvent } from '../../../src/adapters/postgres/events/outgoing-event.ts'
import type { OutgoingRow } from '../../../src/adapters/postgres/events/outgoing-event.ts'
import type { Floor } from './floor.ts'

// The limit of the daemon's relay.
const relayPerShardMax = 100

/** 2. Relay: rows behind the shards' cursors, onto the bus, cursors moved. */
export async function relayOnce({ sql, pools, bus, leases }: Floor): Promise<number> {
  const found = await sql.run<OutgoingRow | { readonly shard: null }>(pools.relay, 'outbox_unpublished', [
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    leases.map(() => '-infinity'),
    relayPerShardMax,
  ])
  const rows = found.filter((row) => row.shard !== null)
  if (rows.length === 0) return 0
  const packs = packEvents(rows.map(outgoingEvent))
  await bus.publish(
    packs.map((pack) => ({ subject: pack.subject, messageId: packId(pack, 1), text: packBody(pack) })),
  )
  const last = [...new Map(rows.map((row) => [row.shard, row])).values()]
  const epochs = new Map(leases.map(({ shard, epoch }) => [shard, epoch]))
  await sql.run(pools.relay, 'outbox_advance', [
    last.map(({ shard }) => shard),
    last.map(({ shard }) => epochs.get(shard)),
    last.map(({ txid }) => txid),
    last.map(({ pos }) => pos),
    last.map(({ created_at: at }) => at),
  ])
  return rows.length
}
