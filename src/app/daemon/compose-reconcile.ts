import type { ConnectorExecutor } from '../../adapters/connectors/connector-executor.ts'
import { BudgetedReader } from '../../adapters/connectors/reading/budgeted-reader.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { IntakeBatcher } from '../../messaging/intake/intake-batcher.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import { ReconcileLoop } from '../reconcile/reconcile-loop.ts'
import type { TenantDirectory } from './tenant-directory.ts'
import type { WorkspaceConfigs } from './workspace-configs.ts'

/** The polls that find what webhooks lost: read out of the commands' budget, published through the door of the webhooks. */
export function composeReconcile(
  resources: {
    readonly database: Database
    readonly daemonId: string
    readonly clock: Clock
    readonly logger: Logger
    readonly crashPoints: CrashPoints
  },
  parts: {
    readonly configs: WorkspaceConfigs
    readonly directory: TenantDirectory
    readonly leases: () => readonly ShardLease[]
    readonly intake: IntakeBatcher
    readonly executor: ConnectorExecutor
  },
): ReconcileLoop {
  const { database, daemonId, clock, logger, crashPoints } = resources
  const { configs, directory, leases, intake, executor } = parts
  const { reconcile: store, readBudget: budget } = database.stores
  const reader = new BudgetedReader({ executor, budget, logger })
  return new ReconcileLoop({
    ...{ store, directory, leases, daemonId, clock, logger, crashPoints },
    integrations: configs,
    places: async (tenantId) => await configs.places(tenantId),
    readPage: async (asked, signal) => await reader.readPage(asked, signal),
    accept: async (request) => await intake.accept(request),
  })
}
