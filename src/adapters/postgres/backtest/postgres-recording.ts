import type pg from 'pg'
import type { RecordedItem, Recording } from '../../../sales-core/backtest/recorded-events.ts'
import { recordingBatchMax } from '../../../sales-core/backtest/recorded-events.ts'
import { eventColumns, eventOfRow } from '../events/event-row.ts'
import type { EventRow } from '../events/event-row.ts'
import { inReadOnlyTenants, run } from '../connection/transaction.ts'

/** Everything below it has committed: later readings stop at the same place. */
const fence = {
  name: 'recording_fence',
  text: 'select pg_snapshot_xmin(pg_current_snapshot())::text as txid',
}

const batch = {
  name: 'recording_batch',
  text: `
select ${eventColumns}, e.txid::text as txid, e.pos::text as pos from event_log e
where e.tenant_id = $1 and e.workspace = $2 and e.created_at >= $3 and e.created_at < $4
  and (e.txid, e.pos) > ($5::xid8, $6::bigint) and e.txid < $7::xid8
order by e.txid, e.pos limit $8`,
}

export interface RecordingWindow {
  readonly tenantId: string
  readonly workspace: string
  /** RFC 3339; accepted then or later. */
  readonly from: string
  /** RFC 3339; accepted before. */
  readonly until: string
}

/** The event log as a recording: page by page, each in a read-only transaction confined to the tenant; no page holds up the daemon. */
export class PostgresRecording implements Recording {
  readonly #pool: pg.Pool
  readonly #window: RecordingWindow
  #fence: string | null = null

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, window: RecordingWindow) {
    this.#pool = pool
    this.#window = window
  }

  async *read(): AsyncIterable<readonly RecordedItem[]> {
    const { tenantId, workspace, from, until } = this.#window
    const end = await this.#end()
    let after = ['0', '0']
    for (;;) {
      const values = [tenantId, workspace, from, until, ...after, end, recordingBatchMax]
      const rows = await inReadOnlyTenants(this.#pool, [tenantId], async (client) =>
        run<EventRow & { txid: string; pos: string }>(client, batch, values),
      )
      const last = rows.at(-1)
      if (last === undefined) return
      yield rows.map((row) => ({ state: 'event', event: eventOfRow(row) }))
      if (rows.length < recordingBatchMax) return
      after = [last.txid, last.pos]
    }
  }

  async #end(): Promise<string> {
    if (this.#fence !== null) return this.#fence
    const [row] = await inReadOnlyTenants(this.#pool, [this.#window.tenantId], async (client) =>
      run<{ txid: string }>(client, fence, []),
    )
    this.#fence = row?.txid ?? '0'
    return this.#fence
  }
}
