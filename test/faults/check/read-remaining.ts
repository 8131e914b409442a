import type pg from 'pg'

/** How much is still to be done: all zero once everything is at rest. */
export interface Remaining {
  readonly unpublished: number
  readonly unapplied: number
  readonly leased: number
  readonly ready: number
}

/** Cheap enough to be asked twice a second. */
export async function readRemaining(client: pg.ClientBase): Promise<Remaining> {
  const { rows } = await client.query<Record<keyof Remaining, string>>(`
    select
      (select count(*) from neuronx.event_log e join neuronx.relay_cursor c on c.shard = e.shard
        where e.entity_seq is not null and (e.txid, e.pos) > (c.txid, c.pos)) as unpublished,
      (select coalesce(sum(greatest(0, h.seq - coalesce(n.applied_seq, 0))), 0)
        from neuronx.entity_head h left join neuronx.entity n using (tenant_id, entity_key)) as unapplied,
      (select count(*) from neuronx.command_lane where state = 'leased') as leased,
      (select count(*) from neuronx.command_lane where state = 'ready') as ready`)
  const [row] = rows
  if (row === undefined) throw new Error('No row')
  return {
    unpublished: Number(row.unpublished),
    unapplied: Number(row.unapplied),
    leased: Number(row.leased),
    ready: Number(row.ready),
  }
}

const stuckMax = 10

/** What keeps a run from coming to rest, a line each: for whoever looks for the reason. */
export async function readStuck(client: pg.ClientBase): Promise<readonly string[]> {
  const behind = await client.query<{ line: string }>(
    `select format('%s: %s of %s applied, shard %s of %s', h.entity_key, coalesce(n.applied_seq, 0), h.seq, e.shard, s.owner) as line
     from neuronx.entity_head h
     left join neuronx.entity n using (tenant_id, entity_key)
     join neuronx.event_log e on e.tenant_id = h.tenant_id and e.entity_key = h.entity_key and e.entity_seq = h.seq
     join neuronx.shard s on s.shard = e.shard
     where h.seq > coalesce(n.applied_seq, 0) limit $1`,
    [stuckMax],
  )
  const queued = await client.query<{ line: string }>(
    `select format('%s %s: %s, attempt %s, due in %s, lease of %s ends in %s', integration, command_id, state, attempt,
       next_attempt_at - clock_timestamp(), owner, lease_until - clock_timestamp()) as line
     from neuronx.command_lane where state in ('ready', 'leased') limit $1`,
    [stuckMax],
  )
  const gates = await client.query<{ line: string }>(
    `select format('gate of %s opens in %s: %s', integration, not_before - clock_timestamp(), reason) as line
     from neuronx.dispatch_gate limit $1`,
    [stuckMax],
  )
  return [...behind.rows, ...queued.rows, ...gates.rows].map(({ line }) => line)
}
