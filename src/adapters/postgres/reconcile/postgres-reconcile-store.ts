import type pg from 'pg'
import { shardOf } from '../../../messaging/events/entity-key.ts'
import type {
  DueStream,
  HeldStream,
  ReconciledTenant,
  ReconcileStore,
  StreamStanding,
  TurnEnd,
  WantedStream,
} from '../../../platform/reconcile/reconcile-store.ts'
import { shardKeyOfStreams } from '../../../platform/reconcile/shard-of-streams.ts'
import { jsonText } from '../connection/json-text.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import * as sql from './reconcile-statements.ts'

/** Reconciliation streams on Postgres. */
export class PostgresReconcileStore implements ReconcileStore {
  readonly #pools: { readonly app: pg.Pool; readonly relay: pg.Pool; readonly control: pg.Pool }

  constructor(pools: { readonly app: pg.Pool; readonly relay: pg.Pool; readonly control: pg.Pool }) {
    this.#pools = pools
  }

  async tenants(connectors: readonly string[]): Promise<readonly ReconciledTenant[]> {
    return await runAlone<ReconciledTenant>(this.#pools.control, sql.tenants, [connectors])
  }

  async sync(tenantId: string, wanted: readonly WantedStream[], version: string): Promise<void> {
    await this.#alone(tenantId, async (client) => {
      const streams = jsonText(wanted)
      await run(client, sql.drop, [tenantId, streams, version])
      await run(client, sql.put, [tenantId, shardOf(tenantId, shardKeyOfStreams), streams, version])
    })
  }

  async due(shards: readonly number[], max: number): Promise<readonly DueStream[]> {
    return await runAlone<DueStream>(this.#pools.relay, sql.due, [shards, max])
  }

  async nextDueMs(shards: readonly number[]): Promise<number | null> {
    const [row] = await runAlone<{ ms: number | null }>(this.#pools.relay, sql.nextDue, [shards])
    return row?.ms == null ? null : Math.max(0, Math.ceil(row.ms))
  }

  async begin(due: DueStream, owner: string, leaseMs: number): Promise<HeldStream | null> {
    return await this.#begin(due, owner, leaseMs, due.turn)
  }

  async beginNow(
    place: Pick<DueStream, 'tenantId' | 'integration' | 'stream'>,
    owner: string,
    leaseMs: number,
  ): Promise<HeldStream | null> {
    return await this.#begin(place, owner, leaseMs, null)
  }

  async end(held: DueStream, owner: string, end: TurnEnd): Promise<boolean> {
    const { tenantId, integration, stream, turn } = held
    const { kind, readUntil, position, beganAt, found, missed, unmapped, error, wakeInMs } = end
    const counts = [tenantId, integration, stream, owner, turn, found, missed, unmapped]
    const place = [readUntil, position === null ? null : jsonText(position), beganAt]
    const trouble = [error?.code ?? null, error?.message.slice(0, 500) ?? null, kind !== 'unasked']
    return await this.#alone(tenantId, async (client) => {
      const ended =
        kind === 'beside'
          ? await run(client, sql.endBeside, counts)
          : await run(client, sql.end, [...counts, ...place, ...trouble, wakeInMs])
      return ended.length > 0
    })
  }

  async standings(tenantId: string, integration: string | null = null): Promise<readonly StreamStanding[]> {
    return await this.#alone(tenantId, async (client) =>
      run<StreamStanding>(client, sql.standings, [tenantId, integration]),
    )
  }

  async #begin(
    { tenantId, integration, stream }: Pick<DueStream, 'tenantId' | 'integration' | 'stream'>,
    owner: string,
    leaseMs: number,
    turn: string | null,
  ): Promise<HeldStream | null> {
    const values = [tenantId, integration, stream, owner, leaseMs, turn !== null, turn]
    return await this.#alone(tenantId, async (client) => {
      const [row] = await run<HeldStream>(client, sql.begin, values)
      return row ?? null
    })
  }

  async #alone<T>(tenantId: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const { app } = this.#pools
    return await withRetries(app, async () => await inTenants(app, [tenantId], work))
  }
}
