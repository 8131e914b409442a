// Step 2 of the floor (floor-process.ts): from the log to the bus.
import { packBody, packEvents, packId } from '../../../src/adapters/nats/events/event-packs.ts'
import { encodeWireEvent } from '../../../src/messaging/events/wire-event.ts'
import type { Floor } from './floor.ts'

// The limit of the daemon's relay.
const relayPerShardMax = 100

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
export async function relayOnce({ sql, pools, bus, leases }: Floor): Promise<number> {
  const found = await sql.run<LogRow>(pools.relay, 'outbox_unpublished', [
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    leases.map(() => '-infinity'),
    relayPerShardMax,
  ])
  const rows = found.filter(({ shard }) => shard !== null)
  if (rows.length === 0) return 0
  const packs = packEvents(
    rows.map((row) => ({
      position: { txid: row.txid, pos: row.pos },
      shard: row.shard ?? 0,
      eventId: row.event_id,
      tenantSlug: row.slug,
      entityKey: row.entity_key,
      type: row.type,
      message: wireText(row),
    })),
  )
  await bus.publish(
    packs.map((pack) => ({ subject: pack.subject, messageId: packId(pack, 1), text: packBody(pack) })),
  )
  const last = [...new Map(rows.map((row) => [row.shard, row])).values()]
  const epochs = new Map(leases.map(({ shard, epoch }) => [shard, epoch]))
  await sql.run(pools.relay, 'outbox_advance', [
    last.map(({ shard }) => shard),
    last.map(({ shard }) => epochs.get(shard ?? -1)),
    last.map(({ txid }) => txid),
    last.map(({ pos }) => pos),
    last.map(({ created_at: at }) => at),
  ])
  return rows.length
}

function wireText(row: LogRow): string {
  return encodeWireEvent(
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
  )
}
