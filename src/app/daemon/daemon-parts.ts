import { hostname } from 'node:os'
import { ConnectorExecutor } from '../../adapters/connectors/connector-executor.ts'
import type { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import type { NatsEventBus } from '../../adapters/nats/nats-event-bus.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import { EventConsumer } from '../../messaging/consume/event-consumer.ts'
import { Dispatcher } from '../../messaging/dispatch/dispatcher.ts'
import { LeaseRecovery } from '../../messaging/dispatch/lease-recovery.ts'
import { defaultHorizonMs } from '../../messaging/intake/event-draft.ts'
import { IngestConsumer } from '../../messaging/intake/ingest-consumer.ts'
import { IntakeBatcher } from '../../messaging/intake/intake-batcher.ts'
import { ShardOwner } from '../../messaging/ownership/shard-owner.ts'
import { shardCount } from '../../messaging/events/entity-key.ts'
import { Reconciler } from '../../messaging/relay/reconciler.ts'
import { Relay } from '../../messaging/relay/relay.ts'
import type { MasterKey } from '../../platform/secrets/secret-box.ts'
import { EventProcessor } from '../../sales-core/processing/event-processor.ts'
import { TimerLoop } from '../../sales-core/processing/timer-loop.ts'
import { TenantDirectory } from './tenant-directory.ts'
import { TenantSecrets } from './tenant-secrets.ts'
import { WorkspaceConfigs } from './workspace-configs.ts'

export interface DaemonResources {
  readonly database: Database
  readonly bus: NatsEventBus
  readonly client: OutgoingClient
  readonly masterKey: MasterKey | null
  readonly daemonId: string
  readonly version: string
  readonly clock: Clock
  readonly logger: Logger
}

const maintenanceMs = 600_000

/** The daemon's working parts, wired to each other; nothing is started. */
export type DaemonParts = ReturnType<typeof composeDaemonParts>

/** Makes every part and tells each whom to wake. */
export function composeDaemonParts(resources: DaemonResources) {
  const { database, bus, clock, logger, daemonId, version } = resources
  const { stores } = database
  const directory = new TenantDirectory({ store: stores.directory, clock, logger })
  const configs = new WorkspaceConfigs({ revisions: stores.revisions, directory })
  const owner: ShardOwner = new ShardOwner({
    store: stores.shardLeases,
    daemonId,
    host: hostname(),
    version,
    clock,
    logger,
    onChange: async (leases) => await consumer.follow(leases),
  })
  const leases = () => owner.current()
  const onLeaseLost = (): void => void owner.refresh()
  const relay = new Relay({ outbox: stores.outbox, bus, leases, onLeaseLost, clock, logger })
  const newEvents = (): void => {
    relay.wake()
    // Another daemon's shards may have got some of them.
    if (leases().length < shardCount) bus.nudge('events')
  }
  const intake = new IntakeBatcher({ store: stores.intake, onCommit: newEvents })
  const dispatcher: Dispatcher = new Dispatcher({
    queue: stores.commands,
    executor: executorOf(resources, directory, configs),
    daemonId,
    clock,
    logger,
    random: Math.random,
    onSettled: () => relay.wake(),
  })
  const processor = new EventProcessor({ store: stores.decisions, configs, clock, logger })
  const consumer: EventConsumer = new EventConsumer({
    bus,
    leases,
    onLeaseLost,
    clock,
    logger,
    process: async (events, held) => {
      const before = { ...processor.counters }
      await processor.process(events, held)
      if (processor.counters.commands > before.commands) dispatcher.wake()
      if (processor.counters.emitted > before.emitted) newEvents()
    },
  })
  const ingest = new IngestConsumer({
    bus,
    intake,
    tenant: (slug) => {
      const tenant = directory.bySlug(slug)
      return tenant === null ? null : { id: tenant.id, active: tenant.status === 'active' }
    },
    horizonMs: defaultHorizonMs,
    clock,
    logger,
  })
  const reconciler = new Reconciler({ events: stores.overdue, bus, leases, clock, logger })
  const timers = new TimerLoop({ timers: stores.timers, leases, clock, logger, onFired: newEvents })
  const recovery = new LeaseRecovery({
    queue: stores.commands,
    clock,
    logger,
    onRecovered: () => dispatcher.wake(),
  })
  const maintenance = maintenanceLoop(database, clock, logger)
  return {
    directory,
    configs,
    owner,
    relay,
    intake,
    dispatcher,
    processor,
    consumer,
    ingest,
    timers,
    recovery,
    reconciler,
    maintenance,
  }
}

function executorOf(
  resources: DaemonResources,
  directory: TenantDirectory,
  configs: WorkspaceConfigs,
): ConnectorExecutor {
  const { database, client, masterKey, clock, logger } = resources
  // Without a master key no secret can be opened: integrations that need one are parked and say so.
  const secrets =
    masterKey === null
      ? { resolve: async () => null }
      : new TenantSecrets({ store: database.stores.secrets, masterKey, directory })
  return new ConnectorExecutor({ integrations: configs, secrets, client, clock, logger })
}

/** Partitions for the coming days, and keys that nobody needs to remember. */
function maintenanceLoop(database: Database, clock: Clock, logger: Logger): Loop {
  return new Loop({
    name: 'maintenance',
    idleMs: maintenanceMs,
    clock,
    logger,
    runOnce: async () => {
      await database.ensurePartitions()
      return await database.forgetInboxKeys()
    },
  })
}
