import type pg from 'pg'

export interface ClusterState {
  /** Do the log's positions come from another cluster? */
  readonly restored: boolean
  /** What tells so; empty when it is not. */
  readonly why: string
  /** Would new events stand before old ones? Then the positions must be rewritten; else it is enough to take note of the cluster. */
  readonly ahead: boolean
}

/** Cursors stand as far as anything was published, so they are nearly always the furthest; `cluster` tells the rest. */
const state = `
select c.system_identifier as known, neuronx.system_identifier() as now,
  exists (select from neuronx.relay_cursor where txid >= pg_snapshot_xmax(pg_current_snapshot()))
  or exists (select from neuronx.reconcile_cursor where txid >= pg_snapshot_xmax(pg_current_snapshot())) as ahead
from (select 1) one left join neuronx.cluster c on true`

/** Was this database restored from a dump into another cluster than the one that numbered its log? */
export async function clusterState(client: pg.ClientBase | pg.Pool): Promise<ClusterState> {
  const { rows } = await client.query<{ known: string | null; now: string | null; ahead: boolean }>(state)
  const { known = null, now = null, ahead = false } = rows[0] ?? {}
  const moved = known !== null && now !== null && known !== now
  const reasons = [
    ...(moved ? [`Its log was numbered in the cluster ${known}; this is ${now}.`] : []),
    ...(ahead ? ['It holds transaction ids that this cluster has not given out yet.'] : []),
  ]
  return { restored: reasons.length > 0, why: reasons.join(' '), ahead }
}
