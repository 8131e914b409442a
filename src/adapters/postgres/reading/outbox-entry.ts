import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { EventProgress, OutboxEntry, OutboxRow } from '../../../messaging/reading/event-reader.ts'

/** A row of outboxEntry. */
export interface OutboxEntryRow extends OutboxRow {
  readonly txid: string
  readonly pos: string
  readonly shard: number
  readonly entity_key: string
  readonly entity_seq: number | null
  readonly last_error: string | null
  readonly last_at: string | null
  readonly applied_seq: number
  readonly decided_at: string | null
  readonly entity_version: number | null
  readonly latency_ms: number | null
  readonly dead_letter_id: string | null
}

/** The entry in a row. */
export function outboxEntryOfRow(row: OutboxEntryRow): OutboxEntry {
  const { id, tenantId, eventType, status, retryCount, createdAt, txid, pos, shard } = row
  const { workspace, subject } = parseEntityKey(row.entity_key)
  return {
    id,
    tenantId,
    eventType,
    status,
    retryCount,
    createdAt,
    workspace,
    subject,
    shard,
    position: { txid, pos },
    entitySeq: row.entity_seq,
    trouble:
      row.last_error === null || row.last_at === null ? null : { error: row.last_error, at: row.last_at },
    progress: progressOf(row),
  }
}

function progressOf(row: OutboxEntryRow): EventProgress {
  if (row.entity_seq === null) return { state: 'recorded' }
  if (row.decided_at !== null) {
    const latencyMs = Math.max(0, Math.round(row.latency_ms ?? 0))
    return { state: 'applied', at: row.decided_at, latencyMs, entityVersion: row.entity_version ?? 0 }
  }
  if (row.entity_seq > row.applied_seq)
    return { state: 'waiting', before: row.entity_seq - row.applied_seq - 1 }
  return { state: 'put_aside', deadLetterId: row.dead_letter_id }
}
