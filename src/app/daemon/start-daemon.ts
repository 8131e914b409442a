import { Registry } from 'prom-client'
import { GatewayMetrics } from '../../adapters/gateway/gateway-metrics.ts'
import { GatewayServer } from '../../adapters/gateway/gateway-server.ts'
import { OpsServer } from '../../adapters/gateway/ops-server.ts'
import { Readiness } from '../../adapters/gateway/readiness.ts'
import { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import { SmtpClient } from '../../adapters/smtp/smtp-client.ts'
import { openNatsEventBus } from '../../adapters/nats/nats-event-bus.ts'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { ConfigProvider } from '../../sales-core/processing/config-provider.ts'
import { CurrentEntities } from '../../sales-core/reading/current-entities.ts'
import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { NxError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Releasers } from '../../kernel/releasers.ts'
import { startAll, stopAll, stoppedTogether } from '../../kernel/service.ts'
import type { Service } from '../../kernel/service.ts'
import { loadMasterKey } from '../config/master-key.ts'
import type { Settings } from '../config/settings.ts'
import type { FakedVendors } from '../fakes/faked-vendors.ts'
import { thisPackage } from '../package-folder.ts'
import { registerDaemonMetrics } from './daemon-metrics.ts'
import { composeDaemonParts } from './daemon-parts.ts'
import type { DaemonParts, DaemonResources } from './daemon-parts.ts'
import { registerWatchMetrics } from './watch-metrics.ts'

/** A daemon that serves. */
export interface RunningDaemon {
  readonly id: string
  /** The gateway, `http://host:port`. */
  readonly url: string
  /** Metrics and health details. */
  readonly opsUrl: string
  /** Drains: takes nothing new, finishes what is under way, gives its shards back. May be called twice. */
  stop(): Promise<void>
  /** Breaks off calls under way, so that a `stop` that is waiting for them ends. */
  abort(): void
}

export interface StartDaemonOptions {
  readonly logger: Logger
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: the package's own. A program of the version before has fewer. */
  readonly migrationsFolder?: string
  /** Filled in by the fault suite only. */
  readonly crashPoints?: CrashPoints
  /** Vendors that are played on this machine: `neuronx dev` only. */
  readonly fakes?: FakedVendors
}

/**
 * Opens the database and the bus, starts every part and resolves when the gateway answers. Throws NX-SETTINGS-MISSING,
 * NX-DB-…, NX-BUS-…, NX-LISTEN, NX-MASTER-KEY-…; nothing is left open then.
 */
export async function startDaemon(settings: Settings, options: StartDaemonOptions): Promise<RunningDaemon> {
  const { logger } = options
  const opened = new Releasers()
  try {
    const resources = await openResources(settings, options, opened)
    const parts = composeDaemonParts(resources)
    const { gateway, ops } = servers(settings, resources, parts)
    const services = servicesOf(parts, gateway, ops)
    await startAll(services)
    // The bus's nudges only save a wait; polling finds everything by itself.
    resources.bus.onNudge('events', () => parts.relay.wake())
    resources.bus.onNudge('control', () => parts.directory.wake())
    logger.info({ daemon: resources.daemonId, http: gateway.url, ops: ops.url }, 'The daemon serves')
    const { daemonId } = resources
    let stopping: Promise<void> | null = null
    return {
      id: daemonId,
      url: gateway.url,
      opsUrl: ops.url,
      abort: () => parts.dispatcher.abort(),
      stop: async () => {
        stopping ??= stopAll(services).finally(async () => opened[Symbol.asyncDispose]())
        await stopping
      },
    }
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

async function openResources(
  settings: Settings,
  { logger, clock = systemClock, crashPoints = noCrashPoints, migrationsFolder, fakes }: StartDaemonOptions,
  opened: Releasers,
): Promise<DaemonResources> {
  const databaseUrl = required(settings.databaseUrl, 'NEURONX_DATABASE_URL')
  const natsUrl = required(settings.natsUrl, 'NEURONX_NATS_URL')
  const masterKey = settings.masterKeyFile === null ? null : await loadMasterKey(settings.masterKeyFile)
  if (masterKey === null)
    logger.warn({}, 'NEURONX_MASTER_KEY_FILE is not set: integrations with secrets will wait')
  const close = async (resource: AsyncDisposable): Promise<void> => resource[Symbol.asyncDispose]()
  const database = opened.own(
    await openDatabase(databaseUrl, {
      logger,
      clock,
      applicationName: 'neuronx daemon',
      crashPoints,
      ...(migrationsFolder === undefined ? {} : { migrationsFolder }),
    }),
    close,
  )
  await database.ensurePartitions()
  const busTotals = { undecodable: 0, repaired: 0 }
  const bus = opened.own(
    await openNatsEventBus({
      url: natsUrl,
      ...settings.bus,
      clock,
      logger,
      onUndecodable: () => (busTotals.undecodable += 1),
      onRepair: () => (busTotals.repaired += 1),
    }),
    close,
  )
  const client = opened.own(
    new OutgoingClient({ allowPrivate: settings.egressAllowPrivate, crashPoints }),
    close,
  )
  const mail = opened.own(new SmtpClient({ allowPrivate: settings.egressAllowPrivate, crashPoints }), close)
  return {
    database,
    bus,
    busTotals,
    client,
    mail,
    masterKey,
    daemonId: newId(),
    version: thisPackage().version,
    clock,
    logger,
    crashPoints,
    fakes,
    dataDir: settings.dataDir,
    followed: { sources: settings.sources ?? [], databaseUrl, migrationsFolder: migrationsFolder ?? null },
    retention: {
      keepMs: settings.retention.eventsMs,
      busKeepsMs: settings.bus.streams.eventsAgeMsMax ?? 0,
    },
  }
}

function required(value: string | null, variable: string): string {
  if (value !== null) return value
  throw new NxError('configuration', 'NX-SETTINGS-MISSING', `${variable} is not set`, {
    fix: `Set ${variable}, or run everything on this machine with \`neuronx dev\`.`,
  })
}

function servers(
  settings: Settings,
  resources: DaemonResources,
  parts: DaemonParts,
): { gateway: GatewayServer; ops: OpsServer } {
  const { database, bus, clock, logger, version } = resources
  const { stores } = database
  const registry = new Registry()
  registerDaemonMetrics(registry, {
    totals: {
      intake: () => parts.intake.counters,
      relay: () => parts.relay.counters,
      bus: () => resources.busTotals,
      consumer: () => parts.consumer.counters,
      processor: () => ({ ...parts.processor.counters }),
      dispatcher: () => parts.dispatcher.counters,
      settlements: () => parts.dispatcher.settlements.counters,
      lease_recovery: () => parts.recovery.counters,
      doubts: () => parts.doubts.counters,
      failover: () => parts.failover.counters,
      read_only: () => parts.readOnly.counters,
      timers: () => parts.timers.counters,
      schedules: () => parts.schedules.counters,
      reconcile_polls: () => parts.reconcilePolls.counters,
      reconciler: () => parts.reconciler.counters,
      jobs: () => parts.jobs.counters,
      workflow_follow: () => parts.workflowFollow.counters,
      retention: () => ({
        partitions_dropped: parts.retention.counters.partitionsDropped,
        rows_deleted: parts.retention.counters.rowsDeleted,
      }),
      ingest: () => parts.ingest.counters,
      quota: () => parts.quota.counters,
      crash_guard: () => parts.crashGuard.counters,
      rollout_actuator: () => parts.rolloutActuator.counters,
      config_sources: () => parts.configSources?.counters ?? {},
      credentials: () => parts.credentials.counters,
      alert_watch: () => parts.alertWatch.counters,
      alert_router: () => parts.alertRouter.counters,
    },
    loopAges: () => loopAges(parts, clock.monotonicMs()),
    shardsOwned: () => parts.owner.current().length,
    liveRollouts: () => parts.rollouts.size,
    callsInFlight: () => parts.dispatcher.inFlight,
    intakeWaiting: () => parts.intake.waiting,
    poolConnections: () => database.poolCounts(),
  })
  registerWatchMetrics(
    registry,
    () => parts.alertWatch.view,
    () => clock.monotonicMs(),
  )
  const readiness = new Readiness({
    checks: [
      { name: 'database', check: async () => await database.ping() },
      { name: 'bus', check: async () => await bus.check() },
      { name: 'shards', check: async () => requireShards(parts) },
    ],
    timeoutMs: 2_000,
    clock,
  })
  const gateway = new GatewayServer({
    listen: settings.httpListen,
    version,
    directory: parts.directory,
    routes: parts.configs,
    intake: parts.intake,
    messages: stores.messages,
    entities: new CurrentEntities(stores.entities, scoringOf(parts.configs), clock),
    readiness,
    observer: new GatewayMetrics(registry),
    clock,
    logger,
    tenantLimits: parts.limits,
    quota: parts.quota,
    publicUrl: settings.publicUrl ?? null,
    secrets: parts.secrets,
    sentMessages: stores.sentMessages,
  })
  return { gateway, ops: new OpsServer({ listen: settings.opsListen, registry, readiness, logger }) }
}

/** The configuration that an entity's scores are computed by. */
function scoringOf(configs: Pick<ConfigProvider, 'configFor'>) {
  return async (tenantId: string, workspace: string) => (await configs.configFor(tenantId, workspace)).config
}

/** In the order in which they start; they stop in the opposite one, the doors first. */
function servicesOf(parts: DaemonParts, gateway: GatewayServer, ops: OpsServer): readonly Service[] {
  const drained: Service = {
    name: 'intake',
    start: async () => {},
    stop: async () => await parts.intake.drained(),
  }
  const { directory, rollouts, owner, consumer, ingest } = parts
  const workers = [...loopsOf(parts), consumer]
  // One that takes its time must not keep the others at work: a stop has ten seconds in all.
  return [directory, rollouts, owner, stoppedTogether('workers', workers), drained, ingest, ops, gateway]
}

/** What works in rounds beside what follows the directory. */
function loopsOf(parts: DaemonParts): readonly (Service & { readonly lastSuccessMs: number | null })[] {
  const { relay, dispatcher, timers, breakers, schedules, recovery, doubts, reconciler } = parts
  const { maintenance, retention, jobs, workflowFollow, rolloutActuator, alertWatch } = parts
  const { configSources, credentialKeeper, reconcilePolls } = parts
  return [
    ...[relay, dispatcher, timers, breakers, schedules, recovery, doubts, reconciler],
    ...[parts.failover, parts.readOnly, reconcilePolls],
    ...[maintenance, retention, jobs, workflowFollow, rolloutActuator, alertWatch],
    ...[configSources, credentialKeeper].filter((loop) => loop !== null),
  ]
}

function requireShards({ owner }: DaemonParts): void {
  if (owner.current().length > 0) return
  throw new NxError('unavailable', 'NX-NO-SHARDS', 'This daemon owns no shards now', { retryable: true })
}

function loopAges(parts: DaemonParts, nowMs: number): Record<string, number | null> {
  const loops = [parts.directory, parts.rollouts, parts.owner, ...loopsOf(parts)]
  return Object.fromEntries(
    loops.map(({ name, lastSuccessMs }) => [
      name,
      lastSuccessMs === null ? null : (nowMs - lastSuccessMs) / 1_000,
    ]),
  )
}
