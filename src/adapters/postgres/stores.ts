import type pg from 'pg'
import type { Clock } from '../../kernel/clock.ts'
import { PostgresCommandQueue } from './commands/postgres-command-queue.ts'
import { PostgresDeadLetterReplayer } from './dead-letters/postgres-dead-letter-replayer.ts'
import { PostgresDecisionStore } from './decisions/postgres-decision-store.ts'
import { PostgresDirectoryStore } from './platform/postgres-directory-store.ts'
import { PostgresEntityReader } from './reading/postgres-entity-reader.ts'
import { PostgresEventIntakeStore } from './events/postgres-event-intake-store.ts'
import { PostgresEventLogOutbox } from './events/postgres-event-log-outbox.ts'
import { PostgresMessagingReader } from './reading/postgres-messaging-reader.ts'
import { PostgresOverdueEvents } from './events/postgres-overdue-events.ts'
import { PostgresRevisionStore } from './platform/postgres-revision-store.ts'
import { PostgresSecretStore } from './platform/postgres-secret-store.ts'
import { PostgresShardLeaseStore } from './events/postgres-shard-lease-store.ts'
import { PostgresTenantStore } from './platform/postgres-tenant-store.ts'
import { PostgresTimerStore } from './decisions/postgres-timer-store.ts'
import { PostgresTokenStore } from './platform/postgres-token-store.ts'

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
    overdue: new PostgresOverdueEvents(pools.relay),
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
