import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { SinkClient } from '../contestants/sink-client.ts'
import type { FloorBus } from './floor-bus.ts'
import type { FloorPools } from './floor-database.ts'
import type { LearnedSql } from './learned-sql.ts'

/** What the steps of the floor work with. */
export interface Floor {
  readonly pools: FloorPools
  readonly sql: LearnedSql
  readonly bus: FloorBus
  readonly sink: SinkClient
  readonly leases: readonly ShardLease[]
  readonly tenantId: string
  readonly tenantSlug: string
}
