import { hostname } from 'node:os'
import { ConnectorExecutor } from '../../adapters/connectors/connector-executor.ts'
import type { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import type { SmtpClient } from '../../adapters/smtp/smtp-client.ts'
import type { NatsEventBus } from '../../adapters/nats/nats-event-bus.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import type { IntegrationCaps } from '../../control-plane/limits/resolve-limits.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import { CrashGuard } from '../../messaging/consume/crash-guard.ts'
import { EventConsumer } from '../../messaging/consume/event-consumer.ts'
import { Dispatcher } from '../../messaging/dispatch/dispatcher.ts'
import { DoubtSettler } from '../../messaging/dispatch/doubt-settler.ts'
import { LeaseRecovery } from '../../messaging/dispatch/lease-recovery.ts'
import { ShardOwner } from '../../messaging/ownership/shard-owner.ts'
import { shardCount } from '../../messaging/events/entity-key.ts'
import { Reconciler } from '../../messaging/relay/reconciler.ts'
import { Relay } from '../../messaging/relay/relay.ts'
import { RetentionLoop } from '../../messaging/relay/retention-loop.ts'
import type { MasterKey } from '../../platform/secrets/secret-box.ts'
import { PolicyGate } from '../../sales-core/policies/policy-gate.ts'
import { RuleBreakers } from '../../sales-core/processing/breakers/rule-breakers.ts'
import { EventProcessor } from '../../sales-core/processing/event-processor.ts'
import { ScheduleLoop } from '../../sales-core/schedules/schedule-loop.ts'
import { FollowWatch } from '../../sales-core/workflows/operations/follow-watch.ts'
import { TimerLoop } from '../../sales-core/processing/timer-loop.ts'
import { composeFailover } from '../adapters/compose-failover.ts'
import { composeCredentials } from '../credentials/compose-credentials.ts'
import type { CallSources, FakedVendors } from '../fakes/faked-vendors.ts'
import { composeJobRunner } from '../jobs/compose-job-runner.ts'
import { composeSourceFollower } from '../sources/compose-source-follower.ts'
import type { SourceWorkerData } from '../sources/source-worker.ts'
import { composeIntake } from './compose-intake.ts'
import { composeReconcile } from './compose-reconcile.ts'
import { statsOfParts } from './stats-of-parts.ts'
import { composeAlertWatch } from './compose-alert-watch.ts'
import { LiveRollouts } from './rollout/live-rollouts.ts'
import { composeRolloutActuator } from './rollout/compose-rollout-actuator.ts'
import { ConfiguredSends } from './send-contexts.ts'
import { TenantDirectory } from './tenant-directory.ts'
import { WorkspaceConfigs } from './workspace-configs.ts'

export interface DaemonResources {
  readonly database: Database
  readonly bus: NatsEventBus
  /** Messages on the bus that could not be read, and streams and durables that had to be made again. */
  readonly busTotals: Readonly<Record<'undecodable' | 'repaired', number>>
  readonly client: OutgoingClient
  readonly mail: SmtpClient
  readonly masterKey: MasterKey | null
  readonly daemonId: string
  readonly version: string
  readonly clock: Clock
  readonly logger: Logger
  /** Where each part says that it may die; for the fault suite. */
  readonly crashPoints: CrashPoints
  /** Whose disk is watched. */
  readonly dataDir: string
  /** Repositories and directories to follow, and the database that the thread which follows them opens. Default: none. */
  readonly followed?: Pick<SourceWorkerData, 'sources' | 'databaseUrl' | 'migrationsFolder'>
  /** How long events are kept, and how long the bus keeps messages at most. Default: 400 and 3 days. */
  readonly retention?: { readonly keepMs: number; readonly busKeepsMs: number }
  /** Vendors that are played on this machine. Default: none. */
  readonly fakes?: FakedVendors | undefined
}

const maintenanceMs = 600_000
/** Events that one run of a schedule makes a second at most: a million entities must not keep everybody else waiting. */
const scheduledPerSecondMax = 1_000

/** The daemon's working parts, wired to each other; nothing is started. */
export type DaemonParts = ReturnType<typeof composeDaemonParts>

/** Makes every part and tells each whom to wake. */
export function composeDaemonParts(resources: DaemonResources) {
  const { database, bus, clock, logger, daemonId, version, crashPoints } = resources
  const { stores } = database
  const directory = new TenantDirectory({ store: stores.directory, clock, logger })
  const rollouts = new LiveRollouts({ store: stores.rollouts, directory, daemonId, clock, logger })
  const configs = new WorkspaceConfigs({ revisions: stores.revisions, directory, rollouts })
  const owner: ShardOwner = new ShardOwner({
    store: stores.shardLeases,
    daemonId,
    host: hostname(),
    version,
    clock,
    logger,
    stats: () => statsOfParts(parts, clock.monotonicMs()),
    onChange: async (leases) => await consumer.follow(leases),
  })
  const leases = () => owner.current()
  const onLeaseLost = (): void => void owner.refresh()
  const relay = new Relay({ outbox: stores.outbox, bus, leases, onLeaseLost, clock, logger, crashPoints })
  const newEvents = (): void => {
    relay.wake()
    // Another daemon's shards may have got some of them.
    if (leases().length < shardCount) bus.nudge('events')
  }
  const { limits, quota, intake, ingest } = composeIntake({
    database,
    bus,
    directory,
    leases,
    newEvents,
    clock,
    logger,
  })
  const credentials = composeCredentials(resources, {
    directory,
    integrations: resources.fakes?.without(configs) ?? configs,
  })
  const sources = { ...credentials, integrations: configs }
  const slugOf = (tenantId: string): string => directory.byId(tenantId)?.slug ?? tenantId
  const reached = resources.fakes?.reach(sources, { client: resources.client, clock, slugOf }) ?? sources
  const executor = executorOf(resources, reached, (tenantId) => limits.integrationCaps(tenantId))
  const policyGate = new PolicyGate({
    contexts: new ConfiguredSends(configs, directory),
    ledger: stores.sendLedger,
    quotas: stores.commandQuotas,
    logger,
  })
  const dispatcher: Dispatcher = new Dispatcher({
    queue: stores.commands,
    executor,
    judge: policyGate,
    daemonId,
    clock,
    logger,
    random: Math.random,
    onSettled: () => relay.wake(),
    tenantWeight: (tenantId) => limits.dispatchWeight(tenantId),
    tenantInFlightMax: (tenantId) => limits.dispatchInFlight(tenantId),
    crashPoints,
  })
  const doubts = new DoubtSettler({
    doubts: stores.doubts,
    executor,
    clock,
    logger,
    onSettled: () => {
      dispatcher.wake()
      relay.wake()
    },
  })
  const wakes = [dispatcher, relay]
  const degraded = composeFailover(resources, { configs, directory, executor, wakes })
  const breakers = new RuleBreakers({
    ...{ store: stores.ruleBreakers, clock, logger },
    policyOf: (tenantId) => limits.ruleBreaker(tenantId),
  })
  const processor = new EventProcessor({
    ...{ store: stores.decisions, configs, clock, logger, breakers },
    onApplied: ({ commands, emitted, timers: woken, fromOutside }) => {
      if (commands > 0) dispatcher.wake()
      if (emitted > 0) newEvents()
      // What was committed meanwhile may have stood behind this transaction.
      else relay.wake()
      timers.applied(woken, fromOutside)
    },
  })
  const crashGuard = new CrashGuard({
    starts: stores.eventStarts,
    process: async (events, held) => await processor.process(events, held),
    processCarefully: async (...event) => await processor.processCarefully(...event),
    putAside: async (event, held, error) => await processor.putAside(event, held, error),
    daemonId,
  })
  const consumer: EventConsumer = new EventConsumer({
    bus,
    leases,
    onLeaseLost,
    clock,
    logger,
    crashPoints,
    process: crashGuard.process,
  })
  const reconciler = new Reconciler({ events: stores.overdue, bus, leases, clock, logger })
  const timers: TimerLoop = new TimerLoop({
    timers: stores.timers,
    leases,
    clock,
    logger,
    onFired: newEvents,
  })
  const schedules = new ScheduleLoop({
    store: stores.schedules,
    ...{ configs, directory, leases, clock, logger },
    perSecond: (tenantId) => Math.min(scheduledPerSecondMax, limits.intake(tenantId).eventsPerSecond),
    onFired: newEvents,
  })
  const reconcilePolls = composeReconcile(resources, { configs, directory, leases, intake, executor })
  const recovery = new LeaseRecovery({
    queue: stores.commands,
    clock,
    logger,
    onRecovered: () => dispatcher.wake(),
  })
  const maintenance = maintenanceLoop(database, clock, logger)
  const { retention: kept = { busKeepsMs: 3 * 86_400_000 } } = resources
  const retention = new RetentionLoop({ log: stores.retention, ...kept, clock, logger, crashPoints })
  const watch = composeAlertWatch(resources, { directory, configs, leases, reconciler, relay, dispatcher })
  const jobs = composeJobRunner({
    database,
    routes: configs,
    slugOf: (id) => directory.byId(id)?.slug ?? null,
    owner: daemonId,
    ...{ bus, tenantLimits: limits, clock, logger },
  })
  const workflowFollow = new FollowWatch({
    store: stores.workflowFollow,
    ...{ configs, leases, clock, logger },
    version: () => directory.version,
    onBegun: () => jobs.wake(),
  })
  const rolloutActuator = composeRolloutActuator(resources, { directory, leases })
  const configSources = composeSourceFollower(resources.followed, {
    ...{ daemonId, clock, logger, dataDir: resources.dataDir },
    onApplied: () => {
      directory.wake()
      bus.nudge('control')
    },
  })
  const parts = {
    directory,
    secrets: credentials.secrets,
    credentials,
    credentialKeeper: credentials.keeper,
    rollouts,
    configs,
    limits,
    quota,
    crashGuard,
    owner,
    relay,
    intake,
    dispatcher,
    processor,
    consumer,
    ingest,
    timers,
    breakers,
    schedules,
    reconcilePolls,
    recovery,
    doubts,
    ...degraded,
    reconciler,
    maintenance,
    retention,
    jobs,
    workflowFollow,
    configSources,
    rolloutActuator,
    ...watch,
  }
  return parts
}

function executorOf(
  resources: DaemonResources,
  { integrations, secrets, accessTokens }: CallSources,
  tenantCaps: (tenantId: string) => IntegrationCaps,
): ConnectorExecutor {
  const { client, mail, clock, logger, crashPoints } = resources
  return new ConnectorExecutor({
    integrations,
    secrets,
    accessTokens,
    client,
    mail,
    clock,
    logger,
    crashPoints,
    tenantCaps,
  })
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
      await database.forgetEventStarts()
      await database.forgetSendSlots()
      await database.forgetCommandDays()
      await database.forgetSightings()
      return await database.forgetInboxKeys()
    },
  })
}
