import { ConfiguredFailover } from '../../adapters/connectors/catalog/configured-failover.ts'
import { HealthReads } from '../../adapters/connectors/catalog/health-reads.ts'
import type { ConnectorExecutor } from '../../adapters/connectors/connector-executor.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { FailoverLoop } from '../../messaging/dispatch/failover-loop.ts'
import { ReadOnlyLoop } from '../../messaging/dispatch/read-only-loop.ts'
import type { TenantDirectory } from '../daemon/tenant-directory.ts'
import type { WorkspaceConfigs } from '../daemon/workspace-configs.ts'

/** What moves commands to another integration, and what keeps integrations read-only, over the active configuration. */
export function composeFailover(
  { database, clock, logger }: { database: Database; clock: Clock; logger: Logger },
  parts: {
    readonly configs: Pick<WorkspaceConfigs, 'config' | 'integration' | 'namesFailover'>
    readonly directory: Pick<TenantDirectory, 'byId'>
    readonly executor: Pick<ConnectorExecutor, 'readPage'>
    /** Whom to tell that commands were queued elsewhere or may go on, and events logged. */
    readonly wakes: readonly { wake(): void }[]
  },
): { readonly failover: FailoverLoop; readonly readOnly: ReadOnlyLoop } {
  const { configs, directory, executor, wakes } = parts
  const wakeAll = (): void => {
    for (const part of wakes) part.wake()
  }
  const tenantActive = (tenantId: string): boolean => directory.byId(tenantId)?.status === 'active'
  const failover = new FailoverLoop({
    queue: database.stores.failover,
    plans: new ConfiguredFailover({
      integrations: configs,
      clock,
      tenantActive,
      namesFailover: async (tenantId) => await configs.namesFailover(tenantId),
      listens: async (tenantId, workspace, type) =>
        (await configs.config(tenantId, workspace)).sales.listensTo(type),
    }),
    clock,
    logger,
    onMoved: wakeAll,
  })
  const readOnly = new ReadOnlyLoop({
    gates: database.stores.refusedGates,
    reads: new HealthReads({ integrations: configs, executor, tenantActive }),
    clock,
    logger,
    onReopened: wakeAll,
  })
  return { failover, readOnly }
}
