import type { NatsEventBus } from '../../adapters/nats/nats-event-bus.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { shardCount } from '../../messaging/events/entity-key.ts'
import { IngestConsumer } from '../../messaging/intake/ingest-consumer.ts'
import { IntakeBatcher } from '../../messaging/intake/intake-batcher.ts'
import { TenantQuota } from '../../messaging/intake/tenant-quota.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import { DocumentLimits } from './document-limits.ts'
import type { TenantDirectory } from './tenant-directory.ts'

export interface IntakeResources {
  readonly database: Database
  readonly bus: NatsEventBus
  readonly directory: TenantDirectory
  readonly leases: () => readonly ShardLease[]
  /** There are events that the relay has not seen. */
  readonly newEvents: () => void
  readonly clock: Clock
  readonly logger: Logger
}

/** The doors for events, and what tenants may send through them. */
export function composeIntake(resources: IntakeResources) {
  const { database, bus, directory, leases, newEvents, clock, logger } = resources
  const { stores } = database
  const limits = new DocumentLimits({ revisions: stores.revisions, directory, logger })
  const quota = new TenantQuota({ limits, liveDaemons: liveDaemons(leases), clock })
  const intake = new IntakeBatcher({ store: stores.intake, limits, onCommit: newEvents, clock })
  const ingest = new IngestConsumer({
    bus,
    intake,
    tenant: (slug) => {
      const tenant = directory.bySlug(slug)
      return tenant === null ? null : { id: tenant.id, active: tenant.status === 'active' }
    },
    tenantLimits: limits,
    quota,
    clock,
    logger,
  })
  return { limits, quota, intake, ingest }
}

/** How many daemons there are, from this one's part of the shards; as it was when it had some last. */
function liveDaemons(leases: () => readonly ShardLease[]): () => number {
  let daemons = 1
  return () => {
    const owned = leases().length
    if (owned > 0) daemons = Math.max(1, Math.round(shardCount / owned))
    return daemons
  }
}
