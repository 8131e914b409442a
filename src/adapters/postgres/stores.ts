import type pg from 'pg'
import type { Clock } from '../../kernel/clock.ts'
import { PostgresCommandQueue } from './postgres-command-queue.ts'
import { PostgresDeadLetterReplayer } from './postgres-dead-letter-replayer.ts'
import { PostgresDecisionStore } from './postgres-decision-store.ts'
import { PostgresDirectoryStore } from './postgres-directory-store.ts'
import { PostgresEntityReader } from './postgres-entity-reader.ts'
import { PostgresEventIntakeStore } from './postgres-event-intake-store.ts'
import { PostgresEventLogOutbox } from './postgres-event-log-outbox.ts'
import { PostgresMessagingReader } from './postgres-messaging-reader.ts'
import { PostgresRevisionStore } from './postgres-revision-store.ts'
import { PostgresSecretStore } from './postgres-secret-store.ts'
import { PostgresShardLeaseStore } from './postgres-shard-lease-store.ts'
import { PostgresTenantStore } from './postgres-tenant-store.ts'
import { PostgresTimerStore } from './postgres-timer-store.ts'
import { PostgresTokenStore } from './postgres-token-store.ts'

/** Pools by role: see migrations/0001. */
export interface Pools {
  readonly app: pg.Pool
  readonly relay: pg.Pool
  readonly control: pg.Pool
}

/** Every store of an installation. */
export type Stores = ReturnType<typeof openStores>

/** The stores over these pools; nothing is connected yet. */
export function openStores(pools: Pools, clock: Clock) {
  return {
    intake: new PostgresEventIntakeStore(pools.app),
    outbox: new PostgresEventLogOutbox(pools),
    shardLeases: new PostgresShardLeaseStore(pools.relay),
    decisions: new PostgresDecisionStore(pools.app),
    timers: new PostgresTimerStore(pools, clock),
    commands: new PostgresCommandQueue(pools, clock),
    tenants: new PostgresTenantStore(pools.control),
    tokens: new PostgresTokenStore(pools.control),
    directory: new PostgresDirectoryStore(pools.control),
    secrets: new PostgresSecretStore(pools),
    revisions: new PostgresRevisionStore(pools),
    messages: new PostgresMessagingReader(pools),
    entities: new PostgresEntityReader(pools.app),
    deadLetters: new PostgresDeadLetterReplayer(pools.app, clock),
  }
}
