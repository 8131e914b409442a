import type { Database } from '../../adapters/postgres/database.ts'
import { alertRouteShape } from '../../control-plane/alert-routes/alert-route-kind.ts'
import { loadDocuments } from '../../control-plane/documents/load-documents.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { BusFactsReader } from '../../messaging/bus/bus-facts.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { Relay } from '../../messaging/relay/relay.ts'
import { AlertWatch } from '../../platform/alerts/alert-watch.ts'
import { alertWorkspace } from '../alerts/alert-command.ts'
import { AlertRouter } from '../alerts/alert-router.ts'
import type { AlertRoutes } from '../alerts/alert-router.ts'
import { diskOf } from '../doctor/disk-of.ts'
import type { TenantDirectory } from './tenant-directory.ts'
import { VersionedCache } from './versioned-cache.ts'
import type { WorkspaceConfigs } from './workspace-configs.ts'

export interface AlertWatchParts {
  readonly directory: TenantDirectory
  readonly configs: WorkspaceConfigs
  readonly leases: () => readonly ShardLease[]
  readonly reconciler: { readonly counters: { readonly repaired: number } }
  readonly relay: Pick<Relay, 'refused'>
  readonly dispatcher: { wake(): void }
}

/** The watch and what sends its alerts, wired to the daemon's other parts. */
export function composeAlertWatch(
  resources: {
    readonly database: Database
    readonly bus: BusFactsReader
    readonly daemonId: string
    readonly dataDir: string
    readonly clock: Clock
    readonly logger: Logger
  },
  parts: AlertWatchParts,
): { readonly alertWatch: AlertWatch; readonly alertRouter: AlertRouter } {
  const { database, bus, daemonId, clock, logger, dataDir } = resources
  const { alerts, alertNotices, installation, revisions } = database.stores
  const { directory, configs, leases, reconciler, relay, dispatcher } = parts
  const alertRouter = new AlertRouter({
    notices: alertNotices,
    routes: alertRoutesOf(revisions, configs, directory),
    tenants: directory,
    clock,
    logger,
    onSent: () => dispatcher.wake(),
  })
  const alertWatch = new AlertWatch({
    daemonId,
    alerts,
    facts: installation,
    health: installation,
    bus,
    watches: () => leases().some(({ shard }) => shard === 0),
    route: async () => await alertRouter.round(),
    slugOf: (tenantId) => directory.byId(tenantId)?.slug ?? null,
    disk: async () => await diskOf(dataDir),
    repaired: () => reconciler.counters.repaired,
    refused: () => relay.refused(),
    clock,
    logger,
  })
  return { alertWatch, alertRouter }
}

function alertRoutesOf(
  revisions: Pick<RevisionStore, 'active'>,
  configs: WorkspaceConfigs,
  directory: Pick<TenantDirectory, 'version'>,
): AlertRoutes {
  const senders = new VersionedCache<readonly string[]>(1)
  return {
    ofTenant: async (tenantId) => (await configs.config(tenantId, alertWorkspace)).alertRoutes,
    senders: async () =>
      await senders.get('global', directory.version, async () => {
        const documents = (await revisions.active(null)).flatMap((revision) => revision.documents)
        const routes = documents.filter(({ kind }) => kind === alertRouteShape.kind)
        const slugs = loadDocuments(routes, [alertRouteShape])
          .ofKind(alertRouteShape)
          .flatMap(({ spec }) => spec.through ?? [])
        return [...new Set(slugs)]
      }),
  }
}
